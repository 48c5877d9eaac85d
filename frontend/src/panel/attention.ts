/** What is wrong in an organization: spaces without values, hardware that is offline or needs a battery, no pushes. */

import type { HassEntity, States } from "../home-assistant.js";
import { numberOf, statusOf } from "../spaces.js";
import type { Entities, Floor, Hardware, Organization, Space } from "../topology.js";

export interface SpaceOnFloor {
  readonly floor: Floor;
  readonly space: Space;
}

export interface Attention {
  readonly unavailable: readonly SpaceOnFloor[];
  readonly unknown: readonly SpaceOnFloor[];
  readonly offlineHives: readonly Hardware[];
  readonly offlineSensors: readonly Hardware[];
  /** How many sensors are offline; also known if they are no devices. */
  readonly offlineSensorCount: number;
  readonly batteries: readonly Hardware[];
  readonly polling: boolean;
}

/** Return all spaces of an organization with their floors. */
export function* spacesOf(organization: Organization): Generator<SpaceOnFloor> {
  for (const building of organization.buildings) {
    for (const floor of building.floors) for (const space of floor.spaces) yield { floor, space };
  }
}

/** Return the state of an entity by its key. */
export function stateOf(states: States, entities: Entities, key: string): HassEntity | undefined {
  const id = entities[key];
  return id === undefined ? undefined : states[id];
}

/** Return what is wrong in an organization now. */
export function attentionOf(organization: Organization, states: States): Attention {
  const unavailable: SpaceOnFloor[] = [];
  const unknown: SpaceOnFloor[] = [];
  for (const one of spacesOf(organization)) {
    // Without an occupancy entity (disabled, or not readable), nothing is wrong with the space itself.
    if (one.space.entities.occupancy === undefined) continue;
    const status = statusOf(states, one.space.entities);
    if (status === "unavailable") unavailable.push(one);
    else if (status === "unknown") unknown.push(one);
  }
  const { hardware, entities } = organization;
  const offline = hardware.filter((device) => stateOf(states, device.entities, "connectivity")?.state === "off");
  const offlineSensors = offline.filter(({ kind }) => kind === "sensor");
  return {
    unavailable,
    unknown,
    offlineHives: offline.filter(({ kind }) => kind === "hive"),
    offlineSensors,
    offlineSensorCount: hardware.length > 0 ? offlineSensors.length : (numberOf(states, entities, "sensors_offline") ?? 0),
    batteries: hardware.filter((device) => stateOf(states, device.entities, "battery")?.state === "on"),
    polling: stateOf(states, entities, "update_mode")?.state === "polling",
  };
}
