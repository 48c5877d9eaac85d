/** What Home Assistant tells the frontend about Butlr: the types of the websocket commands (see websocket_api.py), and one subscription for the page. */

import type { ReactiveController, ReactiveControllerHost } from "lit";

import { commandError, type CommandError, type Connection, type HomeAssistant, type Unsubscribe } from "./home-assistant.js";

/** The status of a space, from the state of its occupancy entity. */
export type Status = "free" | "occupied" | "unknown" | "unavailable";

/** Entity ids by the key of the entity, such as "people". Only entities that this user may read. */
export type Entities = Readonly<Record<string, string>>;

export type Point = readonly [x: number, y: number];

/** Why less is known of a space than it seems: only in part, or not lately. */
export type Doubt = "partial" | "stale";

export interface Topology {
  readonly organizations: readonly Organization[];
  readonly statuses: Readonly<Record<Status, StatusStyle>>;
}

export interface StatusStyle {
  /** The color as #rrggbb. */
  readonly color: string;
  /** The path of an icon of 24 by 24 units. */
  readonly icon: string;
}

export interface Organization {
  readonly id: string;
  readonly name: string;
  readonly entry_id: string;
  readonly device_id: string | null;
  /** The state of the config entry, such as "loaded" or "setup_retry". */
  readonly state: string;
  /** Why it is not loaded, in the language of Home Assistant. */
  readonly reason: string | null;
  readonly smallest_group: number;
  readonly entities: Entities;
  readonly buildings: readonly Building[];
  readonly hardware: readonly Hardware[];
  /** The ids of the floors whose live positions may be shown. */
  readonly positions: readonly string[];
}

interface Place {
  readonly id: string;
  readonly name: string;
  readonly device_id: string | null;
  readonly capacity: number | null;
  /** The smallest number of people that is shown; 0 shows every number. */
  readonly smallest_group: number;
  readonly entities: Entities;
}

export interface Building extends Place {
  /** The IANA name of the time zone of its site. */
  readonly time_zone: string;
  readonly floors: readonly Floor[];
}

export interface Floor extends Place {
  readonly number: number | null;
  readonly tags: readonly string[];
  readonly spaces: readonly Space[];
  readonly drawing: Drawing;
}

export interface Space extends Place {
  readonly kind: "room" | "zone";
  readonly area_id: string | null;
  readonly room_type: string | null;
  readonly room_id: string | null;
  readonly tags: readonly string[];
  /** Whether entries minus exits stand for its people. */
  readonly estimated: boolean;
  /** Not part of the topology that is sent: it changes more often. */
  readonly doubt?: Doubt | undefined;
}

export interface Hardware {
  readonly kind: "hive" | "sensor";
  readonly id: string;
  readonly name: string;
  readonly device_id: string | null;
  readonly model: string | null;
  readonly mode: string | null;
  readonly floor_id: string | null;
  readonly room_id: string | null;
  readonly entities: Entities;
}

/** A floor, ready to be drawn: x to the right, y down; meters if it is a plan. */
export interface Drawing {
  readonly layout: "plan" | "tiles";
  readonly width: number;
  readonly height: number;
  /** Butlr's coordinates of the upper left corner; Butlr's y points up. */
  readonly origin: Point | null;
  readonly shapes: readonly Shape[];
  readonly doors: readonly Door[];
  readonly plan: PlanImage | null;
}

/** The middle of the baseline of a text, and its font size. */
export interface Label {
  readonly x: number;
  readonly y: number;
  readonly size: number;
}

export interface Shape {
  readonly id: string;
  readonly kind: "room" | "zone";
  readonly outline: readonly Point[];
  readonly name: Label & { readonly lines: readonly string[] };
  readonly value: Label;
  readonly word: Label;
  readonly badge: Label;
}

export interface Door extends Label {
  readonly id: string;
  readonly space_id: string;
}

