import { afterEach, describe, expect, it, vi } from "vitest";

import { registerStrategy } from "../src/strategy.js";
import type { Card } from "../src/strategy/cards.js";
import type { View } from "../src/strategy/views.js";
import type { Building, Floor, Hardware, Topology } from "../src/topology.js";
import type { HomeAssistant } from "../src/home-assistant.js";
import { FakeConnection, fakeHass, floor, room, topology } from "./fake.js";

interface Strategy {
  generate: (config: object, hass: HomeAssistant) => Promise<{ title?: string; views: View[] } & View>;
  shouldRegenerate: (config: object, before: HomeAssistant, now: HomeAssistant) => boolean;
  getCreateSuggestions?: () => { title: string; icon: string };
}

const DASHBOARD = { type: "custom:butlr" };

registerStrategy();
const strategy = (kind: string): Strategy => customElements.get(`ll-strategy-${kind}`) as unknown as Strategy;

/** Answer with a topology, from now on. */
const answer = (connection: FakeConnection, topologyNow: Topology): void => {
  const other = new FakeConnection().answer;
  connection.answer = (message) => (message.type === "butlr/topology" ? topologyNow : other(message));
};

/** Start with a topology, and return the connection too, for what follows. */
const started = (first: Topology): { connection: FakeConnection; hass: HomeAssistant } => {
  const connection = new FakeConnection();
  answer(connection, first);
  return { connection, hass: fakeHass(connection) };
};

const cardsOf = (view: View): Card[] => (view.sections ?? []).flatMap((section) => [...section.cards]);

const manyFloors = (count: number, rooms: number): Floor[] =>
  Array.from({ length: count }, (_, nth) =>
    floor(
      Array.from({ length: rooms }, (_unused, number) => room(`room_${nth}_${number}`, { name: `Room ${number}` })),
      { id: `space_${nth}`, name: `Floor ${nth}`, entities: { people: `sensor.floor_${nth}`, utilization: `sensor.use_${nth}` } },
    ),
  );

const HARDWARE: Hardware = {
  kind: "sensor",
  id: "sensor_1",
  name: "Sensor",
  device_id: null,
  model: null,
  mode: null,
  floor_id: null,
  room_id: null,
  entities: { connectivity: "binary_sensor.online", battery: "binary_sensor.battery" },
};

afterEach(() => {
  vi.restoreAllMocks();
});

