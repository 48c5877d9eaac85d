/** The base of the cards: configuration, topology, texts, and what is said when there is nothing to show. */

import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";

import type { HomeAssistant } from "../home-assistant.js";
import { changed } from "../spaces.js";
import { TextsController, type Texts } from "../texts.js";
import { TopologyController, type Index, type Topology } from "../topology.js";
import type { CardConfig } from "./offer.js";

const TICK_MS = 30_000;

export abstract class ButlrCard extends LitElement {
  @property({ attribute: false }) hass?: HomeAssistant;
  @state() protected config?: CardConfig;

  protected readonly store = new TopologyController(this);
  protected readonly loaded = new TextsController(this);

  #clock: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    // What is shown grows old even if nothing else happens.
    this.#clock = setInterval(() => {
      this.requestUpdate();
    }, TICK_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#clock);
  }

  setConfig(config: CardConfig): void {
    this.config = config;
  }

  override shouldUpdate(changes: PropertyValues<this>): boolean {
    const before = changes.get("hass");
    if (changes.size !== 1 || !before || !this.hass || !this.hasUpdated) return true;
    const { hass } = this;
    const other = before.connection !== hass.connection || before.language !== hass.language || before.locale !== hass.locale;
    return other || changed(before, hass, this.entityIds());
  }

  /** Return the entities that the card itself shows. */
  protected abstract entityIds(): readonly string[];

  /** Return what the card shows, or undefined if what was chosen is not there. */
  protected abstract content(hass: HomeAssistant, index: Index, texts: Texts): TemplateResult | undefined;

  /** Return the text for a card without a choice. */
  protected abstract choose(texts: Texts): string;

  override render(): TemplateResult {
    return html`<ha-card>${this.#inside()}</ha-card>`;
  }

  #inside(): TemplateResult | typeof nothing {
    const { hass, config } = this;
    const { texts } = this.loaded;
    const { topology, index, error } = this.store;
    if (!hass || !config || !texts) return nothing;
    if (!topology || !index) return error ? message(texts.text("card.failed"), error.message) : nothing;
    return this.content(hass, index, texts) ?? this.#missing(topology, texts);
  }

  #missing(topology: Topology, texts: Texts): TemplateResult {
    const id = this.config?.floor ?? this.config?.building;
    if (id === undefined || id === "") return message(this.choose(texts), "");
    const stopped = topology.organizations.find((organization) => organization.state !== "loaded");
    if (stopped) return message(texts.text("card.not_loaded", { name: stopped.name }), stopped.reason ?? "");
    return message(texts.text("card.not_found", { id }), texts.text("card.not_found_help"));
  }

  static readonly base = css`
    :host {
      display: block;
      height: 100%;
      color: var(--primary-text-color);
    }
    ha-card {
      display: flex;
      flex-direction: column;
      box-sizing: border-box;
      height: 100%;
      padding: 16px;
      overflow: hidden;
    }
    h2 {
      margin: 0;
      overflow-wrap: anywhere;
      font-size: var(--ha-font-size-xl, 20px);
      font-weight: 500;
      line-height: 1.3;
    }
    .quiet {
      color: var(--secondary-text-color);
    }
    .message {
      margin: 0;
      line-height: 1.5;
      overflow-wrap: anywhere;
    }
  `;
}

const message = (what: string, more: string): TemplateResult =>
  html`<p class="message" role="status">${what}${more ? html`<br /><span class="quiet">${more}</span>` : nothing}</p>`;
