/** What the states of a space mean: the TypeScript half of map/rules.py. Both are tested with tests/map/cases.json. */

import type { HassEntity, HomeAssistant, States } from "./home-assistant.js";
import { shownCount, shownCrossings, UNKNOWN, type Count } from "./small-groups.js";
import type { Building, Doubt, Entities, Floor, Organization, Space, Status } from "./topology.js";

/** What is known of a space, from the states of its entities. */
export interface Reading {
  readonly status: Status;
  /** The people that stand for the space. */
  readonly people: Count;
  readonly estimated: boolean;
  readonly motion: boolean;
  /** Since when the status is the same, or null if it is neither free nor occupied. */
  readonly since: Date | null;
  readonly entries: Count;
  readonly exits: Count;
}

type SomeSpace = Pick<Space, "id" | "entities" | "estimated" | "smallest_group">;

/** What has a number of people. */
export type Counted = Organization | Building | Floor | SomeSpace;

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

/** Return the number of people that an entity shows, as map/rules.py reads it. */
const numberOfPeople = (states: States, entities: Entities, key: string): number | null => {
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

/** Whether entries minus exits stand for the people. */
export const isEstimated = (place: Pick<Counted, "entities"> & { readonly estimated?: boolean }): boolean =>
  place.estimated ?? (place.entities.people === undefined && place.entities.people_estimate !== undefined);

/** Return the spaces whose people are among those of a place, as live/small_groups.py does; `around` are all spaces of its floor. */
export const partsOf = (place: Counted, around: readonly Space[]): readonly (Building | Floor | Space)[] => {
  if ("buildings" in place) return place.buildings;
  if (!("floors" in place) && !("spaces" in place)) return insideOf(around).get(place.id) ?? [];
  const estimated = isEstimated(place);
  const inside = "floors" in place ? place.floors : (insideOf(place.spaces).get(null) ?? []);
  return inside.filter((part) => estimated || !isEstimated(part));
};

const insides = new WeakMap<readonly Space[], Map<string | null, Space[]>>();

/** Return the zones in each room of a floor, and under null all spaces that are not in a room that counts people itself. */
const insideOf = (spaces: readonly Space[]): Map<string | null, Space[]> => {
  let found = insides.get(spaces);
  if (found) return found;
  insides.set(spaces, (found = new Map<string | null, Space[]>()));
  const counting = new Set(spaces.filter(({ estimated, entities }) => !estimated && entities.people !== undefined).map(({ id }) => id));
  for (const space of spaces) {
    const { room_id: room } = space;
    const places = room === null ? [null] : counting.has(room) ? [room] : [room, null];
    for (const place of places) {
      const known = found.get(place);
      if (known) known.push(space);
      else found.set(place, [space]);
    }
  }
  return found;
};

/** Return the people of a place as they are shown; `around` are all spaces of its floor. */
export const countOf = (states: States, place: Counted, around: readonly Space[] = []): Count => {
  const number = numberOfPeople(states, place.entities, isEstimated(place) ? "people_estimate" : "people");
  return shownCount(number, place.smallest_group, partCounts(states, place, around));
};

const partCounts = (states: States, place: Counted, around: readonly Space[]): readonly Count[] => {
  if (place.smallest_group === 0) return [];
  const siblings = "spaces" in place ? place.spaces : around;
  return partsOf(place, siblings).map((part) => countOf(states, part, siblings));
};

/** Return how much of the capacity of a place is used, in percent; hidden together with its people. */
export const utilizationOf = (states: States, place: Building | Floor | Space, around: readonly Space[] = []): Count => {
  const percent = numberOf(states, place.entities, "utilization");
  const { capacity, smallest_group: smallest } = place;
  if (percent === null || capacity === null || smallest === 0) return { number: percent, fewerThan: null };
  const { fewerThan } = shownCount(Math.round((percent * capacity) / 100), smallest, partCounts(states, place, around));
  return fewerThan === null ? { number: percent, fewerThan: null } : { number: null, fewerThan: (100 * fewerThan) / capacity };
};

/** Return the entries and exits of a place today as they are shown. */
export const crossingsOf = (states: States, place: Counted, around: readonly Space[] = []): Pick<Reading, "entries" | "exits"> =>
  shownCrossings(
    numberOfPeople(states, place.entities, "entries_today"),
    numberOfPeople(states, place.entities, "exits_today"),
    place.smallest_group,
    countOf(states, place, around),
  );

/** Return everything that is known of a space; `around` are all spaces of its floor. */
export const readingOf = (states: States, space: SomeSpace, around: readonly Space[] = []): Reading => {
  const { entities, estimated } = space;
  const status = statusOf(states, entities);
  const available = status !== "unavailable";
  const since = stateOf(states, entities, "occupancy")?.last_changed;
  return {
    status,
    people: available ? countOf(states, space, around) : UNKNOWN,
    estimated,
    motion: available && stateOf(states, entities, "motion")?.state === "on",
    since: since !== undefined && !hatched(status) ? new Date(since) : null,
    ...crossingsOf(states, space, around),
  };
};

/** Whether a status is drawn hatched: nothing is known, so it must not look empty. */
export const hatched = (status: Status): boolean => status === "unknown" || status === "unavailable";

/** Return how a space is hatched: what is unknown never looks empty, and what is doubtful never looks certain. */
export const hatchingOf = (status: Status, doubt: Doubt | null | undefined): Status | "doubt" | null =>
  hatched(status) ? status : doubt ? "doubt" : null;

/** Return the entity that tells most about a space: what a click opens. Home Assistant's dialog has the exact number. */
export const bestEntity = (space: Pick<Space, "entities" | "estimated" | "smallest_group">): string | undefined => {
  const { entities, estimated } = space;
  if (space.smallest_group > 0 && entities.occupancy !== undefined) return entities.occupancy;
  return (estimated ? entities.people_estimate : entities.people) ?? entities.occupancy ?? Object.values(entities)[0];
};

/** Whether one of these entities has another state than before. */
export const changed = (before: HomeAssistant | undefined, now: HomeAssistant, entityIds: readonly string[]): boolean => {
  if (!before) return true;
  if (before.states === now.states) return false;
  return entityIds.some((id) => before.states[id] !== now.states[id]);
};
