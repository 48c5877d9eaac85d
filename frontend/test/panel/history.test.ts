import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Message } from "../../src/home-assistant.js";
import { firstWeekday, gridOf, pastOf, scaleOf, summaryOf } from "../../src/panel/history-data.js";
import { HistoryView } from "../../src/panel/history.js";
import { listed, matching, SpacePicker } from "../../src/panel/space-picker.js";
import { floor, LOCALE, room, topology } from "../fake.js";
import { clean, entities, estate, NAME, Shown, TEXTS } from "./views.js";

const HOUR = 3_600_000;
const ZONE = "Europe/Copenhagen";
const at = (text: string): number => Date.parse(text);

describe("the hours", () => {
  // A Wednesday, three days after the clocks went back.
  const NOW = at("2026-10-28T16:20:00+01:00");

  it("are those of the site, also when clocks change", () => {
    const past = pastOf([], null, ZONE, NOW);
    expect(past.today.length).toBe(24);
    expect(past.today[0]?.start).toBe(at("2026-10-28T00:00:00+01:00"));
    expect(past.today.map(({ when }) => when)).toEqual([
      ...Array<string>(16).fill("past"),
      "now",
      ...Array<string>(7).fill("future"),
    ]);
    expect(past.weeks.length).toBe(28 * 24 + 1);
    expect(past.weeks[0]).toMatchObject({ start: at("2026-09-30T00:00:00+02:00"), hour: 0, weekday: 2 });
    expect(past.weeks.filter(({ date, hour }) => date === "2026-10-25" && hour === 2).length).toBe(2);
    const spring = pastOf([], null, ZONE, at("2026-03-29T12:00:00+02:00"));
    expect(spring.today.length).toBe(23);
    expect(pastOf([], null, "Asia/Kathmandu", NOW).today.length).toBe(24);
    expect(pastOf([], null, "Pacific/Auckland", NOW).today[0]?.date).toBe("2026-10-29");
  });

  it("without statistics are gaps, never zero", () => {
    const rows = [
      { start: at("2026-10-27T09:00:00+01:00"), mean: 2, max: 5 },
      { start: at("2026-10-20T09:00:00+02:00"), mean: 4, max: 4 },
      { start: at("2026-10-21T09:00:00+02:00"), mean: 0, max: 0 },
      { start: at("2026-10-28T15:00:00+01:00"), mean: 1, max: 2 },
      { start: at("2026-08-01T09:00:00+02:00"), mean: 99, max: 99 },
    ];
    const past = pastOf(rows, { start: 0, mean: 0.5, max: 1 }, ZONE, NOW);
    const grid = gridOf(past.weeks);
    expect(grid[1]?.[9]).toEqual({ mean: 3, weeks: 2 });
    expect(grid[2]?.[9]).toEqual({ mean: 0, weeks: 1 });
    expect(grid[3]?.[9]).toEqual({ mean: null, weeks: 0 });
    expect(grid.flat().filter(({ mean }) => mean !== null).length).toBe(2);
    expect(past.today[16]).toMatchObject({ mean: 0.5, max: 1, when: "now" });
    expect(summaryOf(past.weeks)).toMatchObject({ whenUsed: 3, used: 2, known: 3, missing: 670, peak: { max: 5 } });
    expect(summaryOf(past.today)).toMatchObject({ used: 2, known: 2, missing: 15 });
    expect(summaryOf([])).toEqual({ peak: null, whenUsed: null, used: 0, known: 0, missing: 0 });
  });

  it("have a scale of whole people", () => {
    for (const [highest, top, step] of [[0, 1, 1], [1, 1, 1], [3, 3, 1], [4, 4, 1], [5, 6, 2], [9, 10, 5], [21, 30, 10], [800, 800, 200]] as const) {
      expect(scaleOf(highest)).toEqual({ top, step });
    }
  });

  it("begin the week as the person does", () => {
    expect(firstWeekday({ ...LOCALE, first_weekday: "sunday" })).toBe(6);
    expect(firstWeekday({ ...LOCALE, language: "de" })).toBe(0);
  });
});

