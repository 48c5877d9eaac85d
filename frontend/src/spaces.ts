/** What the states of a space mean: the TypeScript half of map/rules.py. Both are tested with tests/map/cases.json. */

import type { HassEntity, HomeAssistant, States } from "./home-assistant.js";
import type { Entities, Space, Status } from "./topology.js";

/** What is known of a space, from the states of its entities. */
export interface Reading {
  readonly status: Status;
  /** The people that stand for the space, or null if they are not known. */
  readonly people: number | null;
  readonly estimated: boolean;
  readonly motion: boolean;
  /** Since when the status is the same, or null if it is neither free nor occupied. */
  readonly since: Date | null;
  readonly entries: number | null;
  readonly exits: number | null;
}

const stateOf = (states: States, entities: Entities, key: string): HassEntity | undefined => {
  const id = entities[key];
  return id === undefined ? undefined : states[id];
};

/** Return the number that an entity shows, or null if it shows none. */
export const numberOf = (states: States, entities: Entities, key: string): number | null => {
  const value = stateOf(states, entities, key)?.state;
  if (value === undefined || value.trim() === "") return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
};

/** Return the count of people that an entity shows, as map/rules.py reads it. */
const countOf = (states: States, entities: Entities, key: string): number | null => {
  const found = /^([0-9]{1,9})(?:\.0+)?$/.exec(stateOf(states, entities, key)?.state ?? "");
  return found ? Number(found[1]) : null;
};

/** Return the status of a space, floor or building. Only its occupancy entity decides; a number alone is never "free". */
export const statusOf = (states: States, entities: Entities): Status => {
  switch (stateOf(states, entities, "occupancy")?.state) {
    case "on":
      return "occupied";
    case "off":
      return "free";
    case "unavailable":
      return "unavailable";
    default:
      return "unknown";
  }
};

/** Return the people of a space, floor or building, or null if they are not known. */
export const peopleOf = (states: States, entities: Entities, estimated = false): number | null =>
  countOf(states, entities, estimated ? "people_estimate" : "people");

/** Return everything that is known of a space. */
export const readingOf = (states: States, space: Pick<Space, "entities" | "estimated">): Reading => {
  const { entities, estimated } = space;
  const status = statusOf(states, entities);
  const available = status !== "unavailable";
  const since = stateOf(states, entities, "occupancy")?.last_changed;
  return {
    status,
    people: available ? peopleOf(states, entities, estimated) : null,
    estimated,
    motion: available && stateOf(states, entities, "motion")?.state === "on",
    since: since !== undefined && !hatched(status) ? new Date(since) : null,
    entries: countOf(states, entities, "entries_today"),
    exits: countOf(states, entities, "exits_today"),
  };
};

/** Whether a status is drawn hatched: nothing is known, so it must not look empty. */
export const hatched = (status: Status): boolean => status === "unknown" || status === "unavailable";

/** Return the entity that tells most about a space: what a click opens. */
export const bestEntity = (space: Pick<Space, "entities" | "estimated">): string | undefined => {
  const { entities, estimated } = space;
  return (estimated ? entities.people_estimate : entities.people) ?? entities.occupancy ?? Object.values(entities)[0];
};

/** Whether one of these entities has another state than before. */
export const changed = (before: HomeAssistant | undefined, now: HomeAssistant, entityIds: readonly string[]): boolean => {
  if (!before) return true;
  if (before.states === now.states) return false;
  return entityIds.some((id) => before.states[id] !== now.states[id]);
};