/** Butlr's own picture of a floor, as the background of a drawing. */
export interface PlanImage {
  /** A path that needs a signature (auth/sign_path) before an image element can load it. It may answer 404. */
  readonly url: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** When people were last confirmed by a poll or a push, by config entry, in Unix seconds. */
export type AsOf = Readonly<Record<string, number>>;

/** The spaces whose state is known only in part, or not lately, by id. */
export type Doubts = Readonly<Record<string, Doubt>>;

interface Update {
  readonly topology?: Topology;
  readonly doubts?: Doubts;
  readonly as_of?: AsOf;
}

export interface FloorPath {
  readonly organization: Organization;
  readonly building: Building;
  readonly floor: Floor;
}

export interface SpacePath extends FloorPath {
  readonly space: Space;
}

/** Everything of a topology by its Butlr id. */
export class Index {
  readonly organizations = new Map<string, Organization>();
  readonly buildings = new Map<string, { readonly organization: Organization; readonly building: Building }>();
  readonly floors = new Map<string, FloorPath>();
  readonly spaces = new Map<string, SpacePath>();

  constructor(topology: Topology) {
    for (const organization of topology.organizations) {
      this.organizations.set(organization.id, organization);
      for (const building of organization.buildings) {
        this.buildings.set(building.id, { organization, building });
        for (const floor of building.floors) {
          this.floors.set(floor.id, { organization, building, floor });
          for (const space of floor.spaces) this.spaces.set(space.id, { organization, building, floor, space });
        }
      }
    }
  }
}

const indexes = new WeakMap<Topology, Index>();

/** Return the index of a topology. It is made once. */
export const indexOf = (topology: Topology): Index => {
  let index = indexes.get(topology);
  if (!index) indexes.set(topology, (index = new Index(topology)));
  return index;
};

/** Seconds until the next attempt, after the first, the second … failure in a row. */
const RETRIES = [1, 2, 5, 10, 30];
/** The longest of these while Home Assistant starts. */
const STARTING = 2;
/**
 * Milliseconds from a reconnect to the command. At a reconnect, Home Assistant's own page ends subscriptions by numbers
 * that they had before; the same numbers are given to new ones at that moment.
 */
const SETTLED_MS = 250;
/** Milliseconds after which a command that was not answered is sent again. */
const ANSWERED_MS = 10_000;
/** Seconds for which the subscription outlives its last listener: a change of the view must not begin anew. */
const LINGER = 30;

/** End a subscription. It may be gone already, with its connection. */
const end = (unsubscribe: Unsubscribe): void => {
  Promise.resolve(unsubscribe()).catch(() => undefined);
};

/** Return a topology with the doubts about its spaces. Floors of which nothing changes stay the same objects. */
export const withDoubts = (topology: Topology, doubts: Doubts): Topology => {
  const doubted = (floor: Floor): Floor => {
    if (floor.spaces.every(({ id, doubt }) => doubts[id] === doubt)) return floor;
    return { ...floor, spaces: floor.spaces.map((space) => (doubts[space.id] === space.doubt ? space : { ...space, doubt: doubts[space.id] })) };
  };
  const organizations = topology.organizations.map((organization) => {
    const buildings = organization.buildings.map((building) => {
      const floors = building.floors.map(doubted);
      return floors.every((floor, nth) => floor === building.floors[nth]) ? building : { ...building, floors };
    });
    return buildings.every((building, nth) => building === organization.buildings[nth]) ? organization : { ...organization, buildings };
  });
  return organizations.every((one, nth) => one === topology.organizations[nth]) ? topology : { ...topology, organizations };
};

/** The topology of one connection. All elements of the page share its one subscription. */
export class TopologyStore {
  topology: Topology | undefined;
  asOf: AsOf = {};
  #doubts: Doubts = {};
  /** Why the last attempt failed. A topology from before stays. */
  error: CommandError | undefined;

