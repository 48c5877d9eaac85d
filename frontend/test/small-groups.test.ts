import { render } from "lit";
import { describe, expect, it } from "vitest";

import type { HomeAssistant } from "../src/home-assistant.js";
import { labelOf } from "../src/map/describe.js";
import { people } from "../src/panel/day-chart.js";
import { load } from "../src/panel/history-data.js";
import { bar, peopleFigure, utilizationFigure } from "../src/panel/parts.js";
import { shownCount, shownCrossings, shownPast, written, type Count } from "../src/small-groups.js";
import { bestEntity, countOf, crossingsOf, readingOf, utilizationOf } from "../src/spaces.js";
import { peopleTile, shownEntities } from "../src/strategy/cards.js";
import { Texts } from "../src/texts.js";
import { floor, room, states, topology } from "./fake.js";
import cases from "../../tests/live/small_groups.json";
import english from "../../custom_components/butlr/translations/en.json";

type Pair = readonly [number: number | null, fewerThan: number | null];

interface Case {
  number?: number | null;
  parts?: Pair[];
  past?: number;
  entries?: number | null;
  exits?: number | null;
  people?: Pair;
  smallest: number;
  shown: unknown;
}

const count = ([number, fewerThan]: Pair): Count => ({ number, fewerThan });
const pair = ({ number, fewerThan }: Count): Pair => [number, fewerThan];

const TEXTS = new Texts("en", {
  "component.butlr.config_panel.map.fewer_than": english.config_panel.map.fewer_than,
  "component.butlr.config_panel.status.occupied": "Occupied",
});

const shownAs = (content: unknown): string => {
  const box = document.createElement("div");
  render(content, box);
  return box.textContent.trim();
};

/** 5 people in one room, 1 in another one, and 7 on their floor, 1 of them in a zone of the first room. */
const ZONE = room("z", { kind: "zone", room_id: "a", smallest_group: 3 });
const ROOMS = [room("a", { smallest_group: 3 }), room("b", { smallest_group: 3, capacity: 4 }), ZONE];
const FLOOR = floor(ROOMS, { smallest_group: 3, capacity: 20, entities: { people: "sensor.f", utilization: "sensor.u" } });
const STATES = states({
  "sensor.a_people": "5",
  "sensor.b_people": "1",
  "sensor.z_people": "1",
  "sensor.f": "7",
  "sensor.u": "35",
  "binary_sensor.b_occupancy": "on",
});
const [A, B] = ROOMS as [(typeof ROOMS)[0], (typeof ROOMS)[0]];

describe("small groups", () => {
  it("are hidden as in live/small_groups.py", () => {
    expect(cases.length).toBeGreaterThan(100);
    for (const one of cases as unknown as Case[]) {
      const { number, parts, past, entries = null, exits = null, people, shown } = one;
      if (number !== undefined) {
        expect(pair(shownCount(number, one.smallest, (parts ?? []).map(count))), JSON.stringify(one)).toEqual(shown);
      } else if (past !== undefined) {
        expect(shownPast(past, one.smallest), JSON.stringify(one)).toBe(shown);
      } else if (people !== undefined) {
        const crossings = shownCrossings(entries, exits, 3, count(people));
        expect([pair(crossings.entries), pair(crossings.exits)], JSON.stringify(one)).toEqual(shown);
      }
    }
  });

  it("are hidden together with what contains them", () => {
    expect(pair(countOf(STATES, B, ROOMS))).toEqual([null, 3]);
    // 4 of the 5 are elsewhere in the room, so that the zone cannot be worked out.
    expect(pair(countOf(STATES, A, ROOMS))).toEqual([5, null]);
    expect(pair(countOf(STATES, FLOOR))).toEqual([null, 8]);
    expect(pair(countOf({ ...STATES, ...states({ "sensor.f": "8" }) }, FLOOR))).toEqual([8, null]);
    const { organizations } = topology([FLOOR], { smallest_group: 3, entities: { people: "sensor.f" } });
    const [organization] = organizations;
    const building = organization?.buildings[0];
    if (!organization || !building) throw new Error("missing");
    const people = { ...building, smallest_group: 3, entities: { people: "sensor.f" } };
    expect(pair(countOf(STATES, people))).toEqual([null, 8]);
    expect(pair(countOf(STATES, { ...organization, buildings: [people] }))).toEqual([null, 8]);
    expect(pair(countOf(STATES, { ...FLOOR, smallest_group: 0 }))).toEqual([7, null]);
  });

  it("are not told by what is worked out from them", () => {
    expect(utilizationOf(STATES, FLOOR)).toEqual({ number: null, fewerThan: 40 });
    expect(shownAs(utilizationFigure(TEXTS, STATES, FLOOR))).toBe("<40%");
    expect(shownAs(bar(utilizationOf(STATES, FLOOR).number))).toBe("");
    expect(shownAs(utilizationFigure(TEXTS, STATES, { ...FLOOR, smallest_group: 0 }))).toBe("35%");
    const doors = { ...B, entities: { ...B.entities, entries_today: "sensor.in", exits_today: "sensor.out" } };
    const passed = { ...STATES, ...states({ "sensor.in": "9", "sensor.out": "8" }) };
    expect(crossingsOf(passed, doors, ROOMS)).toEqual({ entries: { number: 9, fewerThan: null }, exits: { number: null, fewerThan: null } });
  });

  it("are said in words and written in short", () => {
    const reading = readingOf(STATES, B, ROOMS);
    expect(labelOf(TEXTS, B, { ...reading, since: null })).toContain("Room b: Occupied, fewer than 3 people");
    expect(written(TEXTS, reading.people)).toBe("<3");
    expect(shownAs(peopleFigure(TEXTS, STATES, B, ROOMS))).toBe("<3");
    expect(shownAs(peopleFigure(TEXTS, STATES, A, ROOMS))).toBe("5");
  });

  it("do not leave the answer of the recorder", async () => {
    const start = Date.UTC(2026, 0, 5, 9);
    const rows = [[1.2, 2], [2, 4], [4.6, 7], [0, 0]].map(([mean, max], nth) => ({ start: start + nth * 3_600_000, mean, max }));
    const hass = { callWS: (message: { period: string }) => Promise.resolve({ "sensor.a": message.period === "hour" ? rows : [] }) };
    const past = await load(hass as unknown as HomeAssistant, "sensor.a", "UTC", start + 5 * 3_600_000, 3);
    const known = past.today.filter(({ mean }) => mean !== null);
    expect(known.map(({ mean, max }) => [mean, max])).toEqual([[1.5, 1.5], [1.5, 3], [6, 6], [0, 0]]);
    expect(known.map(({ mean, max }) => [people(TEXTS, mean ?? 0, 3), people(TEXTS, max ?? 0, 3)])).toEqual([
      ["<3", "<3"],
      ["<3", "3"],
      ["6", "6"],
      ["0", "0"],
    ]);
  });

  it("are not behind a click, and not on Home Assistant's own cards", () => {
    expect(bestEntity(B)).toBe(B.entities.occupancy);
    expect(peopleTile(B)?.entity).toBe(B.entities.occupancy);
    expect(shownEntities({ entities: { people: "a", utilization: "b", free_rooms: "c", occupancy: "d" }, smallest_group: 3 })).toEqual({
      free_rooms: "c",
      occupancy: "d",
    });
  });
});