describe("the dashboard", () => {
  it("is offered once, however often the module loads", () => {
    registerStrategy();
    expect(window.customStrategies).toHaveLength(1);
    expect(window.customStrategies?.[0]).toMatchObject({ type: "butlr", strategyType: "dashboard", name: "Butlr" });
    expect(strategy("dashboard-butlr").getCreateSuggestions?.()).toEqual({ title: "Butlr", icon: "mdi:floor-plan" });
  });

  it("has a view of each building, each floor and the hardware, with addresses that stay the same", async () => {
    const { hass } = started(topology(manyFloors(2, 3), { hardware: [HARDWARE] }));
    const { views } = await strategy("dashboard-butlr").generate(DASHBOARD, hass);
    expect(views.map(({ title, path, subview }) => [title, path, subview ?? false])).toEqual([
      ["Tower", "building_1", false],
      ["Maintenance", "maintenance", false],
      ["Tower: Floor 0", "floor-space_0", true],
      ["Tower: Floor 1", "floor-space_1", true],
    ]);
    expect(views.every(({ strategy: made }) => made !== undefined)).toBe(true);
  });

  it("follows its options", async () => {
    const { hass } = started(topology(manyFloors(1, 1), { hardware: [HARDWARE] }));
    const { generate } = strategy("dashboard-butlr");
    expect((await generate({ ...DASHBOARD, maintenance: false }, hass)).views.map(({ path }) => path)).not.toContain("maintenance");
    expect((await generate({ ...DASHBOARD, buildings: [] }, hass)).views).toHaveLength(3);
    expect((await generate({ ...DASHBOARD, buildings: ["building_9"] }, hass)).views).toHaveLength(1);
  });

  it("says why there is nothing to show", async () => {
    const stopped = topology([], { state: "setup_retry", reason: "Butlr cannot be reached.", buildings: [] });
    const { hass } = started(stopped);
    const { views } = await strategy("dashboard-butlr").generate(DASHBOARD, hass);
    expect(views).toHaveLength(1);
    expect(cardsOf(views[0] as View)[0]?.content).toBe("Acme is not running. Butlr cannot be reached.");
  });

  it("says that the integration is not running, and is made anew when it is", async () => {
    vi.useFakeTimers();
    const connection = new FakeConnection();
    connection.refuse = Object.assign(new Error("Unknown command."), { code: "unknown_command" });
    const hass = fakeHass(connection);
    const { generate, shouldRegenerate } = strategy("dashboard-butlr");
    const { views } = await generate(DASHBOARD, hass);
    expect(cardsOf(views[0] as View)[0]?.content).toContain("not running");
    expect(shouldRegenerate(DASHBOARD, hass, hass)).toBe(false);
    connection.refuse = undefined;
    await vi.advanceTimersByTimeAsync(2000);
    connection.update({ topology: topology(manyFloors(1, 1)) });
    expect(shouldRegenerate(DASHBOARD, hass, hass)).toBe(true);
    vi.useRealTimers();
  });

  it("is made anew when the organization is another, and only then", async () => {
    const { connection, hass } = started(topology(manyFloors(1, 1)));
    const { generate, shouldRegenerate } = strategy("dashboard-butlr");
    await generate(DASHBOARD, hass);
    connection.update({ topology: topology(manyFloors(1, 1)) });
    expect(shouldRegenerate(DASHBOARD, hass, hass)).toBe(false);
    connection.update({ topology: topology(manyFloors(2, 1)) });
    expect(shouldRegenerate(DASHBOARD, hass, hass)).toBe(true);
    answer(connection, topology(manyFloors(2, 1)));
    await generate(DASHBOARD, hass);
    expect(shouldRegenerate(DASHBOARD, hass, hass)).toBe(false);
  });

  it("is made anew when a device of Butlr changes, before the subscription tells why", async () => {
    const { connection, hass } = started(topology(manyFloors(1, 1)));
    const { generate, shouldRegenerate } = strategy("dashboard-butlr");
    const device = (domain: string, name: string) => ({ id: domain, identifiers: [[domain, domain]] as const, via_device_id: null, name });
    const before = { ...hass, devices: { butlr: device("butlr", "Hall"), other: device("other", "Lamp") } };
    await generate(DASHBOARD, before);
    connection.update({ topology: topology(manyFloors(1, 1)) });
    const renamed = { ...before, devices: { ...before.devices, butlr: device("butlr", "Big hall") } };
    expect(shouldRegenerate(DASHBOARD, before, renamed)).toBe(true);
    const other = { ...before, devices: { ...before.devices, other: device("other", "Lantern") } };
    expect(shouldRegenerate(DASHBOARD, before, other)).toBe(false);
    // What is asked for now is later than what the subscription tells.
    answer(connection, topology(manyFloors(2, 1)));
    await generate(DASHBOARD, renamed);
    expect(shouldRegenerate(DASHBOARD, renamed, renamed)).toBe(false);
    connection.update({ topology: topology(manyFloors(2, 1)) });
    expect(shouldRegenerate(DASHBOARD, renamed, renamed)).toBe(false);
  });
});

describe("the editor", () => {
  it("changes only what is chosen, and stores nothing that is the default", async () => {
    const { hass } = started(topology(manyFloors(1, 1)));
    const editor = (customElements.get("ll-strategy-dashboard-butlr") as unknown as { getConfigElement: () => HTMLElement }).getConfigElement();
    Object.assign(editor, { hass });
    (editor as HTMLElement & { setConfig: (config: object) => void }).setConfig(DASHBOARD);
    await vi.waitFor(() => {
      expect(editor.firstElementChild).not.toBeNull();
    });
    const form = editor.firstElementChild as HTMLElement & { data: object; schema: { name: string }[]; computeLabel: (field: object) => string };
    expect(form.data).toEqual({ buildings: [], maintenance: true });
    expect(form.schema.map((field) => form.computeLabel(field))).toEqual(["Buildings", "Show maintenance"]);
    const configs: unknown[] = [];
    editor.addEventListener("config-changed", (event) => configs.push((event as CustomEvent<{ config: unknown }>).detail.config));
    for (const value of [
      { buildings: ["building_1"], maintenance: true },
      { buildings: [], maintenance: false },
    ]) {
      form.dispatchEvent(new CustomEvent("value-changed", { detail: { value }, bubbles: true }));
    }
    expect(configs).toEqual([
      { ...DASHBOARD, buildings: ["building_1"] },
      { ...DASHBOARD, maintenance: false },
    ]);
  });
});

