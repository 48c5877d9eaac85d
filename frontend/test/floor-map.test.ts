import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import "../src/floor-map.js";
import type { FloorMap } from "../src/floor-map.js";
import type { HomeAssistant } from "../src/home-assistant.js";
import { PACE_MS } from "../src/pace.js";
import { loadTexts, Texts } from "../src/texts.js";
import type { Floor } from "../src/topology.js";
import { FakeConnection, fakeHass, floor, LOCALE, room, state, states, STATUSES } from "./fake.js";

const A = room("a", { name: "Boardroom", capacity: 8 });
const B = room("b", { name: "Focus Room" });

let connection: FakeConnection;
let hass: HomeAssistant;

beforeEach(() => {
  vi.useFakeTimers({ now: new Date("2026-01-05T12:00:00Z") });
  connection = new FakeConnection();
  hass = fakeHass(connection, {
    states: states({
      "binary_sensor.a_occupancy": "on",
      "sensor.a_people": "3",
      "binary_sensor.b_occupancy": "off",
      "sensor.b_people": "0",
    }),
  });
});
afterEach(async () => {
  document.body.replaceChildren();
  // The pace of the page goes on from test to test, but its timer does not.
  await vi.advanceTimersByTimeAsync(200);
  vi.useRealTimers();
});

const show = async (shown: Floor = floor([A, B]), change: Partial<FloorMap> = {}): Promise<FloorMap> => {
  const map = document.createElement("butlr-map");
  const texts = await loadTexts(hass);
  Object.assign(map, { hass, floor: shown, statuses: STATUSES, texts, asOf: Date.now() / 1000, ...change });
  document.body.append(map);
  await map.updateComplete;
  return map;
};

const root = (map: FloorMap): ShadowRoot => map.shadowRoot as ShadowRoot;
const space = (map: FloorMap, id: string): SVGGElement => root(map).querySelector(`[data-space="${id}"]`) as SVGGElement;
const labels = (map: FloorMap, id: string): SVGGElement => root(map).querySelector(`[data-labels="${id}"]`) as SVGGElement;
const target = (map: FloorMap, id: string): SVGPathElement => space(map, id).querySelector(".target") as SVGPathElement;
const words = (element: Element): string => element.textContent.replace(/\s+/g, " ").trim();

/** Hand a map the states of the whole house, some of them new. */
const change = async (map: FloorMap, values: Record<string, string>): Promise<void> => {
  hass = { ...hass, states: { ...hass.states, ...states(values) } };
  map.hass = hass;
  await map.updateComplete;
  await vi.advanceTimersByTimeAsync(200);
};

const press = (map: FloorMap, key: string): void => {
  (root(map).activeElement ?? root(map).querySelector("svg.map"))?.dispatchEvent(
    new KeyboardEvent("keydown", { key, bubbles: true, composed: true, cancelable: true }),
  );
};

