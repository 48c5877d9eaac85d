/** Find a room: what is asked for, and the rooms that are free, with the reasons for their order. */

import { css, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import { commandError, define, moreInfo, type HomeAssistant } from "../home-assistant.js";
import { bestEntity, statusOf } from "../spaces.js";
import { indexOf, type Space } from "../topology.js";
import {
  choices,
  leftOut,
  NOTHING_ASKED,
  reasons,
  relaxed,
  roomsIn,
  search,
  tagsIn,
  type Answer,
  type Criteria,
  type FoundRoom,
  type Sort,
} from "./find-search.js";
import { icon } from "./icons.js";
import { partStyles, statusChip } from "./parts.js";
import { address } from "./router.js";
import { styles } from "./styles.js";
import { View } from "./view.js";

/** Milliseconds until the rooms are asked for again: after a change of what is asked, of a room, and anyway. */
const TYPING = 300;
const SETTLING = 1000;
const INTERVAL = 60_000;
/** Milliseconds between two requests that nobody asked for. */
const PACE = 3000;
const MAX_PEOPLE = 10_000;
const FREE_FOR = [0, 5, 15, 30, 60];
const USUALLY_FREE_FOR = [0, 30, 60, 120, 240];

/** What was asked last, for whoever comes back to this view. */
let asked: Criteria | undefined;

export class FindView extends View {
  @state() private criteria: Criteria = { place: "", ...NOTHING_ASKED };
  @state() private answer: Answer | undefined;
  @state() private error = "";
  @state() private busy = false;
  @state() private now = Date.now();

  #rooms: readonly Space[] = [];
  #watched: readonly string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the next search begins: never, without a timer. */
  #due = Infinity;
  #last = 0;
  #attempt = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.#visible);
    this.#schedule(0);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.#visible);
    clearTimeout(this.#timer);
    this.#due = Infinity;
    this.#attempt += 1;
  }

  /** Browsers slow the timers of hidden pages down; what is on the page may be old when it is looked at again. */
  readonly #visible = (): void => {
    if (!document.hidden) this.#schedule(0);
  };

  protected override shown(): readonly string[] {
    return this.#watched;
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has("topology") || changed.has("path")) this.#choosePlace(changed.has("path"));
    if (changed.has("topology") || changed.has("criteria")) {
      this.#rooms = roomsIn(this.topology, this.criteria.place);
      this.#watched = this.#rooms.flatMap(({ entities }) => entities.occupancy ?? []);
    }
  }

  protected override updated(changed: PropertyValues): void {
    const before = changed.get("hass") as HomeAssistant | undefined;
    if (changed.has("topology")) this.#schedule(SETTLING);
    else if (before && !before.connected && this.hass.connected) this.#schedule(0);
    else if (before && this.#watched.some((id) => before.states[id]?.state !== this.hass.states[id]?.state)) {
      this.#schedule(Math.max(SETTLING, this.#last + PACE - Date.now()));
    }
  }

  /** Keep the place if it still exists; an address such as /butlr/find/space_1 names one. */
  #choosePlace(named: boolean): void {
    const known = choices(this.topology);
    const wanted = [named ? this.path[0] : undefined, this.criteria.place, asked?.place].find((id) =>
      known.some((one) => one.id === id),
    );
    const rest = this.criteria.place === "" && asked ? asked : this.criteria;
    this.criteria = { ...rest, place: wanted ?? known[0]?.id ?? "" };
  }

  #ask(change: Partial<Criteria>, delay = 0): void {
    const criteria = { ...this.criteria, ...change };
    if (change.place !== undefined) {
      const known = tagsIn(roomsIn(this.topology, change.place), this.texts.language);
      criteria.tags = criteria.tags.filter((tag) => known.includes(tag));
    }
    this.criteria = asked = criteria;
    // What is on its way answers another question.
    this.#attempt += 1;
    this.#schedule(delay);
  }

  /** Search after a delay, unless that is to happen sooner anyway. */
  #schedule(delay: number): void {
    const due = Date.now() + delay;
    if (this.#due <= due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => void this.#search(), delay);
  }

  async #search(): Promise<void> {
    this.#due = Infinity;
    if (!this.isConnected || document.hidden || this.criteria.place === "") return;
    const attempt = (this.#attempt += 1);
    this.#last = Date.now();
    this.busy = true;
    try {
      const answer = await search(this.hass, this.topology, this.criteria);
      if (attempt !== this.#attempt) return;
      this.answer = answer;
      this.error = "";
    } catch (error) {
      if (attempt !== this.#attempt) return;
      const { code, message } = commandError(error);
      this.error = message || String(code);
    }
    this.now = Date.now();
    this.busy = false;
    this.#schedule(INTERVAL);
  }

  protected override render(): TemplateResult {
    return html`<div class="view">${this.#form()}
      <section class="results" aria-busy=${this.busy}>${this.#results()}</section>
    </div>`;
  }

  // -- what is asked for ----------------------------------------------------------------------------------------------

  #form(): TemplateResult {
    const { texts, criteria } = this;
    const tags = tagsIn(this.#rooms, texts.language);
    return html`<form class="card" role="search" aria-label=${texts.text("panel.tabs.find")} @submit=${this.#submit}>
      <label>
        <span>${texts.text("find.where")}</span>
        <select name="place" @change=${(event: Event) => { this.#ask({ place: valueOf(event) }); }}>
          ${choices(this.topology).map(
            ({ id, name, level }) => html`<option value=${id} ?selected=${id === criteria.place}>
              ${level === 0 ? texts.text("find.everywhere", { name }) : `${"\u2003".repeat(level - 1)}${name}`}
            </option>`,
          )}
        </select>
      </label>
      <label>
        <span>${texts.text("find.people")}</span>
        <input
          name="people"
          type="number"
          inputmode="numeric"
          min="1"
          max=${MAX_PEOPLE}
          step="1"
          placeholder=${texts.text("find.any")}
          .value=${criteria.people === null ? "" : String(criteria.people)}
          @input=${this.#peopleChanged}
        />
      </label>
      ${this.#minutes("free_for", FREE_FOR, criteria.freeFor, (freeFor) => { this.#ask({ freeFor }); })}
      ${this.#minutes("usually_free_for", USUALLY_FREE_FOR, criteria.usuallyFreeFor, (usuallyFreeFor) => {
        this.#ask({ usuallyFreeFor });
      })}
      <label>
        <span>${texts.text("find.sort")}</span>
        <select name="sort" @change=${(event: Event) => { this.#ask({ sort: valueOf(event) as Sort }); }}>
          ${(["best_fit", "usually_free"] as const).map(
            (sort) => html`<option value=${sort} ?selected=${sort === criteria.sort}>${texts.text(`find.${sort}`)}</option>`,
          )}
        </select>
      </label>
      ${tags.length === 0
        ? nothing
        : html`<fieldset>
            <legend>${texts.text("find.tags")}</legend>
            <div class="tags">${tags.map((tag) => this.#tag(tag, criteria.tags.includes(tag)))}</div>
          </fieldset>`}
    </form>`;
  }

  #minutes(name: string, options: readonly number[], chosen: number, choose: (minutes: number) => void): TemplateResult {
    return html`<label>
      <span>${this.texts.text(`find.${name}`)}</span>
      <select name=${name} @change=${(event: Event) => { choose(Number(valueOf(event))); }}>
        ${options.map(
          (minutes) => html`<option value=${minutes} ?selected=${minutes === chosen}>
            ${minutes === 0 ? this.texts.text("find.any") : this.texts.duration(minutes * 60)}
          </option>`,
        )}
      </select>
    </label>`;
  }

  #tag(tag: string, chosen: boolean): TemplateResult {
    return html`<label class="tag">
      <input
        type="checkbox"
        .checked=${chosen}
        @change=${() => {
          const { tags } = this.criteria;
          this.#ask({ tags: chosen ? tags.filter((one) => one !== tag) : [...tags, tag] });
        }}
      />
      <span>${tag}</span>
    </label>`;
  }

  readonly #submit = (event: Event): void => {
    event.preventDefault();
    this.#ask({});
  };

  readonly #peopleChanged = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    const people = input.value.trim() === "" ? null : Number(input.value);
    const valid = people === null ? !input.validity.badInput : Number.isInteger(people) && people >= 1 && people <= MAX_PEOPLE;
    input.setAttribute("aria-invalid", String(!valid));
    if (valid) this.#ask({ people }, TYPING);
  };

  // -- what is found --------------------------------------------------------------------------------------------------

  #results(): unknown {
    const { answer, texts } = this;
    return html`
      <p role="status" class="summary">
        ${this.error
          ? texts.text("find.failed", { error: this.error })
          : answer === undefined
            ? texts.text("find.searching")
            : answer.rooms.length > 0
              ? texts.count("find.found", answer.free)
              : texts.text(answer.considered === 0 ? "find.no_rooms" : "find.none")}
      </p>
      ${answer === undefined ? nothing : this.#rows(answer)}
      ${answer === undefined || this.error ? nothing : this.#explain(answer)}
    `;
  }

  #rows({ rooms, free, people }: Answer): unknown {
    if (rooms.length === 0) return nothing;
    return html`<ol>
        ${repeat(rooms, ({ id }) => id, (room, nth) => this.#row(room, nth, people))}
      </ol>
      ${free > rooms.length ? html`<p class="secondary">${this.texts.text("find.first", { count: rooms.length })}</p>` : nothing}`;
  }

  #row(room: FoundRoom, nth: number, people: number | null): unknown {
    const path = indexOf(this.topology).spaces.get(room.id);
    if (!path) return nothing;
    const { space, floor, building } = path;
    const entity = bestEntity(space);
    const status = statusOf(this.hass.states, space.entities);
    return html`<li class="card" ?data-taken=${status !== "free"}>
      <span class="rank number" aria-hidden="true">${this.texts.number(nth + 1)}</span>
      <div class="what">
        <h2><bdi>${space.name}</bdi> ${statusChip(this.topology, this.texts, status)}</h2>
        <p class="secondary"><bdi>${floor.name}</bdi> · <bdi>${building.name}</bdi></p>
        <ul>
          ${status === "free"
            ? reasons(this.texts, room, people, this.now).map((reason) => html`<li>${reason}</li>`)
            : html`<li>${this.texts.text("find.taken")}</li>`}
        </ul>
        ${space.tags.length === 0 ? nothing : html`<p class="secondary">${space.tags.join(" · ")}</p>`}
      </div>
      <div class="buttons">
        ${entity === undefined
          ? nothing
          : html`<button
              aria-label=${`${this.texts.text("find.details")}: ${space.name}`}
              @click=${() => { moreInfo(this, entity); }}
            >
              ${icon("info")}${this.texts.text("find.details")}
            </button>`}
        <a class="button" href=${address("floor", floor.id, space.id)} aria-label=${`${this.texts.text("find.on_map")}: ${space.name}`}>
          ${icon("floor")}${this.texts.text("find.on_map")}
        </a>
      </div>
    </li>`;
  }

  /** Say why the other rooms are not in the list and, if there is none, what to ask less of. */
  #explain(answer: Answer): unknown {
    const { texts } = this;
    const others = leftOut(answer);
    const none = answer.rooms.length === 0;
    const ways = none ? relaxed(this.topology, this.criteria) : [];
    if (others.length === 0 && ways.length === 0) return nothing;
    return html`<details class="card" ?open=${none}>
      <summary>${texts.text("find.left_out")}</summary>
      <dl>
        ${others.map(
          ([reason, count]) => html`<div>
            <dt>${texts.text(`find.out.${reason}`)}</dt>
            <dd class="number">${texts.number(count)}</dd>
          </div>`,
        )}
      </dl>
      ${ways.length === 0
        ? nothing
        : html`<h2>${texts.text("find.relax_title")}</h2>
            <p class="ways">
              ${ways.map(([name, criteria]) => html`<button @click=${() => { this.#ask(criteria); }}>${texts.text(`find.relax.${name}`)}</button>`)}
            </p>`}
      ${none ? html`<p class="secondary">${texts.text("find.wait")}</p>` : nothing}
    </details>`;
  }

  static override styles = [
    styles,
    partStyles,
    css`
      .view {
        display: grid;
        grid-template-columns: minmax(240px, 320px) minmax(0, 1fr);
        gap: 16px;
        align-items: start;
        max-width: 1200px;
      }
      :host([narrow]) .view {
        grid-template-columns: minmax(0, 1fr);
        gap: 8px;
      }
      form {
        display: grid;
        gap: 12px;
      }
      :host([narrow]) form {
        grid-template-columns: 1fr 1fr;
        padding: 12px;
      }
      :host([narrow]) :is(form > label:first-child, fieldset) {
        grid-column: 1 / -1;
      }
      form > label {
        display: grid;
        gap: 4px;
        align-content: end;
        min-width: 0;
      }
      form :is(select, input[type="number"]) {
        width: 100%;
        min-width: 0;
      }
      input[aria-invalid="true"] {
        border-color: var(--error-color, #db4437);
      }
      fieldset {
        min-width: 0;
        margin: 0;
        padding: 0;
        border: 0;
      }
      .tags {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 16px;
        max-height: 240px;
        overflow: auto;
      }
      .tag {
        display: inline-flex;
        align-items: center;
        gap: 8px;
        min-height: 36px;
        max-width: 100%;
        overflow-wrap: anywhere;
        cursor: pointer;
      }
      .tag input {
        width: 20px;
        height: 20px;
        flex: none;
        accent-color: var(--primary-color);
      }
      .results,
      ol {
        display: grid;
        gap: 8px;
        min-width: 0;
      }
      .summary {
        font-size: 16px;
        font-weight: 500;
        padding-block: 4px;
      }
      ol > li {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr) auto;
        gap: 12px;
        align-items: start;
      }
      .rank {
        min-width: 1.6em;
        font-size: 20px;
        line-height: 1.2;
        color: var(--secondary-text-color);
      }
      h2 {
        display: flex;
        flex-wrap: wrap;
        font-size: 16px;
        align-items: center;
        gap: 2px 16px;
      }
      .what .status {
        font-size: 14px;
        font-weight: 400;
      }
      .what {
        display: grid;
        gap: 4px;
      }
      .what ul {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(240px, 100%), 1fr));
        gap: 2px 20px;
      }
      [data-taken] .what {
        opacity: 0.75;
      }
      .buttons {
        display: grid;
        gap: 8px;
      }
      :host([narrow]) ol > li {
        grid-template-columns: auto minmax(0, 1fr);
        padding: 12px;
      }
      :host([narrow]) .buttons {
        grid-column: 1 / -1;
        grid-auto-flow: column;
        grid-auto-columns: 1fr;
      }
      summary {
        min-height: 28px;
        font-weight: 500;
        cursor: pointer;
      }
      details > * + * {
        margin-top: 8px;
      }
      dl > div {
        display: flex;
        justify-content: space-between;
        gap: 16px;
        max-width: 420px;
        padding-block: 4px;
        border-bottom: 1px solid var(--divider-color);
      }
      .ways {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
    `,
  ];
}

const valueOf = (event: Event): string => (event.target as HTMLSelectElement).value;

define("butlr-view-find", FindView);
