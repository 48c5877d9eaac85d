/** What all views of the panel share. */

import { LitElement, type PropertyValues } from "lit";
import { property } from "lit/decorators.js";

import type { HomeAssistant } from "../home-assistant.js";
import type { Texts } from "../texts.js";
import type { AsOf, Topology } from "../topology.js";

/** What a view shows must follow these, whatever else changes. */
const ALWAYS = ["language", "locale", "connected", "user", "themes"] as const;

/** What the panel gives to a view. */
export interface ViewProperties {
  hass: HomeAssistant;
  topology: Topology;
  asOf: AsOf;
  texts: Texts;
  narrow: boolean;
  path: readonly string[];
}

/** A view of the panel: an element that the panel gives these properties, and renders again only for what it shows. */
export abstract class View extends LitElement implements ViewProperties {
  @property({ attribute: false }) hass!: HomeAssistant;
  @property({ attribute: false }) topology!: Topology;
  /** When people were last confirmed (Unix seconds), by config entry. */
  @property({ attribute: false }) asOf: AsOf = {};
  @property({ attribute: false }) texts!: Texts;
  @property({ type: Boolean, reflect: true }) narrow = false;
  /** What follows the name of the view in the address. */
  @property({ attribute: false }) path: readonly string[] = [];

  /** Return the entities whose states the view shows now. */
  protected abstract shown(): Iterable<string>;

  /** `hass` changes with every state of the house; most of them are of no interest here. */
  protected override shouldUpdate(changed: PropertyValues): boolean {
    if (changed.size > 1 || !changed.has("hass")) return true;
    const before = changed.get("hass") as HomeAssistant | undefined;
    return before === undefined || this.#concerns(before);
  }

  #concerns(before: HomeAssistant): boolean {
    if (ALWAYS.some((key) => before[key] !== this.hass[key])) return true;
    if (before.states === this.hass.states) return false;
    for (const id of this.shown()) if (before.states[id] !== this.hass.states[id]) return true;
    return false;
  }
}
