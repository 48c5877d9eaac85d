/** The views of the dashboard, from the topology. */

import type { Texts } from "../texts.js";
import type { Building, Floor, Index, Organization, Space, Topology } from "../topology.js";
import {
  type Card,
  floorMap,
  freeRooms,
  given,
  heading,
  lastDay,
  lastWeek,
  type Named,
  named,
  onlyThoseThatAre,
  peopleTile,
  shownEntities,
  text,
  tile,
  utilization,
} from "./cards.js";

/** The options of the dashboard; all of them are optional. */
export interface DashboardConfig {
  readonly type: string;
  /** The ids of the buildings to show; without any, all. */
  readonly buildings?: readonly string[];
  /** Whether there is a view of hives, sensors and batteries. */
  readonly maintenance?: boolean;
}

export interface Section {
  readonly type: "grid";
  readonly cards: readonly Card[];
  readonly column_span?: number;
}

export interface View {
  readonly title?: string;
  readonly path?: string;
  readonly icon?: string;
  readonly subview?: boolean;
  readonly type?: string;
  readonly max_columns?: number;
  readonly dense_section_placement?: boolean;
  readonly sections?: readonly Section[];
  readonly strategy?: Readonly<Record<string, unknown>>;
}

const MAX_COLUMNS = 4;
/** A building with more rooms shows them floor by floor, in views of their own. */
const MAX_ROOMS_IN_BUILDING = 30;
/** A browser draws more cards in one view only slowly; the map shows every room, however many there are. */
const MAX_TILES = 80;

const floorPath = (floor: Floor): string => `floor-${floor.id}`;

const sections = (...all: readonly (Section | undefined)[]): View => ({
  type: "sections",
  max_columns: MAX_COLUMNS,
  dense_section_placement: true,
  sections: given(...all),
});

const section = (cards: readonly Card[], span?: number): Section => ({
  type: "grid",
  cards,
  ...(span !== undefined && { column_span: span }),
});

const byName = (a: Space, b: Space): number => a.name.localeCompare(b.name, undefined, { numeric: true });

/** Tiles of spaces under a heading; undefined if there are none. */
const tiles = (title: string, icon: string, spaces: readonly Space[]): Section | undefined => {
  const cards = [...spaces]
    .sort(byName)
    .map(peopleTile)
    .filter((card) => card !== undefined)
    .slice(0, MAX_TILES);
  return cards.length === 0 ? undefined : section([heading(title, icon), ...cards]);
};

const roomsOf = (floor: Floor): Space[] => floor.spaces.filter((space) => space.kind === "room");

/** Everything about one floor, except its rooms one by one. */
const floorSection = (floor: Floor, texts: Texts, view?: string): Section => {
  const entities = shownEntities(floor);
  return section(
    [
      heading(floor.name, "mdi:layers", [], view),
      ...(floor.spaces.length > 0 ? [floorMap(floor.id)] : []),
      ...given(
        utilization(texts.text("dashboard.utilization"), entities.utilization),
        tile(entities.occupancy),
        tile(entities.entries_today),
        tile(entities.exits_today),
      ),
    ],
    2,
  );
};

export const buildingView = (building: Building, texts: Texts): View => {
  const rooms = building.floors.flatMap(roomsOf);
  const few = rooms.length <= MAX_ROOMS_IN_BUILDING;
  const { people, free_rooms: free } = shownEntities(building);
  const graphs = given(
    lastDay(texts.text("dashboard.last_day"), [
      named(building.name, people),
      ...building.floors.map((floor) => named(floor.name, shownEntities(floor).people)),
    ]),
    lastWeek(texts.text("dashboard.last_week"), [people]),
  );
  return sections(
    ...building.floors.map((floor) => floorSection(floor, texts, floorPath(floor))),
    few ? tiles(texts.text("dashboard.rooms"), "mdi:door", rooms) : undefined,
    graphs.length === 0 ? undefined : section([heading(building.name, "mdi:office-building", [people, free]), ...graphs]),
  );
};

