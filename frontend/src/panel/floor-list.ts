/** The list beside the map: the rooms and zones of a floor, to search, to sort and to choose from. */

import { css, html, nothing, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import { guard } from "lit/directives/guard.js";
import { repeat } from "lit/directives/repeat.js";

import { define, moreInfo } from "../home-assistant.js";
import { mostOf, written } from "../small-groups.js";
import { bestEntity, hatched, readingOf, type Reading } from "../spaces.js";
import type { Texts } from "../texts.js";
import type { Floor, Space, Status, Topology } from "../topology.js";
import { icon } from "./icons.js";
import { partStyles, statusChip } from "./parts.js";
import { styles } from "./styles.js";
import { Following } from "./view.js";

const COLUMNS = ["name", "status", "people"] as const;
type Column = (typeof COLUMNS)[number];

const ORDER: Readonly<Record<Status, number>> = { occupied: 0, free: 1, unknown: 2, unavailable: 3 };

interface Row {
  readonly space: Space;
  readonly reading: Reading;
}

export class FloorList extends Following {
  @property({ attribute: false }) topology!: Topology;
  @property({ attribute: false }) texts!: Texts;
  @property({ attribute: false }) floor!: Floor;
  /** The id of the space that is chosen. */
  @property({ attribute: false }) selected: string | undefined;

  @state() private search = "";
  @state() private sorted: Column = "name";
  @state() private reversed = false;

  #ids: { readonly floor: Floor; readonly ids: readonly string[] } | undefined;

  protected override shown(): readonly string[] {
    if (this.#ids?.floor !== this.floor) {
      const ids = this.floor.spaces.flatMap(({ entities }) => Object.values(entities));
      this.#ids = { floor: this.floor, ids };
    }
    return this.#ids.ids;
  }

  protected override render(): TemplateResult {
    const { texts } = this;
    const rows = this.#rows();
    const total = this.floor.spaces.length;
    return html`
      <div class="tools">
        <input
          type="search"
          aria-label=${texts.text("floor.search")}
          placeholder=${texts.text("floor.search")}
          .value=${this.search}
          @input=${this.#searched}
        />
        <span class="secondary" role="status">
          <bdi>${rows.length === total ? texts.count("floor.spaces", total) : texts.text("floor.matches", { count: rows.length, total })}</bdi>
        </span>
      </div>
      ${rows.length === 0
        ? html`<p class="none secondary">${texts.text("floor.no_match")}</p>`
        : html`<table>
            <thead>
              <tr>
                ${COLUMNS.map((column) => this.#heading(column))}
                <th><span class="hidden">${texts.text("floor.details")}</span></th>
              </tr>
            </thead>
            <tbody>
              ${repeat(
                rows,
                ({ space }) => space.id,
                (row) => this.#row(row),
              )}
            </tbody>
          </table>`}
    `;
  }

  #rows(): Row[] {
    const { texts, sorted } = this;
    const wanted = fold(this.search.trim());
    const collator = new Intl.Collator(texts.language, { numeric: true });
    const byName = (a: Row, b: Row): number => collator.compare(a.space.name, b.space.name);
    const compare: Record<Column, (a: Row, b: Row) => number> = {
      name: byName,
      status: (a, b) => ORDER[a.reading.status] - ORDER[b.reading.status] || byName(a, b),
      // The most people first, and what is not known last, whichever way.
      people: (a, b) => order(b) - order(a) || byName(a, b),
    };
    const rows = this.floor.spaces
      .filter((space) => !wanted || searchable(space).includes(wanted))
      .map((space) => ({ space, reading: readingOf(this.hass.states, space, this.floor.spaces) }))
      .sort(compare[sorted]);
    if (!this.reversed) return rows;
    const unknown = sorted === "people" ? rows.filter((row) => order(row) < 0) : [];
    return [...rows.filter((row) => !unknown.includes(row)).reverse(), ...unknown];
  }

  #heading(column: Column): TemplateResult {
    const active = this.sorted === column;
    const direction = active ? (this.reversed ? "descending" : "ascending") : "none";
    return html`<th scope="col" aria-sort=${direction} class=${column === "people" ? "number" : ""}>
      <button type="button" @click=${() => { this.#sort(column); }}>
        ${this.texts.text(`floor.column.${column}`)}<span aria-hidden="true">${active ? (this.reversed ? "▼" : "▲") : ""}</span>
      </button>
    </th>`;
  }

  #sort(column: Column): void {
    this.reversed = this.sorted === column && !this.reversed;
    this.sorted = column;
  }

  readonly #searched = (event: Event): void => {
    this.search = (event.target as HTMLInputElement).value;
  };

  #row({ space, reading }: Row): TemplateResult {
    const { texts, topology, selected } = this;
    const { status, since, estimated } = reading;
    const people = written(texts, reading.people);
    const chosen = space.id === selected;
    const moment = since?.getTime() ?? null;
    return html`<tr class=${chosen ? "chosen" : ""} data-space=${space.id}>
      ${guard([space, topology, texts, chosen, status, people, moment], () => {
        const entity = bestEntity(space);
        return html`
          <th scope="row">
            <button type="button" class="space" aria-pressed=${chosen} @click=${() => { this.#choose(space.id); }}>
              ${space.name}
            </button>
            ${space.kind === "zone"
              ? html`<span class="secondary">${texts.text("floor.zone")}</span>`
              : space.room_type
                ? html`<span class="secondary">${space.room_type}</span>`
                : nothing}
          </th>
          <td>
            ${statusChip(topology, texts, status)}
            ${space.doubt && !hatched(status) ? html`<span class="secondary since">${texts.text(`doubt.${space.doubt}`)}</span>` : nothing}
            ${since ? html`<span class="secondary since">${texts.text("floor.since", { time: texts.moment(since) })}</span>` : nothing}
          </td>
          <td class="number">
            ${people === undefined
              ? html`<span class="secondary">${texts.text("floor.unknown")}</span>`
              : html`<span title=${estimated ? texts.text("map.estimate") : nothing}>${estimated ? "≈ " : ""}${people}</span>`}
            ${space.capacity === null
              ? nothing
              : html`<span class="secondary capacity">${texts.text("floor.capacity", { count: space.capacity })}</span>`}
          </td>
          <td class="info">
            ${entity === undefined
              ? nothing
              : html`<button
                  type="button"
                  aria-label=${texts.text("floor.details_of", { name: space.name })}
                  @click=${() => { moreInfo(this, entity); }}
                >
                  ${icon("info")}
                </button>`}
          </td>
        `;
      })}
    </tr>`;
  }

  #choose(id: string): void {
    this.dispatchEvent(new CustomEvent("butlr-choose", { detail: { id: id === this.selected ? undefined : id } }));
  }

  /** Scroll the chosen row into the visible part of the list, without moving the page. */
  protected override updated(changes: Map<PropertyKey, unknown>): void {
    if (!changes.has("selected") || this.selected === undefined) return;
    const row = [...this.renderRoot.querySelectorAll("tr")].find(({ dataset }) => dataset.space === this.selected);
    if (!row || this.scrollHeight <= this.clientHeight) return;
    const above = row.offsetTop - HEADING_PX;
    const below = row.offsetTop + row.offsetHeight - this.clientHeight;
    if (this.scrollTop > above) this.scrollTop = above;
    else if (this.scrollTop < below) this.scrollTop = below;
  }

  static override styles = [
    styles,
    partStyles,
    css`
      :host {
        position: relative;
        overflow: auto;
        overscroll-behavior: contain;
      }
      .tools {
        display: flex;
        align-items: center;
        gap: 12px;
        padding: 12px;
      }
      input {
        flex: 1;
        min-width: 0;
      }
      .none {
        padding: 12px;
      }
      table {
        width: 100%;
        border-collapse: collapse;
      }
      th {
        text-align: start;
        font-weight: 400;
      }
      .number {
        text-align: end;
      }
      th,
      td {
        padding: 6px;
        vertical-align: top;
      }
      :is(th, td):first-child {
        padding-inline-start: 12px;
      }
      thead th {
        position: sticky;
        top: 0;
        z-index: 1;
        padding-block: 0;
        background: var(--card-background-color, #fff);
        box-shadow: 0 1px var(--divider-color);
      }
      thead button {
        min-height: 40px;
        padding: 0;
        border: 0;
        gap: 4px;
        background: none;
        font-size: 12px;
        color: var(--secondary-text-color);
      }
      tbody tr {
        box-shadow: 0 1px var(--divider-color);
      }
      tbody tr.chosen {
        background: var(--secondary-background-color);
        box-shadow: inset 4px 0 var(--primary-color);
      }
      :host(:dir(rtl)) tbody tr.chosen {
        box-shadow: inset -4px 0 var(--primary-color);
      }
      .space {
        display: block;
        width: 100%;
        min-height: 32px;
        padding: 4px 0;
        border: 0;
        background: none;
        text-align: start;
        overflow-wrap: anywhere;
      }
      td:not(.info) {
        padding-top: 11px;
      }
      .since,
      .capacity,
      th > .secondary {
        display: block;
        font-size: 12px;
        white-space: nowrap;
      }
      th > .secondary {
        white-space: normal;
      }
      .info {
        width: 44px;
        padding: 0;
      }
      .info button {
        min-height: 44px;
        width: 44px;
        padding: 0;
        border: 0;
        background: none;
        color: var(--secondary-text-color);
      }
    `,
  ];
}

/** Return what rows are sorted by: hidden numbers are equal, and what is not known is below zero. */
const order = ({ reading: { people } }: Row): number =>
  people.number === null && people.fewerThan === null ? -1 : mostOf(people);

/** The height of the sticky heading. */
const HEADING_PX = 48;

/** Return a text in lower case and without accents, as people search. */
function fold(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}

function searchable(space: Space): string {
  return fold([space.name, space.room_type ?? "", ...space.tags].join("\n"));
}

define("butlr-floor-list", FloorList);
