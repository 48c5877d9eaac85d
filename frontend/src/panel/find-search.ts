/** The search for a free room: what a person asks for, what Home Assistant answers, and both in words. */

import { ask, type HomeAssistant } from "../home-assistant.js";
import type { Texts } from "../texts.js";
import { indexOf, type Space, type Topology } from "../topology.js";

export type Sort = "best_fit" | "usually_free";

/** What a person asks for. */
export interface Criteria {
  /** The id of the organization, building or floor to search in. */
  readonly place: string;
  /** How many people the room is for, or null if that does not matter. */
  readonly people: number | null;
  readonly tags: readonly string[];
  /** For how many minutes the room must already have been free, and usually stays free. */
  readonly freeFor: number;
  readonly usuallyFreeFor: number;
  readonly sort: Sort;
}

export interface FoundRoom {
  readonly id: string;
  readonly name: string;
  readonly floor: string | null;
  readonly building: string | null;
  readonly capacity: number | null;
  readonly tags: readonly string[];
  readonly free_since: string;
  /** Whether sensors counted nobody, or entries minus exits are zero. */
  readonly confidence: "measured" | "estimated";
  readonly usual_use: "free_until_midnight" | "free_until_used" | "free_until_unknown" | "used" | "unknown";
  readonly usually_free_until: string | null;
  readonly baseline_weeks: number;
  readonly ranked_by: "usually_free" | "capacity" | "free_since" | "name" | null;
}

/** What `butlr.find_available_rooms` answers. */
export interface Answer {
  readonly rooms: readonly FoundRoom[];
  readonly free: number;
  readonly considered: number;
  readonly left_out: Readonly<Record<string, number>>;
  readonly reason: string | null;
  /** How many people were asked for. */
  readonly people: number | null;
}

export interface Choice {
  readonly id: string;
  readonly name: string;
  readonly level: 0 | 1 | 2;
  readonly target: Readonly<Record<string, unknown>>;
}

/** Rooms that are listed; more would not be read. */
const LIMIT = 50;

export const NOTHING_ASKED: Omit<Criteria, "place"> = { people: null, tags: [], freeFor: 0, usuallyFreeFor: 0, sort: "best_fit" };

/** Return the places to search in, from organizations down to floors. */
export const choices = (topology: Topology): Choice[] =>
  topology.organizations
    .filter(({ buildings }) => buildings.length > 0)
    .flatMap(({ id, name, entry_id, buildings }) => {
      const places: Choice[] = [{ id, name, level: 0, target: { config_entry_id: entry_id } }];
      const add = (place: { id: string; name: string; device_id: string | null }, level: 1 | 2): void => {
        if (place.device_id !== null) {
          places.push({ id: place.id, name: place.name, level, target: { device_id: [place.device_id] } });
        }
      };
      for (const building of buildings) {
        add(building, 1);
        for (const floor of building.floors) add(floor, 2);
      }
      return places;
    });

/** Return the rooms in a place. */
export const roomsIn = (topology: Topology, place: string): Space[] =>
  topology.organizations.flatMap((organization) =>
    organization.buildings.flatMap((building) =>
      building.floors
        .filter((floor) => [organization.id, building.id, floor.id].includes(place))
        .flatMap((floor) => floor.spaces.filter(({ kind }) => kind === "room")),
    ),
  );

/** Return the tags of the rooms in a place, in the order of the alphabet. */
export const tagsIn = (rooms: readonly Space[], language: string): string[] =>
  [...new Set(rooms.flatMap(({ tags }) => tags))].sort((one, other) => one.localeCompare(other, language, { numeric: true }));

/** Ask Home Assistant for the rooms. Those that this person may not see are left out. */
export const search = async (hass: HomeAssistant, topology: Topology, criteria: Criteria): Promise<Answer> => {
  const choice = choices(topology).find(({ id }) => id === criteria.place);
  const answer = await ask<Answer>(hass, "butlr", "find_available_rooms", {
    ...choice?.target,
    ...(criteria.people === null ? {} : { capacity_min: criteria.people }),
    ...(criteria.tags.length > 0 ? { tags: criteria.tags } : {}),
    free_minutes: criteria.freeFor,
    usually_free_minutes: criteria.usuallyFreeFor,
    sort: criteria.sort,
    limit: LIMIT,
  });
  const { spaces } = indexOf(topology);
  const rooms = answer.rooms.filter(({ id }) => spaces.has(id));
  const unseen = answer.rooms.length - rooms.length;
  return { ...answer, people: criteria.people, rooms, free: answer.free - unseen, considered: answer.considered - unseen };
};

/** Say why a room is in the list, and why at this place. */
export const reasons = (texts: Texts, room: FoundRoom, people: number | null, now: number): string[] => {
  const since = new Date(room.free_since);
  const time = room.usually_free_until === null ? "" : texts.time(new Date(room.usually_free_until));
  const weeks = room.baseline_weeks > 0 && room.baseline_weeks < 4 ? ` (${texts.count("find.weeks", room.baseline_weeks)})` : "";
  return [
    texts.text("find.free_since", { time: texts.moment(since, new Date(now)), duration: texts.duration((now - since.getTime()) / 1000) }),
    texts.text(`find.confidence.${room.confidence}`),
    room.capacity === null
      ? texts.text("find.no_capacity")
      : people === null
        ? texts.text("find.capacity", { capacity: room.capacity })
        : texts.text("find.fits", { capacity: room.capacity, asked: people }),
    texts.text(`find.usual.${room.usual_use}`, { time }) + weeks,
    ...(room.ranked_by === null || room.ranked_by === "name" ? [] : [texts.text(`find.rank.${room.ranked_by}`)]),
  ];
};

/** Return why rooms were left out, the reason that came closest first. */
export const leftOut = (answer: Answer): [reason: string, count: number][] =>
  Object.entries(answer.left_out)
    .filter(([, count]) => count > 0)
    .reverse();

/** Return what can be asked less of, by name, with the criteria that remain. */
export const relaxed = (topology: Topology, criteria: Criteria): [name: string, criteria: Criteria][] => {
  const found: [string, Criteria][] = [];
  if (criteria.usuallyFreeFor > 0) found.push(["usually_free_for", { ...criteria, usuallyFreeFor: 0 }]);
  if (criteria.freeFor > 0) found.push(["free_for", { ...criteria, freeFor: 0 }]);
  if (criteria.people !== null) found.push(["people", { ...criteria, people: null }]);
  if (criteria.tags.length > 0) found.push(["tags", { ...criteria, tags: [] }]);
  const { buildings, floors } = indexOf(topology);
  const organization = (buildings.get(criteria.place) ?? floors.get(criteria.place))?.organization;
  if (organization) found.push(["place", { ...criteria, place: organization.id }]);
  return found;
};
