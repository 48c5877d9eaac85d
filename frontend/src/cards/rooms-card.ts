/** The card `custom:butlr-rooms`: the free rooms of a floor or building, for a screen on the wall. */

import { css, html, nothing, type CSSResultGroup, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";

import { define, type HomeAssistant } from "../home-assistant.js";
import { asOfText } from "../map/legend.js";
import { hatched, statusOf } from "../spaces.js";
import type { Texts } from "../texts.js";
import type { Floor, Index, Organization, Space } from "../topology.js";
import { ButlrCard } from "./card.js";
import { cardForm, type Form } from "./form.js";
import { anyFloor, offerCard, type CardConfig } from "./offer.js";

/** What the card is about: all rooms of these floors. */
interface Chosen {
  readonly organization: Organization;
  readonly name: string;
  readonly floors: readonly Floor[];
}

export class RoomsCard extends ButlrCard {
  static getStubConfig(hass: HomeAssistant): Partial<CardConfig> {
    const floor = anyFloor(hass);
    return floor === undefined ? {} : { floor };
  }

  static getConfigForm(): Promise<Form> {
    return cardForm(["floor", "building", "title"]);
  }

  getCardSize(): number {
    return 6;
  }

  getGridOptions(): Record<string, unknown> {
    return { columns: 12, rows: "auto", min_columns: 6, min_rows: 3 };
  }

  get #chosen(): Chosen | undefined {
    const { floor: floorId, building: buildingId } = this.config ?? {};
    const { index } = this.store;
    const path = floorId ? index?.floors.get(floorId) : undefined;
    if (path) return { organization: path.organization, name: path.floor.name, floors: [path.floor] };
    const found = buildingId && !floorId ? index?.buildings.get(buildingId) : undefined;
    return found && { organization: found.organization, name: found.building.name, floors: found.building.floors };
  }

  protected override entityIds(): readonly string[] {
    const occupancy = (space: Space): string[] => (space.entities.occupancy === undefined ? [] : [space.entities.occupancy]);
    return (this.#chosen?.floors ?? []).flatMap((floor) => floor.spaces.flatMap(occupancy));
  }

  protected override choose(texts: Texts): string {
    return texts.text("card.choose_floor_or_building");
  }

  protected override content(hass: HomeAssistant, _index: Index, texts: Texts): TemplateResult | undefined {
    const chosen = this.#chosen;
    const style = this.store.topology?.statuses.free;
    if (!chosen || !style) return undefined;
    const rooms = chosen.floors.flatMap((floor) => floor.spaces.filter(({ kind }) => kind === "room").map((room) => ({ room, floor })));
    const isFree = ({ room }: { room: Space }): boolean => statusOf(hass.states, room.entities) === "free";
    // A room is offered only if a measured or an estimated zero says that it is free.
    const free = rooms.filter((one) => isFree(one) && !one.room.doubt);
    const unknown = rooms.filter((one) => hatched(statusOf(hass.states, one.room.entities)) || (isFree(one) && one.room.doubt));
    const several = chosen.floors.length > 1;
    return html`
      <header>
        <h2>${this.config?.title ?? texts.text("card.free_rooms", { place: chosen.name })}</h2>
        <span class="number" aria-hidden="true">${texts.number(free.length)}</span>
      </header>
      ${free.length > 0
        ? html`<ul style="--status: ${style.color}">
            ${repeat(
              free,
              ({ room }) => room.id,
              ({ room, floor }) => html`<li data-space=${room.id}>
                <svg viewBox="0 0 24 24" role="img" aria-label=${texts.text("status.free")}><path d=${style.icon}></path></svg>
                <span class="name" dir="auto">${room.name}</span>
                <span class="quiet">${detail(room, several ? floor.name : "", texts)}</span>
              </li>`,
            )}
          </ul>`
        : html`<p class="none">${texts.text(unknown.length === rooms.length ? "card.all_unknown" : "card.none_free")}</p>`}
      <footer class="quiet">
        <span>${free.length > 0 && unknown.length > 0 ? texts.count("card.unknown", unknown.length) : nothing}</span>
        ${this.#asOf(chosen, texts)}
      </footer>
    `;
  }

  #asOf({ organization }: Chosen, texts: Texts): TemplateResult | typeof nothing {
    const asOf = this.store.asOf[organization.entry_id];
    return asOf === undefined ? nothing : asOfText(new Date(asOf * 1000), texts);
  }

  static override styles: CSSResultGroup = [
    ButlrCard.base,
    css`
      ha-card {
        container-type: inline-size;
        gap: 16px;
      }
      header {
        display: flex;
        align-items: baseline;
        justify-content: space-between;
        gap: 16px;
      }
      h2 {
        font-size: clamp(20px, 4.5cqi, 40px);
      }
      .number {
        font-size: clamp(24px, 6cqi, 56px);
        font-weight: 600;
        line-height: 1;
      }
      ul {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(100%, max(240px, 30cqi)), 1fr));
        gap: 12px;
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        display: grid;
        grid-template-columns: auto 1fr;
        align-content: center;
        align-items: center;
        column-gap: 12px;
        padding: 12px 16px;
        border: 2px solid var(--status);
        border-radius: 12px;
        background: color-mix(in srgb, var(--status) 12%, transparent);
      }
      svg {
        grid-row: span 2;
        width: clamp(28px, 4.5cqi, 48px);
        fill: color-mix(in srgb, var(--status) 85%, var(--primary-text-color));
      }
      .name {
        display: -webkit-box;
        overflow: hidden;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 2;
        overflow-wrap: anywhere;
        font-size: clamp(18px, 3.4cqi, 34px);
        font-weight: 500;
        line-height: 1.25;
      }
      li .quiet {
        font-size: clamp(14px, 2.2cqi, 22px);
      }
      .none {
        margin: 0;
        font-size: clamp(18px, 3.4cqi, 34px);
      }
      footer {
        display: flex;
        flex-wrap: wrap;
        justify-content: space-between;
        gap: 4px 16px;
        margin-top: auto;
        font-size: clamp(13px, 1.8cqi, 20px);
      }
      .old {
        color: var(--error-color);
      }
    `,
  ];
}

/** Return on which floor a room is, how many people it is for, and whether it is measured or estimated that it is free. */
const detail = ({ capacity, estimated }: Space, floor: string, texts: Texts): string => {
  const seats = capacity === null ? "" : texts.count("card.seats", capacity);
  return [floor, seats, texts.text(estimated ? "card.estimated" : "card.measured")].filter(Boolean).join(" · ");
};

define("butlr-rooms", RoomsCard);
offerCard("rooms", { name: "Butlr free rooms", description: "The free rooms of a floor or building, for a screen on the wall." }, ["free_rooms"]);
