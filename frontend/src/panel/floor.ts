/** A floor: its map with the list of its spaces beside it, and its heatmap on request. */

import { css, html, nothing, type SVGTemplateResult, type TemplateResult } from "lit";
import { state } from "lit/decorators.js";
import { styleMap } from "lit/directives/style-map.js";

import { commandError, define, navigate } from "../home-assistant.js";
import type { Texts } from "../texts.js";
import { indexOf, type Drawing, type Floor, type FloorPath } from "../topology.js";
import "./explanation.js";
import "./floor-list.js";
import { canShowHeatmap, drawHeatmap, heatmapColors, RANGES, requestHeatmap, type Heatmap, type Range } from "./heatmap.js";
import { icon } from "./icons.js";
import { freeRooms, partStyles, peopleFigure, utilizationFigure } from "./parts.js";
import { address } from "./router.js";
import { styles } from "./styles.js";
import { View } from "./view.js";

type HeatmapState =
  | { readonly is: "loading" | "none" }
  | { readonly is: "shown"; readonly heatmap: Heatmap }
  | { readonly is: "failed"; readonly error: string };

/** The floor that was shown last: the tab leads back to it. */
let lastFloor: string | undefined;

export class FloorView extends View {
  @state() private heatmap: HeatmapState = { is: "none" };
  @state() private range: Range = "today";

  #heatmapOf: string | undefined;
  #overlay: SVGTemplateResult | undefined;
  #drawn: readonly unknown[] = [];
  #ids: { readonly floor: Floor; readonly ids: readonly string[] } | undefined;

  protected override shown(): readonly string[] {
    const floor = this.#find()?.floor;
    if (!floor) return [];
    if (this.#ids?.floor !== floor) {
      const ids = [floor, ...floor.spaces].flatMap(({ entities }) => Object.values(entities));
      this.#ids = { floor, ids };
    }
    return this.#ids.ids;
  }

