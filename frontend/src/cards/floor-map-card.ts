/** The card `custom:butlr-floor-map`: the live map of one floor. */

import { css, html, nothing, type CSSResultGroup, type PropertyValues, type TemplateResult } from "lit";
import { query } from "lit/decorators.js";

import type { FloorMap } from "../floor-map.js";
import "../floor-map.js";
import { define, type HomeAssistant } from "../home-assistant.js";
import { peopleText } from "../map/describe.js";
import { renderSoon } from "../pace.js";
import { countOf, isEstimated, numberOf } from "../spaces.js";
import type { Texts } from "../texts.js";
import type { Floor, FloorPath, Index } from "../topology.js";
import { ButlrCard } from "./card.js";
import { cardForm, type Form } from "./form.js";
import { anyFloor, offerCard, type CardConfig } from "./offer.js";

export class FloorMapCard extends ButlrCard {
  @query("butlr-map") private readonly map!: FloorMap | null;

  static getStubConfig(hass: HomeAssistant): Partial<CardConfig> {
    const floor = anyFloor(hass);
    return floor === undefined ? {} : { floor };
  }

  static getConfigForm(): Promise<Form> {
    return cardForm(["floor", "title"]);
  }

  getCardSize(): number {
    const drawing = this.#path?.floor.drawing;
    // A row has 50 pixels; a card is about 500 pixels wide.
    return drawing ? 3 + Math.min(12, Math.round((10 * drawing.height) / drawing.width)) : 6;
  }

  getGridOptions(): Record<string, unknown> {
    return { columns: "full", rows: "auto", min_columns: 6, min_rows: 4 };
  }

  get #path(): FloorPath | undefined {
    return this.config?.floor === undefined ? undefined : this.store.index?.floors.get(this.config.floor);
  }

  /** The map follows the states by itself. The card is rendered for its own facts only, at the same time as the map. */
  override shouldUpdate(changes: PropertyValues<this>): boolean {
    const { hass, map } = this;
    if (changes.size !== 1 || !changes.has("hass") || !hass || !map) return true;
    map.hass = hass;
    if (super.shouldUpdate(changes)) renderSoon(this.#refresh);
    return false;
  }

  readonly #refresh = (): void => {
    this.requestUpdate();
  };

  protected override entityIds(): readonly string[] {
    const floor = this.#path?.floor;
    if (!floor) return [];
    // The people of a floor may be hidden because of those of a room.
    return [floor, ...(floor.smallest_group > 0 ? floor.spaces : [])].flatMap(({ entities }) => Object.values(entities));
  }

  protected override choose(texts: Texts): string {
    return texts.text("card.choose_floor");
  }

  protected override content(hass: HomeAssistant, { buildings }: Index, texts: Texts): TemplateResult | undefined {
    const path = this.#path;
    if (!path) return undefined;
    const { organization, building, floor } = path;
    const name = buildings.size > 1 ? `${building.name} · ${floor.name}` : floor.name;
    const title = this.config?.title ?? name;
    const facts = factsOf(hass, floor, texts);
    return html`
      ${title || facts ? html`<header>${title ? html`<h2>${title}</h2>` : nothing}<span class="quiet">${facts}</span></header>` : nothing}
      <butlr-map
        .hass=${hass}
        .floor=${floor}
        .statuses=${this.store.topology?.statuses}
        .texts=${texts}
        .asOf=${this.store.asOf[organization.entry_id]}
      ></butlr-map>
    `;
  }

  static override styles: CSSResultGroup = [
    ButlrCard.base,
    css`
      header {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        justify-content: space-between;
        gap: 0 16px;
        padding-bottom: 12px;
      }
      butlr-map {
        flex: 1 1 auto;
      }
    `,
  ];
}

/** Return the people and the free rooms of a floor, as far as they are known. */
const factsOf = ({ states }: HomeAssistant, floor: Floor, texts: Texts): string => {
  const free = numberOf(states, floor.entities, "free_rooms");
  const facts = [peopleText(texts, { people: countOf(states, floor), estimated: isEstimated(floor) }), free === null ? "" : texts.count("card.free", free)];
  return facts.filter(Boolean).join(" · ");
};

define("butlr-floor-map", FloorMapCard);
offerCard("floor_map", { name: "Butlr floor map", description: "The rooms and zones of a floor: free or occupied, and how many people." });
