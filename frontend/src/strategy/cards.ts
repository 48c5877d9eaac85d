/** Configurations of Home Assistant's own cards: only options that its editors show. */

import type { Counted } from "../spaces.js";
import type { Entities, Space } from "../topology.js";

export interface Card {
  readonly type: string;
  readonly [option: string]: unknown;
}

/** A list that leaves out what is missing, so that a card is only made for entities that this person may see. */
export const given = <T>(...items: readonly (T | undefined)[]): T[] => items.filter((item) => item !== undefined);

/** The entities of a place whose states may be shown: Home Assistant's own cards show every number. */
export const shownEntities = ({ entities, smallest_group: smallest }: Pick<Counted, "entities" | "smallest_group">): Entities =>
  smallest === 0 ? entities : Object.fromEntries(Object.entries(entities).filter(([key]) => !COUNTING.has(key)));

/** Entities from which a number of people can be read or worked out. */
const COUNTING = new Set(["people", "people_estimate", "utilization", "busyness", "entries_today", "exits_today"]);

const FULL = { columns: "full" } as const;

/** A heading with the values of entities beside it. A selection leads to a view of the same dashboard. */
export const heading = (
  text: string,
  icon: string,
  entities: readonly (string | undefined)[] = [],
  view?: string,
): Card => ({
  type: "heading",
  heading: text,
  heading_style: "title",
  icon,
  ...(entities.some((entity) => entity !== undefined) && {
    badges: given(...entities).map((entity) => ({ type: "entity", entity, show_state: true, show_icon: true })),
  }),
  ...(view !== undefined && { tap_action: { action: "navigate", navigation_path: view } }),
});

/** The number of people of a space, or whether it is occupied if nobody counts them or small groups are hidden. */
export const peopleTile = (space: Space): Card | undefined => {
  const { name, estimated } = space;
  const entities = shownEntities(space);
  const entity = (estimated ? entities.people_estimate : entities.people) ?? entities.occupancy;
  return entity === undefined ? undefined : { type: "tile", entity, name };
};

/** An entity under its own name: the heading above names the device. */
export const tile = (entity: string | undefined): Card | undefined =>
  entity === undefined ? undefined : { type: "tile", entity, name: { type: "entity" } };

export const utilization = (name: string, entity: string | undefined): Card | undefined =>
  entity === undefined
    ? undefined
    : {
        type: "gauge",
        entity,
        name,
        min: 0,
        max: 100,
        needle: true,
        severity: { green: 0, yellow: 70, red: 95 },
        grid_options: { columns: 6 },
      };

/** An entity under the name of what it belongs to. */
export interface Named {
  readonly entity: string;
  readonly name: string;
}

export const named = (name: string, entity: string | undefined): Named | undefined =>
  entity === undefined ? undefined : { entity, name };

/** The last day, from the states that Home Assistant keeps. */
export const lastDay = (title: string, entities: readonly (Named | undefined)[]): Card | undefined => {
  const shown = given(...entities);
  return shown.length === 0
    ? undefined
    : { type: "history-graph", title, hours_to_show: 24, entities: shown, grid_options: FULL };
};

/** The last week, from long-term statistics. */
export const lastWeek = (title: string, entities: readonly (string | undefined)[]): Card | undefined => {
  const shown = given(...entities);
  return shown.length === 0
    ? undefined
    : {
        type: "statistics-graph",
        title,
        entities: shown,
        days_to_show: 7,
        period: "hour",
        stat_types: ["mean", "max"],
        chart_type: "line",
        grid_options: FULL,
      };
};

/** A list of those entities that are in one of some states; nothing at all if there are none. */
export const onlyThoseThatAre = (title: string, entities: readonly Named[], states: readonly string[]): Card | undefined =>
  entities.length === 0
    ? undefined
    : {
        type: "entity-filter",
        entities,
        conditions: [{ condition: "state", state: states }],
        show_empty: false,
        card: { type: "entities", title, show_header_toggle: false },
        grid_options: FULL,
      };

export const text = (content: string): Card => ({ type: "markdown", content, text_only: true, grid_options: FULL });

/** The map of a floor whose name is in the heading above. */
export const floorMap = (floor: string): Card => ({ type: "custom:butlr-floor-map", floor, title: "", grid_options: FULL });

export const freeRooms = (floor: string): Card => ({ type: "custom:butlr-rooms", floor, grid_options: FULL });