describe("the views", () => {
  const view = async (config: object, first: Topology): Promise<View> => {
    const { hass } = started(first);
    return strategy(`view-${(config as { type: string }).type.slice("custom:".length)}`).generate(config, hass);
  };

  it("show each floor of a building with its map, and rooms if they are few", async () => {
    const made = await view({ type: "custom:butlr-building", building: "building_1" }, topology(manyFloors(2, 3)));
    const cards = cardsOf(made);
    expect(made.type).toBe("sections");
    expect(cards.filter(({ type }) => type === "custom:butlr-floor-map").map((card) => card.floor)).toEqual(["space_0", "space_1"]);
    expect(cards.filter(({ type }) => type === "tile")).toHaveLength(6);
    expect(cards.filter(({ type }) => type === "gauge").map(({ entity }) => entity)).toEqual(["sensor.use_0", "sensor.use_1"]);
    expect(cards[0]).toMatchObject({ type: "heading", heading: "Floor 0", tap_action: { action: "navigate", navigation_path: "floor-space_0" } });
  });

  it("have a bounded number of cards, also with 1,000 rooms", async () => {
    const large = topology(manyFloors(5, 200));
    expect(cardsOf(await view({ type: "custom:butlr-building", building: "building_1" }, large)).length).toBeLessThan(60);
    expect(cardsOf(await view({ type: "custom:butlr-floor", floor: "space_0" }, large)).length).toBeLessThan(100);
  });

  it("show a number in each tile where there is one, and otherwise whether the room is occupied", async () => {
    const spaces = [
      room("counted", { name: "B" }),
      room("doors", { name: "A", estimated: true, entities: { people_estimate: "sensor.doors", occupancy: "binary_sensor.doors" } }),
      room("bare", { name: "C", entities: { occupancy: "binary_sensor.bare" } }),
      room("hidden", { name: "D", entities: {} }),
    ];
    const made = await view({ type: "custom:butlr-floor", floor: "space_1" }, topology([floor(spaces)]));
    const tiles = cardsOf(made).filter(({ type }) => type === "tile");
    expect(tiles.map(({ name, entity }) => [name, entity])).toEqual([
      ["A", "sensor.doors"],
      ["B", "sensor.counted_people"],
      ["C", "binary_sensor.bare"],
    ]);
  });

  it("list only what needs attention", async () => {
    const made = await view({ type: "custom:butlr-maintenance" }, topology(manyFloors(1, 1), { hardware: [HARDWARE] }));
    const lists = cardsOf(made).filter(({ type }) => type === "entity-filter");
    expect(lists.map(({ entities, conditions }) => [entities, conditions])).toEqual([
      [[{ entity: "binary_sensor.online", name: "Sensor" }], [{ condition: "state", state: ["off"] }]],
      [[{ entity: "binary_sensor.battery", name: "Sensor" }], [{ condition: "state", state: ["on"] }]],
    ]);
  });

  it("say that something is gone", async () => {
    const gone = await view({ type: "custom:butlr-building", building: "building_9" }, topology(manyFloors(1, 1)));
    expect(cardsOf(gone)[0]?.content).toContain("no longer there");
  });

  it("contain only what Home Assistant can store", async () => {
    const buildings: Building[] = [{ id: "b", name: "B", device_id: null, capacity: null, smallest_group: 0, time_zone: "UTC", entities: {}, floors: manyFloors(1, 2) }];
    const made = await view({ type: "custom:butlr-building", building: "b" }, topology([], { buildings }));
    expect(JSON.parse(JSON.stringify(made))).toEqual(made);
    expect(JSON.stringify(made)).not.toContain("null");
  });
});