  /** Return the floor of the address, or else the one that was shown last, or the first. */
  #find(): FloorPath | undefined {
    const { floors } = indexOf(this.topology);
    const [id] = this.path;
    if (id !== undefined) return floors.get(id);
    return floors.get(lastFloor ?? "") ?? floors.values().next().value;
  }

  protected override willUpdate(): void {
    const floor = this.#find()?.floor;
    const id = floor?.id;
    if (id !== undefined) lastFloor = id;
    if (this.#heatmapOf !== id) {
      this.#heatmapOf = id;
      this.heatmap = { is: "none" };
    }
    this.#draw(floor?.drawing);
  }

  /** Draw the heatmap anew only if it changed: it is large. */
  #draw(drawing: Drawing | undefined): void {
    const parts = [this.heatmap, drawing, this.hass.themes.darkMode] as const;
    if (parts.every((part, nth) => part === this.#drawn[nth])) return;
    this.#drawn = parts;
    const [heatmap, , dark] = parts;
    this.#overlay = heatmap.is === "shown" && drawing ? drawHeatmap(heatmap.heatmap, drawing, dark) : undefined;
  }

  protected override render(): TemplateResult {
    const found = this.#find();
    if (!found) return this.#notFound();
    const { floor, organization } = found;
    const { hass, texts, topology } = this;
    const selected = this.path[1];
    return html`
      <div class="tools">${this.#picker(floor)} ${this.#facts(floor)} ${this.#heatmapTools(floor)}</div>
      ${selected === undefined || floor.spaces.some(({ id }) => id === selected)
        ? nothing
        : html`<p class="card" role="status">${texts.text("floor.space_not_found")}</p>`}
      <div class="both">
        <div class="map card">
          <butlr-map
            .hass=${hass}
            .floor=${floor}
            .statuses=${topology.statuses}
            .texts=${texts}
            .asOf=${this.asOf[organization.entry_id]}
            .highlight=${selected}
            .overlay=${this.#overlay}
            @butlr-space=${(event: CustomEvent<{ id: string }>) => { this.#choose(floor, event.detail.id); }}
          ></butlr-map>
          ${this.#heatmapNote()}
          ${selected === undefined
            ? nothing
            : html`<butlr-explanation
                .hass=${hass}
                .texts=${texts}
                .entry=${organization.entry_id}
                .space=${selected}
                .entities=${floor.spaces.find(({ id }) => id === selected)?.entities}
              ></butlr-explanation>`}
        </div>
        <butlr-floor-list
          class="card"
          .hass=${hass}
          .topology=${topology}
          .texts=${texts}
          .floor=${floor}
          .selected=${selected}
          @butlr-choose=${(event: CustomEvent<{ id: string | undefined }>) => { this.#choose(floor, event.detail.id); }}
        ></butlr-floor-list>
      </div>
    `;
  }

  #choose(floor: Floor, id: string | undefined): void {
    navigate(address("floor", floor.id, ...(id === undefined ? [] : [id])), { replace: true });
  }

  #notFound(): TemplateResult {
    const { texts } = this;
    return html`
      <section class="card missing">
        <h2>${texts.text("floor.not_found")}</h2>
        <p>${texts.text("floor.not_found_text")}</p>
        <ul>
          ${[...indexOf(this.topology).floors.values()].map(
            ({ building, floor }) =>
              html`<li><a href=${address("floor", floor.id)}>${floor.name}</a> <span class="secondary">${building.name}</span></li>`,
          )}
        </ul>
      </section>
    `;
  }

  #picker(floor: Floor): TemplateResult {
    const buildings = this.topology.organizations.flatMap((organization) =>
      organization.buildings.map((building) => ({ building, organization })),
    );
    const several = this.topology.organizations.filter((organization) => organization.buildings.length > 0).length > 1;
    const here = buildings.length > 1 ? indexOf(this.topology).floors.get(floor.id)?.building.name : undefined;
    return html`<label>
      <span class="hidden">${this.texts.text("floor.choose")}</span>
      ${here === undefined ? nothing : html`<span class="secondary">${here}</span>`}
      <select @change=${this.#picked}>
        ${buildings.map(({ building, organization }) => {
          const label = several ? `${organization.name} – ${building.name}` : building.name;
          const options = [...building.floors]
            .sort((a, b) => (a.number ?? Infinity) - (b.number ?? Infinity) || 0)
            .map(({ id, name }) => html`<option value=${id} .selected=${id === floor.id}>${name}</option>`);
          return html`<optgroup label=${label}>${options}</optgroup>`;
        })}
      </select>
    </label>`;
  }

  readonly #picked = (event: Event): void => {
    navigate(address("floor", (event.target as HTMLSelectElement).value));
  };

  #facts(floor: Floor): TemplateResult {
    const { texts, hass } = this;
    const { entities } = floor;
    const free = freeRooms(texts, hass.states, entities, [floor]);
    const fact = (name: string, value: unknown): TemplateResult | typeof nothing =>
      value === nothing ? nothing : html`<div><dt class="secondary">${texts.text(`overview.${name}`)}</dt> <dd>${value}</dd></div>`;
    return html`<dl>
      ${fact("people", peopleFigure(texts, hass.states, floor))} ${fact("free_rooms", free)}
      ${fact("utilization", utilizationFigure(texts, hass.states, floor))}
    </dl>`;
  }

  // -- the heatmap ----------------------------------------------------------------------------------------------------

  #heatmapTools(floor: Floor): TemplateResult | typeof nothing {
    if (!canShowHeatmap(floor)) return nothing;
    const { texts, heatmap, range } = this;
    return html`<div class="heatmap">
      <label>
        <span class="hidden">${texts.text("floor.heatmap.range")}</span>
        <select @change=${(event: Event) => { this.#setRange(floor, (event.target as HTMLSelectElement).value as Range); }}>
          ${RANGES.map((one) => html`<option value=${one} .selected=${one === range}>${texts.text(`floor.heatmap.${one}`)}</option>`)}
        </select>
      </label>
      ${heatmap.is === "shown"
        ? html`<button type="button" @click=${this.#hideHeatmap}>${texts.text("floor.heatmap.hide")}</button>`
        : html`<button
            type="button"
            ?disabled=${heatmap.is === "loading"}
            title=${texts.text("floor.heatmap.cost")}
            @click=${() => this.#requestHeatmap(floor)}
          >
            ${texts.text(heatmap.is === "loading" ? "floor.heatmap.loading" : "floor.heatmap.show")}
          </button>`}
    </div>`;
  }

  #setRange(floor: Floor, range: Range): void {
    this.range = range;
    if (this.heatmap.is === "shown" || this.heatmap.is === "failed") void this.#requestHeatmap(floor);
  }

  readonly #hideHeatmap = (): void => {
    this.heatmap = { is: "none" };
  };

  async #requestHeatmap(floor: Floor): Promise<void> {
    const loading: HeatmapState = { is: "loading" };
    this.heatmap = loading;
    let result: HeatmapState;
    try {
      result = { is: "shown", heatmap: await requestHeatmap(this.hass, floor, this.range) };
    } catch (error) {
      result = { is: "failed", error: commandError(error).message };
    }
    // Another floor may be shown by now.
    if (this.heatmap === loading) this.heatmap = result;
  }

  /** What the colors mean, or why there are none. */
  #heatmapNote(): TemplateResult {
    const { texts, heatmap } = this;
    return html`<div class="note" role="status">${this.#noteOf(heatmap, texts)}</div>`;
  }

  #noteOf(heatmap: HeatmapState, texts: Texts): unknown {
    switch (heatmap.is) {
      case "none":
        return nothing;
      case "loading":
        return texts.text("floor.heatmap.loading");
      case "failed":
        return html`${icon("alert")}<span>${texts.text("floor.heatmap.failed", { error: heatmap.error })}</span>`;
      case "shown": {
        const { cells, cells_omitted: omitted, start, end } = heatmap.heatmap;
        if (cells.length === 0) return texts.text("floor.heatmap.empty");
        const time = (moment: string): string => texts.moment(new Date(moment));
        return html`
          <span class="scale">
            ${texts.text("floor.heatmap.less")}
            ${heatmapColors(this.hass.themes.darkMode).map((color) => html`<i style=${styleMap({ background: color })}></i>`)}
            ${texts.text("floor.heatmap.more")}
          </span>
          ${start && end ? html`<span>${time(start)} – ${time(end)}</span>` : nothing}
          ${omitted > 0 ? html`<span>${texts.text("floor.heatmap.omitted", { count: omitted })}</span>` : nothing}
          <span class="secondary">${texts.text("floor.heatmap.cost")}</span>
        `;
      }
    }
  }

  static override styles = [
    styles,
    partStyles,
    css`
      :host {
        height: 100%;
        display: flex;
        flex-direction: column;
        gap: 12px;
      }
      .tools,
      .heatmap,
      dl {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 12px;
      }
      label {
        min-width: 0;
        max-width: 100%;
      }
      .tools > label {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 12px;
      }
      dl {
        flex: 1 1 auto;
        gap: 4px 24px;
        margin-inline-start: 4px;
      }
      dl div {
        display: flex;
        align-items: baseline;
        gap: 6px;
        white-space: nowrap;
      }
      dd {
        font-size: 16px;
        font-weight: 500;
      }
      .both {
        flex: 1;
        min-height: 0;
        display: grid;
        grid-template: minmax(0, 1fr) / minmax(0, 1fr) minmax(340px, 400px);
        gap: 12px;
      }
      .map {
        --butlr-map-max-height: calc(100vh - 230px);
        min-height: 0;
        overflow: auto;
        padding: 8px;
      }
      butlr-floor-list.card {
        min-height: 0;
        padding: 0;
      }
      .note {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 6px 16px;
        padding-inline: 8px;
      }
      .note:not(:empty) {
        padding-block: 8px;
      }
      .note svg {
        fill: var(--warning-color);
      }
      .scale {
        display: inline-flex;
        align-items: center;
        gap: 6px;
      }
      .scale i {
        width: 18px;
        height: 14px;
        margin-inline: -3px;
      }
      .missing {
        display: grid;
        gap: 12px;
        max-width: 640px;
      }
      .missing li {
        padding-block: 6px;
      }
      /* The list goes below the map where both beside each other would be too small. */
      @container (max-width: 900px) {
        :host {
          height: auto;
        }
        .both {
          grid-template: auto / minmax(0, 1fr);
        }
        butlr-floor-list {
          overflow: visible;
        }
        .map {
          --butlr-map-max-height: 65vh;
          overflow: visible;
        }
      }
      @container (max-width: 600px) {
        .tools > label,
        .heatmap {
          flex: 1 1 100%;
        }
        .heatmap label {
          flex: 1 1 0;
        }
        select {
          width: 100%;
        }
      }
    `,
  ];
}

define("butlr-view-floor", FloorView);
