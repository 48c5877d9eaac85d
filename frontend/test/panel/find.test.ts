import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { HomeAssistant } from "../../src/home-assistant.js";
import { choices, leftOut, reasons, type Answer, type FoundRoom } from "../../src/panel/find-search.js";
import { FindView } from "../../src/panel/find.js";
import { Texts } from "../../src/texts.js";
import type { Topology } from "../../src/topology.js";
import { ENGLISH, FakeConnection, fakeHass, floor, LOCALE, room, states, topology } from "../fake.js";

const texts = new Texts("en", ENGLISH, { ...LOCALE, time_format: "24" }, "UTC");
const NOW = Date.parse("2026-01-05T10:10:00Z");

const found = (id: string, change: Partial<FoundRoom> = {}): FoundRoom => ({
  id,
  name: id,
  floor: "Ground floor",
  building: "Tower",
  capacity: 12,
  tags: [],
  free_since: "2026-01-05T10:05:00+00:00",
  confidence: "measured",
  usual_use: "free_until_used",
  usually_free_until: "2026-01-05T14:00:00+00:00",
  baseline_weeks: 4,
  ranked_by: null,
  ...change,
});

const answer = (rooms: readonly FoundRoom[], change: Partial<Answer> = {}): Answer => ({
  rooms,
  free: rooms.length,
  considered: 3,
  left_out: { tags: 0, occupied: 2, free_too_briefly: 0 },
  reason: rooms.length > 0 ? null : "occupied",
  people: null,
  ...change,
});

describe("the reasons", () => {
  it.each([
    [found("1"), null, ["Free since 10:05 (5 min)", "Measured: nobody is there", "Room for 12", "Usually free until 14:00"]],
    [
      found("1", { ranked_by: "capacity", baseline_weeks: 1, usual_use: "free_until_unknown" }),
      8,
      [
        "Free since 10:05 (5 min)",
        "Measured: nobody is there",
        "Room for 12, 8 needed: fits",
        "Usually free until 14:00; later hours are not known (from 1 week only)",
        "Smaller than the next room",
      ],
    ],
    [
      found("1", { capacity: null, usual_use: "unknown", usually_free_until: null, baseline_weeks: 0, ranked_by: "name" }),
      null,
      ["Free since 10:05 (5 min)", "Measured: nobody is there", "Capacity not known", "No baseline yet for how long it is usually free"],
    ],
    [
      found("1", { usual_use: "used", usually_free_until: null, ranked_by: "usually_free" }),
      null,
      ["Free since 10:05 (5 min)", "Measured: nobody is there", "Room for 12", "Usually occupied at this hour", "Usually free longer than the next room"],
    ],
    [found("1", { usual_use: "free_until_midnight", confidence: "estimated" }), null, ["Free since 10:05 (5 min)", "Estimated: nobody is there", "Room for 12", "Usually free for the rest of the day"]],
  ] as const)("are words", (room, people, expected) => {
    expect(reasons(texts, room, people, NOW)).toEqual(expected);
  });

  it("have a word for every reason for which Home Assistant leaves a room out", () => {
    const keys = ["tags", "capacity_unknown", "capacity", "no_sensors", "unavailable", "unknown", "occupied", "stale", "partial", "free_too_briefly", "no_baseline", "usually_used_soon"];
    for (const key of keys) expect(texts.text(`find.out.${key}`)).not.toContain("find.");
    expect(leftOut(answer([], { left_out: { tags: 1, capacity: 0, occupied: 2 } }))).toEqual([["occupied", 2], ["tags", 1]]);
  });
});

