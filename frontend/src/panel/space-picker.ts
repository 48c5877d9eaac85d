/** A field to choose a space by typing: a combobox over thousands of buildings, floors, rooms and zones. */

import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";

import { define } from "../home-assistant.js";
import type { Texts } from "../texts.js";
import type { Building, Entities, Floor, Space, Topology } from "../topology.js";
import { styles } from "./styles.js";

/** A space of any kind, and where it is. */
export interface Listed {
  readonly id: string;
  readonly name: string;
  readonly where: string;
  readonly kind: "building" | "floor" | "room" | "zone";
  readonly entities: Entities;
  readonly building: Building;
  readonly floor: Floor | null;
  readonly space: Space | null;
}

/** Return the space itself. */
export const placeOf = ({ space, floor, building }: Listed): Building | Floor | Space => space ?? floor ?? building;

/** Options that are shown at a time: nobody reads more. */
const SHOWN = 50;

const lists = new WeakMap<Topology, readonly Listed[]>();

/** Return all spaces in the order of the estate. */
export const listed = (topology: Topology): readonly Listed[] => {
  let found = lists.get(topology);
  if (!found) {
    const several = topology.organizations.length > 1;
    found = topology.organizations.flatMap((organization) =>
      organization.buildings.flatMap((building) => {
        const { id, name, entities } = building;
        const above = several ? organization.name : "";
        return [
          { id, name, where: above, kind: "building" as const, entities, building, floor: null, space: null },
          ...building.floors.flatMap((floor) => [
            { id: floor.id, name: floor.name, where: name, kind: "floor" as const, entities: floor.entities, building, floor, space: null },
            ...floor.spaces.map((space) => ({
              id: space.id,
              name: space.name,
              where: `${floor.name} · ${name}`,
              kind: space.kind,
              entities: space.entities,
              building,
              floor,
              space,
            })),
          ]),
        ];
      }),
    );
    lists.set(topology, found);
  }
  return found;
};

/** Letters without case and accents, so that what is typed finds what is meant. */
const plain = (text: string): string => text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();

/** Return the spaces that have every typed word in their name, place or tags; those whose name begins so come first. */
export const matching = (topology: Topology, typed: string): Listed[] => {
  const words = plain(typed).split(/\s+/).filter(Boolean);
  const found = listed(topology).filter(({ name, where, space }) => {
    const text = plain([name, where, ...(space?.tags ?? [])].join(" "));
    return words.every((word) => text.includes(word));
  });
  const rank = ({ name }: Listed): number => (plain(name).startsWith(words.join(" ")) ? 0 : words.some((word) => plain(name).includes(word)) ? 1 : 2);
  return words.length === 0 ? found : found.map((one) => [rank(one), one] as const).sort(([one], [other]) => one - other).map(([, one]) => one);
};

export class SpacePicker extends LitElement {
  @property({ attribute: false }) topology!: Topology;
  @property({ attribute: false }) texts!: Texts;
  /** The id of the chosen space. */
  @property({ attribute: false }) value = "";
  @state() private typed: string | null = null;
  @state() private active = 0;

  /** The options, while the list is open. */
  #options: readonly Listed[] = [];
  #more = 0;

  protected override willUpdate(changed: PropertyValues): void {
    if (!changed.has("typed") && !changed.has("topology")) return;
    const found = this.typed === null ? [] : matching(this.topology, this.typed);
    this.#options = found.slice(0, SHOWN);
    this.#more = found.length - this.#options.length;
    if (changed.has("typed")) this.active = 0;
  }

  protected override updated(): void {
    this.renderRoot.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }

  protected override render(): TemplateResult {
    const { texts, typed } = this;
    const open = typed !== null;
    const chosen = listed(this.topology).find(({ id }) => id === this.value);
    return html`<label for="input">${texts.text("history.space")}</label>
      <input
        id="input"
        type="search"
        role="combobox"
        autocomplete="off"
        spellcheck="false"
        aria-autocomplete="list"
        aria-expanded=${open}
        aria-controls="list"
        aria-activedescendant=${open && this.#options.length > 0 ? `option-${this.active}` : nothing}
        placeholder=${texts.text("history.search")}
        .value=${typed ?? chosen?.name ?? ""}
        @focus=${(event: Event) => { (event.target as HTMLInputElement).select(); }}
        @click=${() => { this.typed ??= ""; }}
        @input=${(event: Event) => { this.typed = (event.target as HTMLInputElement).value; }}
        @keydown=${this.#key}
        @blur=${() => { this.typed = null; }}
      />
      <div class="list" ?hidden=${!open}>
        <ul id="list" role="listbox" aria-label=${texts.text("history.space")}>
          ${this.#options.map((option, nth) => this.#option(option, nth))}
        </ul>
        <p class="secondary" role="status">${open ? this.#hint() : nothing}</p>
      </div>`;
  }

  #hint(): string | typeof nothing {
    if (this.#options.length === 0) return this.texts.text("history.no_match");
    return this.#more > 0 ? this.texts.text("history.more", { count: this.#more }) : nothing;
  }

  #option({ id, name, where, kind }: Listed, nth: number): TemplateResult {
    return html`<li
      id="option-${nth}"
      role="option"
      aria-selected=${nth === this.active}
      ?data-chosen=${id === this.value}
      @mousedown=${(event: Event) => { event.preventDefault(); }}
      @click=${() => { this.#pick(id); }}
    >
      <bdi>${name}</bdi>
      <span class="secondary">${this.texts.text(`history.kind.${kind}`)}${where ? html` · <bdi>${where}</bdi>` : nothing}</span>
    </li>`;
  }

  readonly #key = (event: KeyboardEvent): void => {
    const last = this.#options.length - 1;
    switch (event.key) {
      case "ArrowDown":
        this.active = this.typed === null ? 0 : Math.min(this.active + 1, last);
        this.typed ??= "";
        break;
      case "ArrowUp":
        this.active = Math.max(this.active - 1, 0);
        break;
      case "Enter": {
        const option = this.#options[this.active];
        if (option) this.#pick(option.id);
        break;
      }
      case "Escape":
        if (this.typed === null) return;
        this.typed = null;
        break;
      default:
        return;
    }
    event.preventDefault();
  };

  #pick(id: string): void {
    this.typed = null;
    this.dispatchEvent(new CustomEvent("pick", { detail: id }));
  }

  static override styles = [
    styles,
    css`
      :host {
        position: relative;
        display: grid;
        gap: 4px;
      }
      input {
        width: 100%;
      }
      .list {
        position: absolute;
        inset: 100% 0 auto;
        z-index: 2;
        margin-top: 4px;
        background: var(--card-background-color, #fff);
        border: 1px solid var(--divider-color);
        border-radius: 10px;
        box-shadow: 0 4px 16px rgba(0, 0, 0, 0.25);
      }
      [hidden] {
        display: none;
      }
      ul {
        max-height: min(420px, 60vh);
        overflow: auto;
      }
      li {
        display: grid;
        min-height: 44px;
        align-content: center;
        padding: 4px 14px;
        cursor: pointer;
      }
      li[aria-selected="true"] {
        background: var(--secondary-background-color, #eee);
        box-shadow: inset 3px 0 var(--primary-color);
      }
      li[data-chosen] bdi {
        font-weight: 500;
      }
      p {
        padding: 4px 14px;
      }
    `,
  ];
}

define("butlr-space-picker", SpacePicker);
