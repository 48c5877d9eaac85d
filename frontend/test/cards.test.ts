import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import "../src/cards/floor-map-card.js";
import "../src/cards/rooms-card.js";
import { FloorMapCard } from "../src/cards/floor-map-card.js";
import { floorOptions } from "../src/cards/form.js";
import { RoomsCard } from "../src/cards/rooms-card.js";
import type { CardConfig } from "../src/cards/offer.js";
import type { HomeAssistant, RegisteredDevice } from "../src/home-assistant.js";
import { FakeConnection, fakeHass, floor, room, states, topology } from "./fake.js";

const FLOOR = floor([
  room("a", { name: "Boardroom", capacity: 8 }),
  room("b", { name: "Focus Room", capacity: 1 }),
  room("c", { name: "Lab", estimated: true }),
  room("z", { name: "Desks", kind: "zone" }),
]);
const UPSTAIRS = floor([room("u", { name: "Attic" })], { id: "space_2", name: "Upstairs" });

let connection: FakeConnection;
let hass: HomeAssistant;

beforeEach(() => {
  connection = new FakeConnection();
  hass = fakeHass(connection, {
    states: states({
      "binary_sensor.a_occupancy": "off",
      "binary_sensor.b_occupancy": "on",
      "binary_sensor.c_occupancy": "unavailable",
      "binary_sensor.z_occupancy": "off",
      "binary_sensor.u_occupancy": "off",
    }),
  });
});
afterEach(() => {
  document.body.replaceChildren();
  delete window.hassConnection;
});

type Card = FloorMapCard | RoomsCard;

const show = async (tag: string, config: Omit<CardConfig, "type">, answer: object | undefined = { topology: topology([FLOOR, UPSTAIRS]) }): Promise<Card> => {
  const card = document.createElement(tag) as Card;
  card.setConfig({ type: `custom:${tag}`, ...config });
  card.hass = hass;
  document.body.append(card);
  await vi.waitFor(() => {
    expect(connection.subscriptions.length).toBeGreaterThan(0);
  });
  connection.update(answer);
  await settled(card);
  return card;
};

const settled = async (card: Card): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve));
  await card.updateComplete;
};
const words = (card: Card): string => (card.shadowRoot?.textContent ?? "").replace(/\s+/g, " ").trim();
const items = (card: Card): string[] => [...(card.shadowRoot?.querySelectorAll("li") ?? [])].map((item) => item.textContent.replace(/\s+/g, " ").trim());

describe("the card of a floor", () => {
  it("has a map, and the people and free rooms of the floor", async () => {
    const entities = { people: "sensor.people", free_rooms: "sensor.free" };
    hass = { ...hass, states: { ...hass.states, ...states({ "sensor.people": "12", "sensor.free": "1" }) } };
    const card = await show("butlr-floor-map", { floor: "space_1" }, { topology: topology([{ ...FLOOR, entities }]) });
    expect(words(card)).toBe("Ground floor12 people · 1 room free");
    expect(card.shadowRoot?.querySelector("butlr-map")?.floor?.id).toBe("space_1");
  });

  it("gives every state to its map, and renders itself only for what it shows", async () => {
    const entities = { people: "sensor.people" };
    const card = await show("butlr-floor-map", { floor: "space_1" }, { topology: topology([{ ...FLOOR, entities }]) });
    const render = vi.spyOn(card as unknown as { render: () => unknown }, "render");
    card.hass = { ...hass, states: { ...hass.states, ...states({ "binary_sensor.a_occupancy": "on" }) } };
    await settled(card);
    expect(card.shadowRoot?.querySelector("butlr-map")?.hass).toBe(card.hass);
    expect(render).not.toHaveBeenCalled();
    card.hass = { ...hass, states: { ...hass.states, ...states({ "sensor.people": "12" }) } };
    await vi.waitFor(() => {
      expect(words(card)).toBe("Ground floor12 people");
    });
    expect(render).toHaveBeenCalledOnce();
  });

  it("has the title of the person, or none", async () => {
    expect(words(await show("butlr-floor-map", { floor: "space_1", title: "<b>HQ</b>" }))).toBe("<b>HQ</b>");
    expect((await show("butlr-floor-map", { floor: "space_1", title: "" })).shadowRoot?.querySelector("header")).toBeNull();
  });

  it("says what to do when there is no such floor", async () => {
    expect(words(await show("butlr-floor-map", {}))).toBe("Edit this card and choose a floor.");
    expect(words(await show("butlr-floor-map", { floor: "space_9" }))).toMatch(/^There is no space_9 .* Edit this card to choose another one\.$/);
  });

  it("says that the organization is not running", async () => {
    const stopped = topology([], { state: "setup_retry", reason: "Butlr cannot be reached" });
    expect(words(await show("butlr-floor-map", { floor: "space_1" }, { topology: stopped }))).toBe(
      "Acme is not running. The rooms appear as soon as it is.Butlr cannot be reached",
    );
  });

  it("is suggested for an entity of the floor, a room or a sensor on it", () => {
    const device = (id: string, butlr: string, via: string | null): RegisteredDevice => ({ id, identifiers: [["butlr", butlr]], via_device_id: via });
    const devices = {
      building: device("building", "building_1", null),
      floor: device("floor", "space_1", "building"),
      room: device("room", "room_a", "floor"),
      sensor: device("sensor", "sensor_1", "hive"),
      hive: device("hive", "hive_1", "room"),
    };
    const entity = (device_id: string, platform = "butlr"): { entity_id: string; platform: string; device_id: string } => ({ entity_id: "x", platform, device_id });
    const own = fakeHass(connection, {
      devices,
      entities: { "sensor.r": entity("room"), "sensor.s": entity("sensor"), "sensor.b": entity("building"), "sensor.o": entity("room", "other") },
    });
    const offered = window.customCards?.find(({ type }) => type === "butlr-floor-map");
    const config = { type: "custom:butlr-floor-map", floor: "space_1" };
    expect(offered?.getEntitySuggestion(own, "sensor.r")).toEqual({ config });
    expect(offered?.getEntitySuggestion(own, "sensor.s")).toEqual({ config });
    for (const id of ["sensor.b", "sensor.o", "sensor.gone"]) expect(offered?.getEntitySuggestion(own, id)).toBeNull();
    expect(FloorMapCard.getStubConfig(own)).toEqual({ floor: "space_1" });
    expect(FloorMapCard.getStubConfig(hass)).toEqual({});
  });

  it("is edited in a form with the floors by name", async () => {
    window.hassConnection = Promise.resolve({ conn: connection });
    const waiting = FloorMapCard.getConfigForm();
    await vi.waitFor(() => {
      expect(connection.subscriptions.length).toBeGreaterThan(0);
    });
    connection.update({ topology: topology([FLOOR, UPSTAIRS]) });
    const form = await waiting;
    const [field, title] = form.schema;
    expect(field).toMatchObject({ name: "floor", required: true });
    expect(field?.selector).toEqual({
      select: {
        mode: "dropdown",
        sort: false,
        options: [
          { value: "space_1", label: "Ground floor" },
          { value: "space_2", label: "Upstairs" },
        ],
      },
    });
    expect([field, title].map((one) => one && form.computeLabel(one))).toEqual(["Floor", "Title"]);
  });

  it("tells the building of each floor if there are several", () => {
    const one = topology([FLOOR]);
    const two = { ...one, organizations: [...one.organizations, ...topology([UPSTAIRS]).organizations] };
    expect(floorOptions(two).map(({ label }) => label)).toEqual(["Tower: Ground floor", "Tower: Upstairs"]);
  });
});