describe("the view", () => {
  const rooms = [room("a", { capacity: 12, tags: ["quiet"] }), room("b", { capacity: 4, tags: ["video", "quiet"] }), room("c")];
  const TOPOLOGY = topology([
    floor(rooms.slice(0, 2), { device_id: "device_floor" }),
    floor(rooms.slice(2), { id: "space_2", name: "First floor", device_id: "device_2" }),
  ]);
  const FREE = Object.fromEntries(rooms.map(({ entities }) => [entities.occupancy ?? "", "off"]));
  let view: FindView;
  let asked: Record<string, unknown>[];
  let respond: () => Promise<Answer>;
  let hass: HomeAssistant;

  beforeEach(() => {
    vi.useFakeTimers({ now: NOW });
    asked = [];
    respond = () => Promise.resolve(answer([found("b", { capacity: 4, ranked_by: "capacity" }), found("a")]));
    view = new FindView();
    hass = fakeHass(new FakeConnection(), {
      states: states(FREE),
      callService: async (domain: string, action: string, data?: Record<string, unknown>) => {
        expect(`${domain}.${action}`).toBe("butlr.find_available_rooms");
        asked.push(data ?? {});
        return { response: (await respond()) as never };
      },
    });
  });
  afterEach(() => {
    view.remove();
    vi.useRealTimers();
  });

  const settle = async (milliseconds = 0): Promise<void> => {
    await vi.advanceTimersByTimeAsync(milliseconds);
    await view.updateComplete;
  };
  const show = async (path: readonly string[] = ["org_1"], told: Topology = TOPOLOGY): Promise<void> => {
    Object.assign(view, { hass, topology: told, texts, path });
    document.body.append(view);
    await settle();
    await settle();
  };
  const all = (selector: string): HTMLElement[] => [...view.renderRoot.querySelectorAll<HTMLElement>(selector)];
  const text = (selector: string): string => (all(selector)[0]?.textContent ?? "").replace(/\s+/g, " ").trim();
  const change = async (selector: string, value: string, type = "change"): Promise<void> => {
    const control = all(selector)[0] as HTMLInputElement;
    control.value = value;
    control.dispatchEvent(new Event(type));
    await settle(400);
  };

  it("asks for everything at first, and lists what is free in its order", async () => {
    await show();
    expect(asked).toEqual([
      { config_entry_id: "entry", free_minutes: 0, usually_free_minutes: 0, sort: "best_fit", limit: 50 },
    ]);
    expect(text("[role=status]")).toBe("2 rooms are free");
    expect(all("ol > li h2 bdi").map((one) => one.textContent.trim())).toEqual(["Room b", "Room a"]);
    expect(text("ol > li ul")).toContain("Smaller than the next room");
    expect(all("ol a").map((one) => one.getAttribute("href"))).toEqual(["/butlr/floor/space_1/b", "/butlr/floor/space_1/a"]);
    const opened = vi.fn();
    view.addEventListener("hass-more-info", (event) => {
      opened((event as CustomEvent).detail);
    });
    all("ol button")[0]?.click();
    expect(opened).toHaveBeenCalledWith({ entityId: "sensor.b_people" });
  });

  it("asks for what is chosen", async () => {
    await show();
    await change("[name=people]", "8", "input");
    await change("[name=free_for]", "15");
    await change("[name=usually_free_for]", "60");
    await change("[name=sort]", "usually_free");
    await change("[name=place]", "space_1");
    all(".tag input")[0]?.click();
    await settle(400);
    expect(asked.at(-1)).toEqual({
      device_id: ["device_floor"],
      capacity_min: 8,
      tags: ["quiet"],
      free_minutes: 15,
      usually_free_minutes: 60,
      sort: "usually_free",
      limit: 50,
    });
    // A place without this tag cannot be asked for it.
    await change("[name=place]", "space_2");
    expect(asked.at(-1)).not.toHaveProperty("tags");
    const before = asked.length;
    await change("[name=people]", "2.5", "input");
    expect(all("[name=people]")[0]?.getAttribute("aria-invalid")).toBe("true");
    expect(asked.length).toBe(before);
    // Whoever comes back finds what was asked last.
    view.remove();
    view = new FindView();
    await show([]);
    expect(asked.at(-1)).toMatchObject({ device_id: ["device_2"], capacity_min: 8, sort: "usually_free" });
  });

  it("says why nothing is found, and asks for less with one click", async () => {
    respond = () => Promise.resolve(answer([]));
    await show(["space_1"]);
    await change("[name=people]", "8", "input");
    expect(text("[role=status]")).toBe("No matching room is free");
    expect(text("details dl")).toBe("Occupied 2");
    expect(all("details")[0]?.hasAttribute("open")).toBe(true);
    const way = all(".ways button").find((one) => one.textContent === "For any number of people");
    way?.click();
    await settle(400);
    expect(asked.at(-1)).not.toHaveProperty("capacity_min");
    all(".ways button").find((one) => one.textContent === "Everywhere")?.click();
    await settle(400);
    expect(asked.at(-1)).toMatchObject({ config_entry_id: "entry" });
  });

  it("asks again when a room has changed, not with every state of the house", async () => {
    await show();
    expect(asked.length).toBe(1);
    view.hass = hass = { ...hass, states: { ...hass.states, ...states({ "light.desk": "on" }) } };
    await settle(10_000);
    expect(asked.length).toBe(1);
    view.hass = hass = { ...hass, states: { ...hass.states, ...states({ "binary_sensor.b_occupancy": "on" }) } };
    await settle();
    // The list says so at once, and is renewed soon.
    expect(text("ol > li h2")).toBe("Room b Occupied");
    expect(text("ol > li ul")).toBe("No longer free");
    await settle(1100);
    expect(asked.length).toBe(2);
    for (let number = 0; number < 20; number += 1) {
      view.hass = hass = { ...hass, states: { ...hass.states, ...states({ "binary_sensor.a_occupancy": number % 2 ? "off" : "on" }) } };
      await settle(100);
    }
    await settle(3000);
    expect(asked.length).toBeLessThanOrEqual(4);
    const before = asked.length;
    await settle(61_000);
    expect(asked.length).toBe(before + 1);
    view.remove();
    await settle(200_000);
    expect(asked.length).toBe(before + 1);
  });

  it("does not show what this person may not see", async () => {
    respond = () => Promise.resolve(answer([found("secret"), found("a")]));
    await show();
    expect(text("[role=status]")).toBe("1 room is free");
    expect(view.renderRoot.textContent).not.toContain("secret");
  });

  it("drops an answer to an earlier question, and tells an error", async () => {
    let late: (answer: Answer) => void = () => undefined;
    respond = () => new Promise((resolve) => (late = resolve));
    await show();
    respond = () => Promise.resolve(answer([found("a")]));
    await change("[name=sort]", "usually_free");
    late(answer([found("b")]));
    await settle();
    expect(all("ol > li h2 bdi").map((one) => one.textContent.trim())).toEqual(["Room a"]);
    respond = () => Promise.reject(Object.assign(new Error("Not <b>loaded</b>"), { code: "service_validation_error" }));
    await change("[name=sort]", "best_fit");
    expect(text("[role=status]")).toBe("The search failed: Not <b>loaded</b>");
    expect(all("ol > li").length).toBe(1);
  });

  it("offers organizations, buildings and floors that Home Assistant can be asked about", () => {
    expect(choices(TOPOLOGY).map(({ id, level }) => [id, level])).toEqual([["org_1", 0], ["space_1", 2], ["space_2", 2]]);
  });
});