describe("the floor map", () => {
  it("shows nothing until the texts are there", async () => {
    const map = await show(floor([A]), { texts: undefined });
    expect(words(root(map) as unknown as Element)).toBe("");
  });

  it("tells the status of a space as color, icon and word, and in words", async () => {
    const map = await show();
    const shown = space(map, "a");
    expect([shown.dataset.status, shown.dataset.people, shown.dataset.motion]).toEqual(["occupied", "3", "false"]);
    expect(words(labels(map, "a"))).toBe("Boardroom 3 Occupied since 9:00 AM");
    expect(labels(map, "a").innerHTML).toContain(STATUSES.occupied.icon);
    expect(target(map, "a").getAttribute("aria-label")).toBe("Boardroom: Occupied, 3 people, capacity 8, since 9:00 AM");
  });

  it("hatches what is doubtful in a way of its own, and says so in words and in the legend", async () => {
    const map = await show(floor([{ ...A, doubt: "partial" }, B]));
    const fills = (id: string): (string | null)[] => [...space(map, id).querySelectorAll(".hatch")].map((hatch) => hatch.getAttribute("fill"));
    expect([fills("a"), fills("b")]).toEqual([["url(#hatch-doubt)"], []]);
    // Letters stand out from lines.
    expect(["a", "b"].map((id) => labels(map, id).classList.contains("hatched"))).toEqual([true, false]);
    // Upright, as the sample in the legend.
    expect(root(map).querySelector("#hatch-doubt")?.getAttribute("data-angle")).toBe("0");
    expect(target(map, "a").getAttribute("aria-label")).toContain("Boardroom: Occupied, Known only in part, 3 people");
    const legend = (): string => words(root(map).querySelector(".legend") as Element);
    expect(legend()).toContain("▥Known only in part");
    expect(legend()).not.toContain("Not confirmed lately");
    await change(map, { "binary_sensor.a_occupancy": "unavailable" });
    expect(fills("a")).toEqual(["url(#hatch-unavailable)"]);
    expect(target(map, "a").getAttribute("aria-label")).not.toContain("Known only in part");
  });

  it("hatches what is unknown or unavailable, and does not call it free", async () => {
    const map = await show();
    await change(map, { "binary_sensor.a_occupancy": "unknown", "sensor.a_people": "unknown", "binary_sensor.b_occupancy": "unavailable" });
    expect(space(map, "a").querySelector('[fill="url(#hatch-unknown)"]')).not.toBeNull();
    expect(space(map, "b").querySelector('[fill="url(#hatch-unavailable)"]')).not.toBeNull();
    expect(words(labels(map, "b"))).toBe("Focus Room Unavailable");
    await change(map, { "binary_sensor.b_occupancy": "off" });
    expect(space(map, "b").querySelector(".hatch")).toBeNull();
  });

  it("writes all labels above all outlines, so that a zone does not hide those of its room", async () => {
    const map = await show();
    const [first, second] = [labels(map, "a"), space(map, "b")];
    expect(second.compareDocumentPosition(first) & Node.DOCUMENT_POSITION_FOLLOWING).toBeTruthy();
  });

  it("marks an estimate and motion", async () => {
    const entities = { occupancy: "binary_sensor.a_occupancy", people_estimate: "sensor.e", motion: "binary_sensor.m" };
    const map = await show(floor([room("a", { entities, estimated: true })]));
    await change(map, { "sensor.e": "1", "binary_sensor.m": "on" });
    expect(words(labels(map, "a"))).toContain("≈1");
    expect(labels(map, "a").querySelector(".motion")).not.toBeNull();
    expect(target(map, "a").getAttribute("aria-label")).toMatch(/about 1 person, Motion, .*Estimate: entries minus exits/);
    expect(words(root(map).querySelector(".legend") as Element)).toContain("≈Estimate");
  });

  it("writes entries and exits at doors, those of the floor too", async () => {
    const doors = { entries_today: "sensor.in", exits_today: "sensor.out" };
    const shown = floor([room("a", { entities: { ...A.entities, ...doors } })], { entities: { entries_today: "sensor.floor_in" } });
    const at = { x: 2, y: 3.5, size: 0.4 };
    const drawing = { ...shown.drawing, doors: [{ ...at, id: "d1", space_id: "a" }, { ...at, id: "d2", space_id: "space_1" }] };
    const map = await show({ ...shown, drawing });
    await change(map, { "sensor.in": "12", "sensor.out": "9", "sensor.floor_in": "40" });
    expect(words(labels(map, "a").querySelector(".door") as Element)).toBe("12 9");
    const own = root(map).querySelector(".floor-door") as Element;
    expect(words(own)).toBe("40 ?");
    expect(own.getAttribute("aria-label")).toBe("entries today: 40, exits today: ?");
  });

  it("renders only the space whose state changed", async () => {
    const map = await show();
    const render = vi.spyOn(map as unknown as { render: () => unknown }, "render");
    const before = { a: labels(map, "a").innerHTML, b: labels(map, "b").querySelector(".value text") };
    await change(map, { "sensor.elsewhere": "5" });
    expect(labels(map, "a").innerHTML).toBe(before.a);
    await change(map, { "sensor.a_people": "4" });
    expect(space(map, "a").dataset.people).toBe("4");
    expect(labels(map, "b").querySelector(".value text")).toBe(before.b);
    expect(render).not.toHaveBeenCalled();
  });

  it("shows the first of many changes at once, and the last soon after", async () => {
    const map = await show();
    await vi.advanceTimersByTimeAsync(1000);
    for (const people of ["4", "5", "6"]) {
      hass = { ...hass, states: { ...hass.states, "sensor.a_people": state("sensor.a_people", people) } };
      map.hass = hass;
      await map.updateComplete;
      await vi.advanceTimersByTimeAsync(10);
    }
    expect(space(map, "a").dataset.people).toBe("4");
    await vi.advanceTimersByTimeAsync(PACE_MS);
    expect(space(map, "a").dataset.people).toBe("6");
  });

  it.each([
    ["markup", '<img src=x onerror="alert(1)">'],
    ["quotes", `"it's" & 'that' {name} \${name}`],
    ["emoji", "🏳️‍🌈 Team 👩🏽‍💻"],
    ["right to left", "غرفة الاجتماعات ١"],
    ["200 characters", "x".repeat(200)],
  ])("shows a name with %s as it is", async (_kind, name) => {
    const map = await show(floor([room("a", { name, entities: A.entities })]));
    expect(labels(map, "a").querySelector(".name")?.textContent).toBe(name);
    expect(target(map, "a").getAttribute("aria-label")?.startsWith(`${name}: `)).toBe(true);
    expect(root(map).querySelector("img, script")).toBeNull();
  });

  it("cuts a name off at the outline where the width of its letters is not known", async () => {
    const map = await show(floor([room("a", { name: "会議室" }), room("b", { name: "Salle Zoé" })]));
    expect(labels(map, "a").querySelector("clipPath")).not.toBeNull();
    expect(labels(map, "b").querySelector("clipPath")).toBeNull();
  });

  it("opens the best entity on a click, unless somebody prevents it", async () => {
    const map = await show();
    const opened = vi.fn();
    map.addEventListener("hass-more-info", (event) => {
      opened((event as CustomEvent).detail);
    });
    space(map, "a").dispatchEvent(new MouseEvent("click", { bubbles: true }));
    expect(opened).toHaveBeenCalledWith({ entityId: "sensor.a_people" });
    const chosen = vi.fn((event: Event) => {
      event.preventDefault();
    });
    map.addEventListener("butlr-space", chosen);
    space(map, "b").dispatchEvent(new MouseEvent("click", { bubbles: true }));
    expect(chosen).toHaveBeenCalledOnce();
    expect(opened).toHaveBeenCalledOnce();
  });

  it("is reached with one tabulator stop, and left and right go to the next room", async () => {
    const map = await show();
    const stops = (): (string | undefined)[] => [...root(map).querySelectorAll('[tabindex="0"]')].map((one) => one.closest<SVGGElement>("[data-space]")?.dataset.space);
    expect(stops()).toEqual(["a"]);
    target(map, "a").focus();
    press(map, "ArrowRight");
    expect(stops()).toEqual(["b"]);
    expect(root(map).activeElement).toBe(target(map, "b"));
    press(map, "ArrowRight");
    expect(stops()).toEqual(["b"]);
    press(map, "Home");
    expect(stops()).toEqual(["a"]);
    const opened = vi.fn();
    map.addEventListener("hass-more-info", opened);
    press(map, "Enter");
    expect(opened).toHaveBeenCalledOnce();
  });

  it("zooms with keys and buttons, and keeps the focus when the topology changes", async () => {
    const map = await show();
    target(map, "b").focus();
    press(map, "+");
    press(map, "+");
    expect(map.viewport.zoom).toBeCloseTo(1.96);
    await map.updateComplete;
    map.floor = floor([A, { ...B, name: "Quiet Room" }]);
    await map.updateComplete;
    expect(root(map).activeElement).toBe(target(map, "b"));
    expect(words(labels(map, "b"))).toContain("Quiet Room");
    expect(map.viewport.zoom).toBeCloseTo(1.96);
    press(map, "0");
    expect(map.viewport.zoom).toBe(1);
    await map.updateComplete;
    root(map).querySelector<HTMLButtonElement>(".buttons button")?.click();
    expect(map.viewport.zoom).toBeCloseTo(1.4);
  });

  it("cannot be clicked on a wall", async () => {
    const map = await show(floor([A]), { passive: true });
    expect(root(map).querySelector("[tabindex], button, [role=button]")).toBeNull();
    const opened = vi.fn();
    map.addEventListener("hass-more-info", opened);
    space(map, "a").dispatchEvent(new MouseEvent("click", { bubbles: true }));
    expect(opened).not.toHaveBeenCalled();
  });

  it("says when people were confirmed, and marks what is old", async () => {
    const map = await show();
    const asOf = (): Element | null => root(map).querySelector(".as-of");
    expect(asOf()?.textContent).toMatch(/^As of 12:00\sPM$/);
    expect(asOf()?.classList.contains("old")).toBe(false);
    await vi.advanceTimersByTimeAsync(11 * 60_000);
    expect(asOf()?.classList.contains("old")).toBe(true);
  });

  it("tells the day once it is over", async () => {
    const map = await show();
    await vi.advanceTimersByTimeAsync(24 * 3600 * 1000);
    expect(words(labels(map, "a"))).toBe("Boardroom 3 Occupied since Jan 5");
  });

  it("says that there is no plan, or nothing at all", async () => {
    const tiles = floor([A]);
    const map = await show({ ...tiles, drawing: { ...tiles.drawing, layout: "tiles" } });
    expect(words(root(map).querySelector(".note") as Element)).toContain("no plan");
    const empty = await show(floor([]));
    expect(words(root(empty) as unknown as Element)).toContain("no rooms or zones");
  });

  it("shows Butlr's plan behind the rooms, and the map without it if it is refused", async () => {
    const base = floor([A]);
    const plan = { url: "/api/butlr/plan/1", x: -1, y: -1, width: 7, height: 6 };
    const shown = { ...base, drawing: { ...base.drawing, plan } };
    const map = await show(shown);
    await vi.advanceTimersByTimeAsync(0);
    await map.updateComplete;
    expect(root(map).querySelector("image")?.getAttribute("href")).toBe("/api/butlr/plan/1?authSig=signed");
    connection.answer = () => {
      throw new Error("refused");
    };
    const other = await show(shown, { texts: new Texts("en", {}, LOCALE) });
    await vi.advanceTimersByTimeAsync(0);
    expect(root(other).querySelector("image")).toBeNull();
    expect(space(other, "a")).not.toBeNull();
  });
});
