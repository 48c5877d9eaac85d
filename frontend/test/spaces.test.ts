import { describe, expect, it } from "vitest";

import { UNKNOWN } from "../src/small-groups.js";
import { bestEntity, changed, hatchingOf, readingOf, statusOf } from "../src/spaces.js";
import type { Doubt } from "../src/topology.js";
import cases from "../../tests/map/cases.json";
import { FakeConnection, fakeHass, room, states } from "./fake.js";

const SPACE = room("a", {
  entities: { occupancy: "binary_sensor.a", people: "sensor.a", people_estimate: "sensor.e", motion: "binary_sensor.m" },
});

interface Case {
  states: Record<string, string | null>;
  estimated: boolean;
  doubt: Doubt | null;
  shown: { status: string; people: number | null; estimated: boolean; motion: boolean; doubt: Doubt | null; hatching: string | null };
}

describe("the states of a space", () => {
  it("mean the same as in map/rules.py", () => {
    expect(cases.length).toBeGreaterThan(50);
    for (const { states: values, estimated, doubt, shown } of cases as unknown as Case[]) {
      const known = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== null);
      const { status, people, motion, ...rest } = readingOf(states(Object.fromEntries(known)), {
        ...SPACE,
        entities: Object.fromEntries(Object.keys(values).map((key) => [key, key])),
        estimated,
      });
      const hatching = hatchingOf(status, doubt);
      const told = { status, people: people.number, motion, estimated: rest.estimated, hatching };
      expect({ ...told, doubt: hatching === "doubt" ? doubt : null }, JSON.stringify(values)).toEqual(shown);
    }
  });

  it("are never free because of a number alone", () => {
    expect(statusOf(states({ "sensor.a": "0" }), SPACE.entities)).toBe("unknown");
    expect(statusOf(states({ "binary_sensor.a": "unavailable", "sensor.a": "0" }), SPACE.entities)).toBe("unavailable");
  });

  it("tell people, motion and since when", () => {
    const reading = readingOf(states({ "binary_sensor.a": "on", "sensor.a": "3", "binary_sensor.m": "on", "sensor.e": "9" }), SPACE);
    expect(reading).toMatchObject({ status: "occupied", people: { number: 3 }, motion: true, since: new Date("2026-01-05T09:00:00Z") });
  });

  it("tell the estimate where it stands for the space", () => {
    const space = { ...SPACE, estimated: true };
    expect(readingOf(states({ "sensor.a": "3", "sensor.e": "9" }), space).people.number).toBe(9);
    expect(bestEntity(space)).toBe("sensor.e");
    expect(bestEntity(SPACE)).toBe("sensor.a");
  });

  it.each(["unknown", "unavailable", "", "many"])("tell no people while the state is %j", (value) => {
    const reading = readingOf(states({ "binary_sensor.a": "unknown", "sensor.a": value }), SPACE);
    expect(reading).toMatchObject({ status: "unknown", people: UNKNOWN, since: null });
  });

  it("changed only if one of them is another one", () => {
    const before = fakeHass(new FakeConnection(), { states: states({ "sensor.a": "1", "sensor.b": "1" }) });
    const other = { ...before, states: { ...before.states, ...states({ "sensor.b": "2" }) } };
    expect(changed(undefined, before, ["sensor.a"])).toBe(true);
    expect(changed(before, other, ["sensor.a"])).toBe(false);
    expect(changed(before, other, ["sensor.a", "sensor.b"])).toBe(true);
    expect(changed(before, { ...other, states: {} }, ["sensor.a"])).toBe(true);
  });
});