describe("the card of free rooms", () => {
  it("lists only rooms that are known to be free, and says how many are unknown", async () => {
    const card = await show("butlr-rooms", { floor: "space_1" });
    expect(items(card)).toEqual(["Boardroom for up to 8 people · measured"]);
    expect(words(card)).toContain("Whether 1 more room is free is not certain.");
    expect(card.shadowRoot?.querySelector("button, a, [tabindex]")).toBeNull();
  });

  it("tells the floors of a building", async () => {
    const card = await show("butlr-rooms", { building: "building_1" });
    expect(items(card)).toEqual(["Boardroom Ground floor · for up to 8 people · measured", "Attic Upstairs · measured"]);
  });

  it("follows the states, and marks a room that is free as far as its doors tell", async () => {
    const card = await show("butlr-rooms", { floor: "space_1" });
    hass = { ...hass, states: { ...hass.states, ...states({ "binary_sensor.a_occupancy": "on", "binary_sensor.c_occupancy": "off" }) } };
    card.hass = hass;
    await settled(card);
    expect(items(card)).toEqual(["Lab estimated"]);
  });

  it("tells apart that no room is free and that nothing is known", async () => {
    hass = { ...hass, states: states({ "binary_sensor.a_occupancy": "on", "binary_sensor.b_occupancy": "on", "binary_sensor.c_occupancy": "on" }) };
    expect(words(await show("butlr-rooms", { floor: "space_1" }))).toContain("No room is free right now.");
    hass = { ...hass, states: {} };
    expect(words(await show("butlr-rooms", { floor: "space_1" }))).toContain("It is not known right now which rooms are free.");
  });

  it("offers no room that is free only as far as is known", async () => {
    const card = await show("butlr-rooms", { building: "building_1" });
    const [boardroom] = FLOOR.spaces;
    connection.update({ doubts: { [boardroom?.id ?? ""]: "partial" } });
    await settled(card);
    expect(items(card)).toEqual(["Attic Upstairs · measured"]);
    expect(words(card)).toContain("Whether 2 more rooms are free is not certain.");
    connection.update({ doubts: {} });
    await settled(card);
    expect(items(card)).toHaveLength(2);
  });

  it("says when people were last confirmed", async () => {
    const card = await show("butlr-rooms", { floor: "space_1" });
    connection.update({ as_of: { entry: Date.now() / 1000 } });
    await settled(card);
    expect(words(card)).toMatch(/As of \d/);
    expect(new RoomsCard().getGridOptions()).toMatchObject({ rows: "auto" });
  });
});
