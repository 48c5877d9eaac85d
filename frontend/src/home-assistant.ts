/** What this package uses of Home Assistant's frontend: the object `hass`, and the events that the frontend listens to. */

export interface HassEntity {
  readonly entity_id: string;
  readonly state: string;
  readonly last_changed: string;
  readonly last_updated: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Home Assistant replaces this object at every change, and keeps the identity of each state that did not change. */
export type States = Readonly<Record<string, HassEntity | undefined>>;

export type Unsubscribe = () => unknown;

export interface Connection {
  readonly connected: boolean;
  subscribeMessage<T>(callback: (message: T) => void, message: Message, options?: { resubscribe?: boolean }): Promise<Unsubscribe>;
  sendMessagePromise<T>(message: Message): Promise<T>;
  addEventListener(event: "ready" | "disconnected", listener: () => void): void;
  removeEventListener(event: "ready" | "disconnected", listener: () => void): void;
}

export interface Message {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** How a command of the websocket fails. */
export interface CommandError {
  readonly code: string | number;
  readonly message: string;
}

export interface Locale {
  readonly language: string;
  readonly number_format: "language" | "system" | "comma_decimal" | "decimal_comma" | "quote_decimal" | "space_comma" | "none";
  readonly time_format: "language" | "system" | "12" | "24";
  readonly time_zone: "local" | "server";
  readonly first_weekday: "language" | "monday" | "tuesday" | "wednesday" | "thursday" | "friday" | "saturday" | "sunday";
}

export interface RegisteredEntity {
  readonly entity_id: string;
  readonly platform: string;
  readonly device_id?: string | null;
  readonly translation_key?: string;
}

export interface RegisteredDevice {
  readonly id: string;
  readonly identifiers: readonly (readonly [domain: string, id: string])[];
  readonly via_device_id: string | null;
}

export interface HomeAssistant {
  readonly states: States;
  readonly connection: Connection;
  readonly connected: boolean;
  readonly language: string;
  readonly locale: Locale;
  readonly config: { readonly time_zone: string; readonly state: string };
  readonly themes: { readonly darkMode: boolean };
  readonly user?: { readonly id: string; readonly is_admin: boolean };
  readonly entities: Readonly<Record<string, RegisteredEntity | undefined>>;
  readonly devices: Readonly<Record<string, RegisteredDevice | undefined>>;
  readonly areas: Readonly<Record<string, { readonly name: string } | undefined>>;
  localize(key: string, placeholders?: Record<string, string | number>): string;
  formatEntityState(state: HassEntity): string;
  callService<T = unknown>(
    domain: string,
    service: string,
    data?: Record<string, unknown>,
    target?: Record<string, unknown>,
    notifyOnError?: boolean,
    returnResponse?: boolean,
  ): Promise<{ response?: T }>;
  callWS<T>(message: Message): Promise<T>;
  hassUrl(path?: string): string;
}

/** Return the code and the message of whatever a command was rejected with. */
export const commandError = (error: unknown): CommandError => {
  if (typeof error === "object" && error !== null && "code" in error && "message" in error) {
    return { code: error.code as string | number, message: String(error.message) };
  }
  return { code: "unknown", message: error instanceof Error ? error.message : "" };
};

/** Call an action that answers. */
export const ask = async <T>(hass: HomeAssistant, domain: string, action: string, data: Record<string, unknown>): Promise<T> =>
  (await hass.callService<T>(domain, action, data, undefined, false, true)).response as T;

/** Open Home Assistant's dialog about an entity. */
export const moreInfo = (element: EventTarget, entityId: string): void => {
  element.dispatchEvent(new CustomEvent("hass-more-info", { detail: { entityId }, bubbles: true, composed: true }));
};

/** Go to a page of Home Assistant without loading it anew. */
export const navigate = (path: string, options?: { replace?: boolean }): void => {
  const replace = options?.replace ?? false;
  history[replace ? "replaceState" : "pushState"](null, "", path);
  window.dispatchEvent(new CustomEvent("location-changed", { detail: { replace } }));
};

/** Define an element, unless another copy of this module has done so: a module may load twice, under two addresses. */
export const define = (tag: string, element: CustomElementConstructor): void => {
  if (!customElements.get(tag)) customElements.define(tag, element);
};
