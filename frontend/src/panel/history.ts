/** The past of a space: today hour by hour, and what is usual at each hour of the week. */

import { css, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { state } from "lit/decorators.js";

import { commandError, define, moreInfo, type HomeAssistant } from "../home-assistant.js";
import { fewerMark } from "../small-groups.js";
import { isEstimated, statusOf } from "../spaces.js";
import type { Building, Floor, Space } from "../topology.js";
import { chartStyles, dayChart, describe, hourText, people } from "./day-chart.js";
import {
  firstWeekday,
  gridOf,
  load,
  NoRecorderError,
  summaryOf,
  type Cell,
  type Hour,
  type Past,
} from "./history-data.js";
import { partStyles, peopleFigure, peopleKey, statusChip } from "./parts.js";
import { address, navigate } from "./router.js";
import { listed, placeOf, type Listed } from "./space-picker.js";
import { styles } from "./styles.js";
import { View } from "./view.js";

/** Milliseconds between two looks at the statistics; the recorder adds rows every five minutes. */
const INTERVAL = 300_000;
/** Shades of the grid, besides the one of zero. */
const SHADES = 4;
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

/** The space that was looked at last, for whoever comes back to this view. */
let last = "";

export class HistoryView extends View {
  @state() private past: Past | undefined;
  @state() private error = "";

  #space: Listed | undefined;
  #loaded = "";
  #attempt = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#timer = setInterval(this.#refresh, INTERVAL);
    document.addEventListener("visibilitychange", this.#refresh);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
    document.removeEventListener("visibilitychange", this.#refresh);
    this.#attempt += 1;
    this.#loaded = "";
  }

  protected override shown(): readonly string[] {
    const place = this.#place;
    if (!place) return [];
    // The number of a place may be hidden because of those of the spaces in it.
    const inside = place.smallest_group > 0 ? (this.#space?.floor ? [this.#space.floor] : (this.#space?.building.floors ?? [])) : [];
    const counted = [...inside, ...inside.flatMap(({ spaces }) => spaces)].map(({ entities }) => entities[peopleKey({ entities })]);
    return [place.entities.occupancy, this.#entity, ...counted].filter((id) => id !== undefined);
  }

  /** The entity whose statistics tell the past of the space. */
  get #entity(): string | undefined {
    const place = this.#place;
    return place?.entities[peopleKey(place)];
  }

  get #place(): Building | Floor | Space | undefined {
    return this.#space && placeOf(this.#space);
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has("topology") || changed.has("path")) {
      const all = listed(this.topology);
      const [wanted] = this.path;
      this.#space =
        wanted === undefined
          ? (all.find(({ id }) => id === last) ?? all.find((one) => one.entities[peopleKey(placeOf(one))] !== undefined))
          : all.find(({ id }) => id === wanted);
      if (this.#space) last = this.#space.id;
    }
    const key = `${this.#entity ?? ""} ${this.#space?.building.time_zone ?? ""} ${this.#smallest}`;
    const before = changed.get("hass") as HomeAssistant | undefined;
    if (key !== this.#loaded) {
      this.#loaded = key;
      this.past = undefined;
      this.error = "";
      void this.#load();
    } else if (before && !before.connected && this.hass.connected) void this.#load();
  }

  /** The smallest number of people that is shown. */
  get #smallest(): number {
    return this.#place?.smallest_group ?? 0;
  }

  readonly #refresh = (): void => {
    if (!document.hidden && this.isConnected) void this.#load();
  };

  async #load(): Promise<void> {
    const attempt = (this.#attempt += 1);
    const entity = this.#entity;
    const zone = this.#space?.building.time_zone;
    if (entity === undefined || zone === undefined) return;
    try {
      const past = await load(this.hass, entity, zone, Date.now(), this.#smallest);
      if (attempt !== this.#attempt) return;
      this.past = past;
      this.error = "";
    } catch (error) {
      if (attempt !== this.#attempt) return;
      const { code, message } = commandError(error);
      this.error =
        error instanceof NoRecorderError
          ? this.texts.text("history.no_recorder")
          : this.texts.text("history.failed", { error: message || String(code) });
    }
  }

  protected override render(): TemplateResult {
    return html`<div class="view">
      <div class="card head">
        <butlr-space-picker
          .topology=${this.topology}
          .texts=${this.texts}
          .value=${this.#space?.id ?? ""}
          @pick=${(event: CustomEvent<string>) => { navigate(address("history", event.detail)); }}
        ></butlr-space-picker>
        ${this.#now()}
      </div>
      ${this.#content()}
    </div>`;
  }

  /** What is the case now, beside the name. */
  #now(): unknown {
    const space = this.#space;
    if (!space) return nothing;
    const { texts, hass } = this;
    const place = placeOf(space);
    // Home Assistant's dialog has the exact number.
    const entity = place.smallest_group > 0 ? (space.entities.occupancy ?? this.#entity) : (this.#entity ?? space.entities.occupancy);
    const estimated = isEstimated(place);
    return html`<div class="now">
      <h2><bdi>${space.name}</bdi></h2>
      <p class="secondary">${texts.text(`history.kind.${space.kind}`)}${space.where ? html` · <bdi>${space.where}</bdi>` : nothing}</p>
      <p class="figure">
        ${statusChip(this.topology, texts, statusOf(hass.states, space.entities))}
        ${peopleFigure(texts, hass.states, place, space.floor?.spaces, (value) => texts.count("history.people", value))}
      </p>
      ${estimated ? html`<p class="secondary">${texts.text("history.estimate")}</p>` : nothing}
      <p class="links">
        ${space.floor ? html`<a href=${address("floor", space.floor.id, ...(space.space ? [space.id] : []))}>${texts.text("find.on_map")}</a>` : nothing}
        ${entity === undefined
          ? nothing
          : html`<a href="#" @click=${(event: Event) => { event.preventDefault(); moreInfo(this, entity); }}>${texts.text("find.details")}</a>`}
      </p>
    </div>`;
  }

  #content(): unknown {
    const { texts, past } = this;
    if (!this.#space) return this.#message(texts.text("history.no_space"));
    if (this.#entity === undefined) return this.#message(texts.text("history.not_counted"));
    if (this.error) return this.#message(this.error);
    if (!past) return html`<div class="card waiting" aria-busy="true"></div>`;
    const known = [...past.today, ...past.weeks].some(({ mean }) => mean !== null);
    if (!known) return this.#message(texts.text("history.nothing"));
    return html`${this.#today(past.today, this.#space.building.time_zone)} ${this.#weeks(past.weeks, this.#space.building.time_zone)}`;
  }

  #message(text: string): TemplateResult {
    return html`<p class="card" role="status">${text}</p>`;
  }

  // -- today ----------------------------------------------------------------------------------------------------------

  #today(hours: readonly Hour[], zone: string): TemplateResult {
    const { texts } = this;
    const { peak, missing } = summaryOf(hours);
    const most = peak
      ? texts.text("history.most", { max: people(texts, peak.max ?? 0, this.#smallest), time: hourText(texts, peak, zone) })
      : texts.text("history.nobody");
    const gaps = missing > 0 ? ` ${texts.count("history.gaps", missing)}` : "";
    return html`<section class="card">
      <h2>${texts.text("history.today")}</h2>
      <p class="secondary">${most}${gaps}</p>
      ${dayChart(texts, hours, {
        zone,
        narrow: this.narrow,
        label: `${texts.text("history.today")}: ${most}${gaps}`,
        smallest: this.#smallest,
      })}
      ${this.#smallest > 0
        ? html`<p class="secondary">${texts.text("history.small_groups", { mark: fewerMark(texts.number(this.#smallest)), count: this.#smallest })}</p>`
        : nothing}
      <ul class="legend" aria-hidden="true">
        <li><span class="swatch mean"></span>${texts.text("history.legend.mean")}</li>
        <li><span class="swatch max"></span>${texts.text("history.legend.max")}</li>
        <li><span class="swatch gap"></span>${texts.text("history.gap")}</li>
      </ul>
      <details>
        <summary>${texts.text("history.table")}</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">${texts.text("history.hour")}</th>
              <th scope="col">${texts.text("history.known")}</th>
            </tr>
          </thead>
          <tbody>
            ${hours
              .filter(({ when }) => when !== "future")
              .map(
                (hour) => html`<tr>
                  <th scope="row">${hourText(texts, hour, zone)}</th>
                  <td>${describe(texts, hour, this.#smallest)}</td>
                </tr>`,
              )}
          </tbody>
        </table>
      </details>
    </section>`;
  }

  // -- the last four weeks --------------------------------------------------------------------------------------------

  #weeks(hours: readonly Hour[], zone: string): TemplateResult {
    const { texts } = this;
    const grid = gridOf(hours);
    const highest = Math.max(0, ...grid.flat().map(({ mean }) => mean ?? 0));
    return html`<section class="card">
      <h2>${texts.text("history.weeks")}</h2>
      ${this.#figures(hours, zone)}
      <div class="scroll" role="region" tabindex="0" aria-label=${texts.text("history.grid")}>
        <table class="grid">
          <caption>
            ${texts.text("history.grid")}
          </caption>
          ${this.narrow ? this.#tall(grid, highest) : this.#wide(grid, highest)}
        </table>
      </div>
      ${this.#legend(highest)}
      <p class="secondary">${texts.text("history.zone", { zone: zone.replaceAll("_", " ") })}</p>
    </section>`;
  }

  #figures(hours: readonly Hour[], zone: string): TemplateResult {
    const { texts } = this;
    const { peak, whenUsed, used, known, missing } = summaryOf(hours);
    const day = { weekday: "short", month: "short", day: "numeric", hour: "numeric", minute: "2-digit", timeZone: zone } as const;
    const figures: [name: string, value: string, note: string][] = [
      ["peak", peak ? people(texts, peak.max ?? 0, this.#smallest) : known > 0 ? texts.number(0) : "–", peak ? texts.date(new Date(peak.start), day) : ""],
      ["when_used", whenUsed === null ? "–" : people(texts, whenUsed, this.#smallest), ""],
      ["used", known > 0 ? texts.percent(used / known) : "–", texts.text("history.used_of", { used, known })],
      ["missing", texts.number(missing), ""],
    ];
    return html`<dl class="figures">
      ${figures.map(
        ([name, value, note]) => html`<div>
          <dt>${texts.text(`history.figures.${name}`)}</dt>
          <dd><span class="big">${value}</span> <span class="secondary">${note}</span></dd>
        </div>`,
      )}
    </dl>`;
  }

  get #days(): number[] {
    const first = firstWeekday(this.hass.locale);
    return Array.from({ length: 7 }, (_, day) => (first + day) % 7);
  }

  #dayName(day: number, weekday: "short" | "long"): string {
    // 1 January 2024 was a Monday.
    return this.texts.date(new Date(Date.UTC(2024, 0, 1 + day)), { weekday, timeZone: "UTC" });
  }

  #hourName(hour: number): string {
    return this.texts.date(new Date(Date.UTC(2024, 0, 1, hour)), { hour: "numeric", timeZone: "UTC" });
  }

  #wide(grid: readonly Cell[][], highest: number): TemplateResult {
    return html`<thead>
        <tr>
          <td></td>
          ${HOURS.map(
            (hour) => html`<th scope="col">
              ${hour % 3 === 0 ? html`<span class="label">${this.#hourName(hour)}</span>` : html`<span class="hidden">${this.#hourName(hour)}</span>`}
            </th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${this.#days.map(
          (day) => html`<tr>
            <th scope="row" abbr=${this.#dayName(day, "long")}>${this.#dayName(day, "short")}</th>
            ${HOURS.map((hour) => this.#cell(grid, day, hour, highest))}
          </tr>`,
        )}
      </tbody>`;
  }

  #tall(grid: readonly Cell[][], highest: number): TemplateResult {
    return html`<thead>
        <tr>
          <td></td>
          ${this.#days.map((day) => html`<th scope="col" abbr=${this.#dayName(day, "long")}>${this.#dayName(day, "short")}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${HOURS.map(
          (hour) => html`<tr>
            <th scope="row">${this.#hourName(hour)}</th>
            ${this.#days.map((day) => this.#cell(grid, day, hour, highest))}
          </tr>`,
        )}
      </tbody>`;
  }

  #cell(grid: readonly Cell[][], day: number, hour: number, highest: number): TemplateResult {
    const { mean, weeks } = grid[day]?.[hour] ?? { mean: null, weeks: 0 };
    const when = `${this.#dayName(day, "long")}, ${this.#hourName(hour)}`;
    if (mean === null) {
      return html`<td class="gap" title=${`${when}: ${this.texts.text("history.gap")}`}>
        <span class="hidden">${this.texts.text("history.gap")}</span>
      </td>`;
    }
    const shown = people(this.texts, mean, this.#smallest);
    const value = this.#smallest > 0 ? shown : this.texts.number(mean, { maximumFractionDigits: mean < 10 ? 1 : 0 });
    const title = `${when}: ${this.texts.text("history.cell", { mean: shown })} (${this.texts.count("history.from_weeks", weeks)})`;
    return html`<td class="shade-${shadeOf(mean, highest)}" title=${title}>${value}</td>`;
  }

  #legend(highest: number): TemplateResult {
    const { texts } = this;
    const shades = highest > 0 ? Array.from({ length: SHADES }, (_, nth) => nth + 1) : [];
    return html`<ul class="legend">
      <li><span class="swatch shade-0"></span>${texts.text("history.legend.nobody")}</li>
      ${shades.map(
        (shade) => html`<li>
          <span class="swatch shade-${shade}"></span>${texts.text("history.legend.up_to", { mean: people(texts, (highest * shade) / SHADES, 0) })}
        </li>`,
      )}
      <li><span class="swatch gap"></span>${texts.text("history.gap")}</li>
    </ul>`;
  }

  static override styles = [
    styles,
    partStyles,
    chartStyles,
    css`
      .view {
        display: grid;
        gap: 16px;
        max-width: 1100px;
      }
      :host([narrow]) .view {
        gap: 8px;
      }
      :host([narrow]) .card {
        padding: 12px;
      }
      .head {
        display: grid;
        grid-template-columns: minmax(220px, 1fr) minmax(0, 2fr);
        gap: 16px 24px;
        align-items: start;
      }
      :host([narrow]) .head {
        grid-template-columns: minmax(0, 1fr);
      }
      .now > * + * {
        margin-top: 4px;
      }
      :is(.links, .figure) {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 20px;
      }
      .links a {
        padding-block: 8px;
      }
      section h2 {
        font-size: 16px;
      }
      section {
        display: grid;
        gap: 12px;
        min-width: 0;
      }
      .waiting {
        min-height: 320px;
        opacity: 0.6;
      }
      .legend {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 20px;
        font-size: 13px;
      }
      .legend li {
        display: inline-flex;
        align-items: center;
        gap: 6px;
      }
      .swatch {
        width: 18px;
        height: 18px;
        border: 1px solid var(--divider-color);
        border-radius: 3px;
      }
      .swatch.mean {
        background: var(--primary-color);
      }
      .swatch.max {
        background: color-mix(in srgb, var(--primary-color) 35%, transparent);
      }
      .gap:is(td, span) {
        background: repeating-linear-gradient(
          45deg,
          color-mix(in srgb, var(--secondary-text-color) 55%, transparent) 0 2px,
          transparent 2px 6px
        );
      }
      .shade-1 {
        background: color-mix(in srgb, var(--primary-color) 12%, transparent);
      }
      .shade-2 {
        background: color-mix(in srgb, var(--primary-color) 24%, transparent);
      }
      .shade-3 {
        background: color-mix(in srgb, var(--primary-color) 36%, transparent);
      }
      .shade-4 {
        background: color-mix(in srgb, var(--primary-color) 50%, transparent);
      }
      summary {
        min-height: 28px;
        cursor: pointer;
      }
      .scroll {
        overflow-x: auto;
      }
      table {
        border-collapse: collapse;
        font-size: 13px;
      }
      details td,
      details th {
        padding: 4px 12px 4px 0;
        text-align: start;
        font-weight: 400;
        border-bottom: 1px solid var(--divider-color);
      }
      .grid {
        width: 100%;
        table-layout: fixed;
        font-variant-numeric: tabular-nums;
      }
      .grid caption {
        padding-bottom: 8px;
        text-align: start;
        color: var(--secondary-text-color);
      }
      .grid :is(td, th) {
        height: 28px;
        padding: 0 1px;
        font-size: 12px;
        font-weight: 400;
        text-align: center;
        overflow-wrap: normal;
      }
      .grid tbody td {
        border: 1px solid var(--divider-color);
      }
      .grid :is(thead td, tbody th) {
        width: 52px;
        text-align: start;
      }
      .grid thead th {
        position: relative;
      }
      .label {
        position: absolute;
        inset-inline-start: 2px;
        top: 4px;
        white-space: nowrap;
      }
      .figures {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(150px, 1fr));
        gap: 12px 24px;
      }
      .figures dt {
        color: var(--secondary-text-color);
      }
      .big {
        font-size: 22px;
        font-weight: 500;
      }
    `,
  ];
}

/** Return the shade of a mean: 0 for nobody, up to SHADES for the highest. */
const shadeOf = (mean: number, highest: number): number => (mean > 0 ? Math.min(SHADES, Math.ceil((mean / highest) * SHADES)) : 0);

define("butlr-view-history", HistoryView);