describe("the picker", () => {
  const BIG = topology([
    floor(Array.from({ length: 1000 }, (_, nth) => room(`r${nth}`, { name: `Room ${nth}`, tags: nth === 7 ? ["Café"] : [] }))),
  ]);
  let picker: SpacePicker;
  let picked: string[];

  beforeEach(async () => {
    picker = new SpacePicker();
    picked = [];
    picker.addEventListener("pick", (event) => picked.push((event as CustomEvent<string>).detail));
    Object.assign(picker, { topology: BIG, texts: TEXTS, value: "r3" });
    document.body.append(picker);
    await picker.updateComplete;
  });
  afterEach(() => {
    picker.remove();
  });

  const input = (): HTMLInputElement => picker.renderRoot.querySelector("input") as HTMLInputElement;
  const options = (): string[] => [...picker.renderRoot.querySelectorAll("li")].map(({ textContent }) => clean(textContent));
  const press = async (key: string): Promise<void> => {
    input().dispatchEvent(new KeyboardEvent("keydown", { key, cancelable: true }));
    await picker.updateComplete;
  };
  const type = async (text: string): Promise<void> => {
    input().value = text;
    input().dispatchEvent(new Event("input"));
    await picker.updateComplete;
  };

  it("finds by name, place and tag, without accents", () => {
    expect(matching(BIG, "room 99")[0]?.name).toBe("Room 99");
    expect(matching(BIG, "cafe").map(({ id }) => id)).toEqual(["r7"]);
    expect(matching(BIG, "ground 999").map(({ id }) => id)).toEqual(["r999"]);
    expect(matching(BIG, "").length).toBe(listed(BIG).length);
    expect(matching(BIG, "nowhere")).toEqual([]);
  });

  it("shows a part of a thousand rooms, and works with the keyboard alone", async () => {
    expect(input().value).toBe("Room 3");
    expect(options()).toEqual([]);
    await press("ArrowDown");
    expect(options().length).toBe(50);
    expect(clean(picker.renderRoot.querySelector("[role=status]")?.textContent ?? "")).toContain("952 more");
    expect(options()[0]).toBe("Tower Building");
    await type("room 1");
    expect(input().getAttribute("aria-expanded")).toBe("true");
    await press("ArrowDown");
    expect(input().getAttribute("aria-activedescendant")).toBe("option-1");
    await press("Enter");
    expect(picked).toEqual(["r10"]);
    await type("x");
    await press("Escape");
    expect(input().value).toBe("Room 3");
    await type("nowhere");
    expect(clean(picker.renderRoot.querySelector("[role=status]")?.textContent ?? "")).toBe("No space has such a name");
    await press("Enter");
    expect(picked.length).toBe(1);
  });
});