export const floorView = (floor: Floor, texts: Texts): View => {
  const rooms = roomsOf(floor);
  const zones = floor.spaces.filter((space) => space.kind === "zone");
  const { people } = shownEntities(floor);
  const graphs = given(
    lastDay(texts.text("dashboard.last_day"), [named(floor.name, people)]),
    lastWeek(texts.text("dashboard.last_week"), [people]),
  );
  return sections(
    floorSection(floor, texts),
    rooms.length === 0 ? undefined : section([freeRooms(floor.id)]),
    tiles(texts.text("dashboard.rooms"), "mdi:door", rooms),
    tiles(texts.text("dashboard.zones"), "mdi:select-group", zones),
    graphs.length === 0 ? undefined : section([heading(texts.text("dashboard.history"), "mdi:chart-line"), ...graphs]),
  );
};

/** What is wrong with hives and sensors, and how Butlr is connected. */
export const maintenanceView = (organizations: readonly Organization[], texts: Texts): View => {
  const own = organizations.filter((organization) => Object.keys(organization.entities).length + organization.hardware.length > 0);
  return sections(
    ...own.map(({ name, entities, hardware }) => {
      const all = (key: string): Named[] => given(...hardware.map((one) => named(one.name, one.entities[key])));
      return section([
        heading(name, "mdi:tools"),
        ...given(
          tile(entities.sensors_offline),
          tile(entities.update_mode),
          tile(entities.refresh),
          onlyThoseThatAre(texts.text("dashboard.offline"), all("connectivity"), ["off"]),
          onlyThoseThatAre(texts.text("dashboard.batteries"), all("battery"), ["on"]),
        ),
      ]);
    }),
  );
};

/** A view that says why there is nothing to show. */
export const emptyView = (title: string, content: string): View => ({ title, path: "butlr", ...sections(section([text(content)])) });

const reasons = (topology: Topology, texts: Texts): string => {
  const stopped = topology.organizations.filter((organization) => organization.state !== "loaded");
  const lines = stopped.map(({ name, reason }) => {
    const line = texts.text("dashboard.not_loaded", { name });
    return reason === null ? line : `${line} ${reason}`;
  });
  return lines.length > 0 ? lines.join("\n\n") : texts.text("dashboard.nothing");
};

/** The views of the dashboard. Each says only what it is of, and is made when it is opened. */
export const dashboardViews = (topology: Topology, texts: Texts, config: DashboardConfig): View[] => {
  const buildings = topology.organizations
    .flatMap((organization) => organization.buildings)
    .filter(({ id }) => !config.buildings?.length || config.buildings.includes(id));
  if (buildings.length === 0) return [emptyView("Butlr", reasons(topology, texts))];
  const views: View[] = buildings.map(({ id, name }) => ({
    title: name,
    path: id,
    strategy: { type: "custom:butlr-building", building: id },
  }));
  const hardware = topology.organizations.some((organization) => organization.hardware.length > 0);
  if (hardware && config.maintenance !== false) {
    views.push({
      title: texts.text("dashboard.maintenance"),
      path: "maintenance",
      icon: "mdi:tools",
      strategy: { type: "custom:butlr-maintenance" },
    });
  }
  const floors = buildings.flatMap((building) => building.floors.map((floor) => ({ building, floor })));
  return views.concat(
    floors.map(({ building, floor }) => ({
      title: `${building.name}: ${floor.name}`,
      path: floorPath(floor),
      subview: true,
      strategy: { type: "custom:butlr-floor", floor: floor.id },
    })),
  );
};

/** The view of a strategy; undefined if what it is of is no longer there. */
export const viewOf = (config: Readonly<Record<string, unknown>>, topology: Topology, index: Index, texts: Texts): View | undefined => {
  switch (config.type) {
    case "custom:butlr-building": {
      const found = index.buildings.get(String(config.building));
      return found && buildingView(found.building, texts);
    }
    case "custom:butlr-floor": {
      const found = index.floors.get(String(config.floor));
      return found && floorView(found.floor, texts);
    }
    default:
      return maintenanceView(topology.organizations, texts);
  }
};
