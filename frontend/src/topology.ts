/** What Home Assistant tells the frontend about Butlr: the types of the websocket commands (see websocket_api.py). */

/** The status of a space, from the state of its occupancy entity. */
export type Status = "free" | "occupied" | "unknown" | "unavailable";

/** Entity ids by the key of the entity, such as "people". Only entities that this user may read. */
export type Entities = Readonly<Record<string, string>>;

export type Point = readonly [x: number, y: number];

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
  readonly entities: Entities;
}

export interface Building extends Place {
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

export interface PlanImage {
  readonly url: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
