/** How Home Assistant learns of the cards: the list of its card picker, and what it suggests for an entity. */

import type { Connection, HomeAssistant } from "../home-assistant.js";
import { loadTexts } from "../texts.js";

export interface CardConfig {
  readonly type: string;
  readonly floor?: string;
  readonly building?: string;
  readonly title?: string;
}

interface Suggestion {
  readonly config: CardConfig;
}

interface OfferedCard {
  readonly type: string;
  name: string;
  description: string;
  readonly preview: boolean;
  readonly getEntitySuggestion: (hass: HomeAssistant, entityId: string) => Suggestion | null;
}

declare global {
  interface Window {
    customCards?: OfferedCard[];
    hassConnection?: Promise<{ conn: Connection }>;
  }
}

/** Return the id of the floor that a device belongs to; a building or an organization belongs to none. */
export const floorOf = (hass: HomeAssistant, deviceId: string | null | undefined): string | undefined => {
  let device = deviceId ? hass.devices[deviceId] : undefined;
  // A sensor may hang on a hive, and that on a room.
  for (let step = 0; device && step < 5; step += 1) {
    const id = device.identifiers.find(([domain, own]) => domain === "butlr" && own.startsWith("space_"))?.[1];
    if (id !== undefined) return id;
    device = device.via_device_id ? hass.devices[device.via_device_id] : undefined;
  }
  return undefined;
};

/** Return the id of any floor, to begin with. */
export const anyFloor = (hass: HomeAssistant): string | undefined => {
  for (const id of Object.keys(hass.devices)) {
    const floor = floorOf(hass, id);
    if (floor !== undefined) return floor;
  }
  return undefined;
};

/** Return the card that shows the floor of one of Butlr's entities. */
const suggestion =
  (type: string, keys?: readonly string[]) =>
  (hass: HomeAssistant, entityId: string): Suggestion | null => {
    const entity = hass.entities[entityId];
    if (entity?.platform !== "butlr" || (keys && !keys.includes(entity.translation_key ?? ""))) return null;
    const floor = floorOf(hass, entity.device_id);
    return floor === undefined ? null : { config: { type, floor } };
  };

/** Describe a card in the language of the page, once the texts are there. English must do until then. */
const translate = async (card: OfferedCard, key: string): Promise<void> => {
  const connection = (await window.hassConnection)?.conn;
  if (!connection) return;
  const texts = await loadTexts({ connection, language: document.documentElement.lang || "en" });
  card.name = texts.text(`card.${key}.name`);
  card.description = texts.text(`card.${key}.description`);
};

/** Offer a card; `keys` are the entities that it is suggested for, otherwise all. */
export const offerCard = (key: "floor_map" | "rooms", english: Pick<OfferedCard, "name" | "description">, keys?: readonly string[]): void => {
  const type = `butlr-${key.replace("_", "-")}`;
  const offered = (window.customCards ??= []);
  if (offered.some((card) => card.type === type)) return;
  const card: OfferedCard = { type, ...english, preview: true, getEntitySuggestion: suggestion(`custom:${type}`, keys) };
  offered.push(card);
  translate(card, key).catch(() => undefined);
};