  readonly #connection: Connection;
  readonly #listeners = new Set<() => void>();
  #attempt = 0;
  #failures = 0;
  #started = false;
  #unsubscribe: Unsubscribe | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #linger: ReturnType<typeof setTimeout> | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Call the listener after every change, until the returned function is called. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    clearTimeout(this.#linger);
    if (!this.#started) this.#start();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      clearTimeout(this.#linger);
      this.#linger = setTimeout(() => {
        this.#stop();
      }, LINGER * 1000);
    };
  }

  #start(): void {
    this.#started = true;
    this.#connection.addEventListener("ready", this.#reconnected);
    this.#subscribe();
  }

  #stop(): void {
    this.#started = false;
    this.#attempt += 1;
    clearTimeout(this.#retry);
    this.#connection.removeEventListener("ready", this.#reconnected);
    if (this.#unsubscribe) end(this.#unsubscribe);
    this.#unsubscribe = undefined;
  }

  /** Begin anew: the subscription has ended with its connection. */
  readonly #reconnected = (): void => {
    this.#attempt += 1;
    this.#unsubscribe = undefined;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(this.#subscribe, SETTLED_MS);
  };

  /**
   * Subscribe, now and after every reconnect.
   *
   * The library can do that by itself, but gives up when the command fails once. After a restart of Home Assistant it
   * does fail, until the integration is set up.
   */
  readonly #subscribe = (): void => {
    const attempt = (this.#attempt += 1);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(this.#subscribe, ANSWERED_MS);
    this.#unsubscribe = undefined;
    this.#connection
      .subscribeMessage<Update>(
        (update) => {
          if (attempt === this.#attempt) this.#update(update);
        },
        { type: "butlr/subscribe" },
        { resubscribe: false },
      )
      .then(
        (unsubscribe) => {
          if (attempt !== this.#attempt) {
            end(unsubscribe);
            return;
          }
          clearTimeout(this.#retry);
          this.#unsubscribe = unsubscribe;
        },
        (error: unknown) => {
          if (attempt === this.#attempt) this.#failed(commandError(error));
        },
      );
  };

  #update(update: Update): void {
    this.#failures = 0;
    this.error = undefined;
    if (update.doubts) this.#doubts = update.doubts;
    const topology = update.topology ?? this.topology;
    if (topology) this.topology = withDoubts(topology, this.#doubts);
    if (update.as_of) this.asOf = update.as_of;
    this.#notify();
  }

  #failed(error: CommandError): void {
    this.error = error;
    const wait = RETRIES[Math.min(this.#failures, RETRIES.length - 1)] ?? 1;
    // Home Assistant answers before it has set up the integration: that must not make a page wait for long.
    const delay = error.code === "unknown_command" ? Math.min(wait, STARTING) : wait;
    this.#failures += 1;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(this.#subscribe, delay * 1000);
    this.#notify();
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

const stores = new WeakMap<Connection, TopologyStore>();

/** Return the store of a connection. */
export const topologyStore = (connection: Connection): TopologyStore => {
  let store = stores.get(connection);
  if (!store) stores.set(connection, (store = new TopologyStore(connection)));
  return store;
};

/** A property of an element: the topology, kept up to date while the element is on the page. */
export class TopologyController implements ReactiveController {
  readonly #host: ReactiveControllerHost & { hass?: HomeAssistant | undefined };
  #store: TopologyStore | undefined;
  #stop: (() => void) | undefined;

  constructor(host: ReactiveControllerHost & { hass?: HomeAssistant | undefined }) {
    this.#host = host;
    host.addController(this);
  }

  get topology(): Topology | undefined {
    return this.#store?.topology;
  }

  get index(): Index | undefined {
    return this.topology && indexOf(this.topology);
  }

  get asOf(): AsOf {
    return this.#store?.asOf ?? {};
  }

  /** Why there is no topology, or why it is no longer up to date. */
  get error(): CommandError | undefined {
    return this.#store?.error;
  }

  hostConnected(): void {
    this.#follow();
  }

  hostUpdate(): void {
    this.#follow();
  }

  hostDisconnected(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  #follow(): void {
    const connection = this.#host.hass?.connection;
    if (!connection) return;
    const store = topologyStore(connection);
    if (store === this.#store && this.#stop) return;
    this.#stop?.();
    this.#store = store;
    this.#stop = store.listen(() => {
      this.#host.requestUpdate();
    });
  }
}
