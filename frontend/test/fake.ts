/** A `hass` whose connection answers as a test tells it. */

import type { Connection, HassEntity, HomeAssistant, Locale, Message } from "../src/home-assistant.js";
import type { Floor, Organization, Shape, Space, Status, StatusStyle, Topology } from "../src/topology.js";
import english from "../../custom_components/butlr/translations/en.json";

const flatten = (prefix: string, value: unknown, result: Record<string, string>): Record<string, string> => {
  if (typeof value === "string") result[prefix] = value;
  else for (const [key, part] of Object.entries(value as object)) flatten(`${prefix}.${key}`, part, result);
  return result;
};

export const ENGLISH: Record<string, string> = flatten(
  "component.butlr.config_panel",
  (english as Record<string, unknown>).config_panel ?? {},
  {},
);

export class FakeConnection implements Connection {
  connected = true;
  readonly subscriptions: { message: Message; callback: (update: never) => void; ended: boolean }[] = [];
  readonly sent: Message[] = [];
  /** What the next subscriptions are refused with. */
  refuse: Error | undefined;
  /** Whether the next subscriptions are not answered. */
  silent = false;
  answer: (message: Message) => unknown = (message) => {
    if (message.type === "frontend/get_translations") return { resources: ENGLISH };
    if (message.type === "auth/sign_path") return { path: `${String(message.path)}?authSig=signed` };
    throw new Error(`Unexpected ${message.type}`);
  };
  readonly #listeners = { ready: new Set<() => void>(), disconnected: new Set<() => void>() };

  subscribeMessage<T>(callback: (message: T) => void, message: Message): Promise<() => void> {
    if (this.refuse !== undefined) return Promise.reject(this.refuse);
    const subscription = { message, callback, ended: false };
    this.subscriptions.push(subscription);
    if (this.silent) return new Promise(() => undefined);
    return Promise.resolve(() => {
      subscription.ended = true;
    });
  }

  sendMessagePromise<T>(message: Message): Promise<T> {
    this.sent.push(message);
    return new Promise((resolve) => {
      resolve(this.answer(message) as T);
    });
  }

  addEventListener(event: "ready" | "disconnected", listener: () => void): void {
    this.#listeners[event].add(listener);
  }

  removeEventListener(event: "ready" | "disconnected", listener: () => void): void {
    this.#listeners[event].delete(listener);
  }

  reconnect(): void {
    for (const listener of this.#listeners.ready) listener();
  }

  /** Send an update to everybody who is subscribed. */
  update(update: unknown): void {
    for (const subscription of this.subscriptions) if (!subscription.ended) subscription.callback(update as never);
  }
}

export const LOCALE: Locale = {
  language: "en",
  number_format: "language",
  time_format: "language",
  time_zone: "server",
  first_weekday: "language",
};

export const fakeHass = (connection: Connection, change: Partial<HomeAssistant> = {}): HomeAssistant => ({
  states: {},
  connection,
  connected: true,
  language: "en",
  locale: LOCALE,
  config: { time_zone: "UTC", state: "RUNNING" },
  themes: { darkMode: false },
  entities: {},
  devices: {},
  areas: {},
  localize: (key) => key,
  formatEntityState: (state) => state.state,
  callService: () => Promise.resolve({}),
  callWS: (message) => connection.sendMessagePromise(message),
  hassUrl: (path = "") => path,
  ...change,
});

export const state = (entityId: string, value: string, changed = "2026-01-05T09:00:00+00:00"): HassEntity => ({
  entity_id: entityId,
  state: value,
  last_changed: changed,
  last_updated: changed,
  attributes: {},
});

/** Return the states of entities, by their ids. */
export const states = (values: Record<string, string>): Record<string, HassEntity> =>
  Object.fromEntries(Object.entries(values).map(([id, value]) => [id, state(id, value)]));

const STYLE: StatusStyle = { color: "#808080", icon: "M2 2H22V22H2Z" };
export const STATUSES: Record<Status, StatusStyle> = { free: STYLE, occupied: STYLE, unknown: STYLE, unavailable: STYLE };

/** Return a room with its entities named after its id. */
export const room = (id: string, change: Partial<Space> = {}): Space => ({
  kind: "room",
  id,
  name: `Room ${id}`,
  device_id: null,
  area_id: null,
  capacity: null,
  smallest_group: 0,
  room_type: null,
  room_id: null,
  tags: [],
  entities: { occupancy: `binary_sensor.${id}_occupancy`, people: `sensor.${id}_people` },
  estimated: false,
  ...change,
});

/** Return the shape of a space: the nth square of a row. */
export const shape = (space: Space, nth: number): Shape => {
  const left = nth * 5;
  const middle = left + 2.5;
  return {
    id: space.id,
    kind: space.kind,
    outline: [[left, 0], [left + 5, 0], [left + 5, 4], [left, 4]],
    name: { x: middle, y: 1, size: 0.5, lines: [space.name] },
    value: { x: middle, y: 2.2, size: 0.8 },
    word: { x: middle, y: 3, size: 0.4 },
    badge: { x: left + 4.5, y: 0.5, size: 0.5 },
  };
};

export const floor = (spaces: readonly Space[], change: Partial<Floor> = {}): Floor => ({
  id: "space_1",
  name: "Ground floor",
  number: 0,
  device_id: null,
  capacity: null,
  smallest_group: 0,
  tags: [],
  entities: {},
  spaces,
  drawing: {
    layout: "plan",
    width: spaces.length * 5,
    height: 4,
    origin: [0, 4],
    shapes: spaces.map(shape),
    doors: [],
    plan: null,
  },
  ...change,
});

export const topology = (floors: readonly Floor[], change: Partial<Organization> = {}): Topology => ({
  organizations: [
    {
      id: "org_1",
      name: "Acme",
      entry_id: "entry",
      device_id: null,
      state: "loaded",
      reason: null,
      smallest_group: 0,
      entities: {},
      buildings: [{ id: "building_1", name: "Tower", device_id: null, capacity: null, smallest_group: 0, time_zone: "UTC", entities: {}, floors }],
      hardware: [],
      positions: [],
      ...change,
    },
  ],
  statuses: STATUSES,
});