describe("the view", () => {
  const NOW = at("2026-11-25T11:20:00Z");
  let sent: Message[];
  let rows: (message: Message) => unknown;
  let shown: Shown<HistoryView>;

  beforeEach(() => {
    vi.useFakeTimers({ now: NOW, toFake: ["Date", "setInterval", "clearInterval"] });
    sent = [];
    rows = (message) => {
      const start = at(String(message.start_time));
      const [id = ""] = message.statistic_ids as string[];
      if (message.period === "5minute") return { [id]: [{ start, mean: 1, max: 2 }, { start: start + 300_000, mean: 2, max: 6 }] };
      const all = Array.from({ length: 29 * 24 }, (_, nth) => NOW - (NOW % HOUR) - (nth + 1) * HOUR);
      // Nobody knows what was at 3:00, and nobody was there at 4:00.
      const known = all.filter((one) => new Date(one).getUTCHours() !== 3);
      return { [id]: known.map((one) => ({ start: one, mean: new Date(one).getUTCHours() === 4 ? 0 : 2.5, max: new Date(one).getUTCHours() === 4 ? 0 : 4 })) };
    };
  });
  afterEach(() => {
    shown.view.remove();
    vi.useRealTimers();
  });

  const show = async (path: readonly string[], told = estate()): Promise<void> => {
    shown = new Shown(new HistoryView(), told, undefined, {
      callWS: <T>(message: Message): Promise<T> => {
        sent.push(message);
        return new Promise((resolve) => {
          resolve(rows(message) as T);
        });
      },
    });
    await shown.update({ path });
    await shown.update();
  };

  it("asks for the entity that stands for the people", async () => {
    await show(["a"]);
    expect(sent.map(({ type, period, statistic_ids }) => [type, period, statistic_ids])).toEqual([
      ["recorder/statistics_during_period", "hour", ["x.a_people"]],
      ["recorder/statistics_during_period", "5minute", ["x.a_people"]],
    ]);
    await shown.update({ path: ["b"] });
    expect(sent.at(-1)?.statistic_ids).toEqual(["x.b_people_estimate"]);
    await shown.update();
    expect(shown.text(".now")).toContain(NAME);
    expect(shown.text(".now")).toContain("Estimate: entries minus exits");
    await shown.update({ path: ["f0"] });
    expect(sent.at(-1)?.statistic_ids).toEqual(["x.f0_people_estimate"]);
    const before = sent.length;
    await shown.states({});
    expect(sent.length).toBe(before);
    vi.advanceTimersByTime(300_000);
    expect(sent.length).toBe(before + 2);
  });

  it("shows today, the weeks and the figures, with gaps that are no zeros", async () => {
    await show(["a"]);
    expect(shown.text(".now")).toContain("Occupied 4 people");
    expect(shown.all(".chart rect.gap").length).toBe(1);
    expect(shown.all(".chart rect.mean").length).toBe(11);
    expect(shown.texts(".chart .now title")[0]).toContain("So far 1.5 on average, at most 6");
    expect(shown.text("section:first-of-type p")).toBe("At most 6, at 11:00 AM. 1 hour without statistics.");
    expect(shown.texts(".grid tbody tr").length).toBe(7);
    expect(shown.all(".grid td.gap").length).toBe(7);
    expect(shown.all(".grid td.shade-0").map(({ textContent }) => textContent)).toEqual(Array(7).fill("0"));
    expect(shown.texts(".grid td.shade-4").length).toBe(7 * 22);
    expect(shown.texts(".figures dd")).toEqual(["4 Wed, Oct 28, 12:00 AM", "2.5", "96% 616 of 644 known hours", "28"]);
    expect(shown.texts("details tbody tr").length).toBe(12);
    expect(shown.text()).toContain("those of the site: UTC");
    await shown.update({ narrow: true });
    expect(shown.texts(".grid tbody tr").length).toBe(24);
  });

  it.each([
    [["nowhere"], "does not exist"],
    [["d2"], "Nobody is counted here"],
  ])("says what is missing: %s", async (path, text) => {
    const base = estate();
    const [organization] = base.organizations;
    const [building] = organization?.buildings ?? [];
    if (!organization || !building) throw new Error("no building");
    const bare = floor([room("d2", { entities: entities("d2", "occupancy") })], { id: "f2" });
    await show(path, { ...base, organizations: [{ ...organization, buildings: [{ ...building, floors: [bare] }] }] });
    expect(shown.text()).toContain(text);
    expect(sent).toEqual([]);
  });

  it("says why there are no statistics", async () => {
    rows = () => ({});
    await show(["a"]);
    expect(shown.text()).toContain("no statistics of this space yet");
    rows = () => {
      throw Object.assign(new Error("Unknown command."), { code: "unknown_command" });
    };
    await shown.update({ path: ["c"] });
    await shown.update();
    expect(shown.text()).toContain("its recorder is not set up");
    rows = () => {
      throw Object.assign(new Error("<b>late</b>"), { code: "timeout" });
    };
    await shown.update({ path: ["d"] });
    await shown.update();
    expect(shown.text()).toContain("could not be read: <b>late</b>");
  });

  it("goes to the space that is picked, and comes back to it", async () => {
    await show([]);
    expect(sent.length).toBeGreaterThan(0);
    shown.all("butlr-space-picker")[0]?.dispatchEvent(new CustomEvent("pick", { detail: "c" }));
    expect(location.pathname).toBe("/butlr/history/c");
    await shown.update({ path: ["c"] });
    shown.view.remove();
    await show([]);
    expect(sent.at(-1)?.statistic_ids).toEqual(["x.c_people"]);
  });
});
