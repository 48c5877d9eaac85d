/** What all views of the panel share. */

import { LitElement, type PropertyValues } from "lit";
import { property } from "lit/decorators.js";

import type { HomeAssistant } from "../home-assistant.js";
import { changed } from "../spaces.js";
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

/** An element that renders again only for the states that it shows. */
export abstract class Following extends LitElement {
  @property({ attribute: false }) hass!: HomeAssistant;

  /** Return the entities whose states the element shows now. */
  protected abstract shown(): readonly string[];

  /** `hass` changes with every state of the house; most of them are of no interest here. */
  protected override shouldUpdate(changes: PropertyValues): boolean {
    if (changes.size > 1 || !changes.has("hass")) return true;
    const before = changes.get("hass") as HomeAssistant | undefined;
    if (!before || ALWAYS.some((key) => before[key] !== this.hass[key])) return true;
    return changed(before, this.hass, this.shown());
  }
}

/** A view of the panel. */
export abstract class View extends Following implements ViewProperties {
  @property({ attribute: false }) topology!: Topology;
  /** When people were last confirmed (Unix seconds), by config entry. */
  @property({ attribute: false }) asOf: AsOf = {};
  @property({ attribute: false }) texts!: Texts;
  @property({ type: Boolean, reflect: true }) narrow = false;
  /** What follows the name of the view in the address. */
  @property({ attribute: false }) path: readonly string[] = [];
}
