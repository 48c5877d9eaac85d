/** An estate for the tests of the views, and what they show. */

import type { HassEntity, HomeAssistant } from "../../src/home-assistant.js";
import type { View } from "../../src/panel/view.js";
import { Texts } from "../../src/texts.js";
import type { Floor, Hardware, Organization, Topology } from "../../src/topology.js";
import { ENGLISH, FakeConnection, fakeHass, LOCALE, floor, room, states, topology } from "../fake.js";

export const NAME = `<b>"Über"</b> & 'so'`;

export const entities = (id: string, ...keys: string[]): Record<string, string> =>
  Object.fromEntries(keys.map((key) => [key, `x.${id}_${key}`]));

export const FLOOR: Floor = floor(
  [
    room("a", { name: "Aspen", capacity: 8, tags: ["quiet"], entities: entities("a", "occupancy", "people", "utilization") }),
    room("b", { name: NAME, entities: entities("b", "occupancy", "people_estimate"), estimated: true }),
    room("c", { name: "Cedar", entities: entities("c", "occupancy", "people") }),
    room("d", { name: "Desks", kind: "zone", entities: entities("d", "occupancy", "people") }),
  ],
  { id: "f1", name: "First", number: 1, device_id: "device_f1", entities: entities("f1", "occupancy", "people", "utilization", "free_rooms") },
);
export const OTHER_FLOOR: Floor = floor([room("e", { name: "Elder", entities: entities("e", "occupancy", "people") })], {
  id: "f0",
  name: "Ground",
  number: 0,
  entities: entities("f0", "occupancy", "people_estimate"),
});

export const device = (kind: "hive" | "sensor", id: string, change: Partial<Hardware> = {}): Hardware => ({
  kind,
  id,
  name: `${kind} ${id}`,
  device_id: `device_${id}`,
  model: null,
  mode: null,
  floor_id: "f1",
  room_id: null,
  entities: entities(id, "connectivity"),
  ...change,
});

export const HARDWARE = [
  device("sensor", "s1"),
  device("sensor", "s2", { entities: entities("s2", "connectivity", "battery", "battery_change_by"), room_id: "a" }),
  device("sensor", "s3", { floor_id: "f0" }),
  device("hive", "h1"),
];

export const estate = (change: Partial<Organization> = {}): Topology => {
  const base = topology([FLOOR, OTHER_FLOOR], { entities: entities("org", "update_mode"), hardware: HARDWARE, ...change });
  const [organization] = base.organizations;
  const [building] = organization?.buildings ?? [];
  if (!organization || !building) return base;
  const buildings = [{ ...building, entities: entities("b1", "occupancy", "people", "utilization", "free_rooms") }];
  return { ...base, organizations: [{ ...organization, buildings, ...change }] };
};

export const CALM: Record<string, string> = {
  "x.b1_occupancy": "on",
  "x.b1_people": "1234",
  "x.b1_utilization": "41.6",
  "x.b1_free_rooms": "2",
  "x.f1_occupancy": "on",
  "x.f1_people": "11",
  "x.f1_utilization": "12",
  "x.f1_free_rooms": "1",
  "x.f0_occupancy": "off",
  "x.f0_people_estimate": "3",
  "x.a_occupancy": "on",
  "x.a_people": "4",
  "x.a_utilization": "50",
  "x.b_occupancy": "on",
  "x.b_people_estimate": "7",
  "x.c_occupancy": "off",
  "x.c_people": "0",
  "x.d_occupancy": "on",
  "x.d_people": "1",
  "x.e_occupancy": "off",
  "x.e_people": "0",
  "x.s1_connectivity": "on",
  "x.s2_connectivity": "on",
  "x.s2_battery": "off",
  "x.s3_connectivity": "on",
  "x.h1_connectivity": "on",
  "x.org_update_mode": "push",
};

export const TEXTS = new Texts("en", ENGLISH, LOCALE, "UTC");

/** A view on the page. */
export class Shown<T extends View> {
  constructor(readonly view: T, told: Topology, values: Record<string, string> = CALM, change: Partial<HomeAssistant> = {}) {
    const user = { id: "1", is_admin: true };
    const hass = fakeHass(new FakeConnection(), { states: states(values), user, ...change });
    Object.assign(view, { hass, topology: told, texts: TEXTS });
    document.body.append(view);
  }

  async update(change: Partial<T> = {}): Promise<void> {
    Object.assign(this.view, change);
    await new Promise((resolve) => setTimeout(resolve));
    await this.view.updateComplete;
  }

  async states(change: Record<string, HassEntity>): Promise<void> {
    await this.update({ hass: { ...this.view.hass, states: { ...this.view.hass.states, ...change } } } as Partial<T>);
  }

  get root(): ShadowRoot {
    return this.view.renderRoot as ShadowRoot;
  }

  text(selector = "*"): string {
    const found = selector === "*" ? [...this.root.children].filter(({ localName }) => localName !== "style") : this.all(selector);
    return clean(found.map(({ textContent }) => textContent).join(" "));
  }

  all(selector: string): Element[] {
    return [...this.root.querySelectorAll(selector)];
  }

  texts(selector: string): string[] {
    return this.all(selector).map(({ textContent }) => clean(textContent));
  }

  links(selector = "a"): Record<string, string> {
    return Object.fromEntries(this.all(selector).map((link) => [clean(link.textContent), link.getAttribute("href") ?? ""]));
  }
}

export const clean = (text: string): string => text.replace(/\s+/g, " ").trim();
