/** Why a space is shown as it is, in words: the same that the action `butlr.explain` says. */

import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";

import { define, type HomeAssistant } from "../home-assistant.js";
import { changed } from "../spaces.js";
import type { Texts } from "../texts.js";
import type { Entities } from "../topology.js";
import { styles } from "./styles.js";

/** How often the explanation is asked for while it is shown: it tells times. */
const REFRESH_MS = 30_000;

export class SpaceExplanation extends LitElement {
  @property({ attribute: false }) hass!: HomeAssistant;
  @property({ attribute: false }) texts!: Texts;
  @property({ attribute: false }) entry!: string;
  @property({ attribute: false }) space!: string;
  /** The entities of the space: whatever changes one of them may change why. */
  @property({ attribute: false }) entities: Entities = {};

  @state() private text: string | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#timer = setInterval(() => void this.#ask(), REFRESH_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  /** Home Assistant sets `hass` at every change in the whole house. */
  protected override shouldUpdate(changes: PropertyValues<this>): boolean {
    return changes.size > 1 || !changes.has("hass") || this.#stateChanged(changes);
  }

  protected override willUpdate(changes: PropertyValues<this>): void {
    if (changes.has("space")) this.text = undefined;
    if (changes.has("space") || this.#stateChanged(changes)) void this.#ask();
  }

  #stateChanged(changes: PropertyValues<this>): boolean {
    const before = changes.get("hass");
    return before !== undefined && changed(before, this.hass, Object.values(this.entities));
  }

  async #ask(): Promise<void> {
    const { entry, space } = this;
    let text: string | undefined;
    try {
      const message = { type: "butlr/explain", entry_id: entry, space_id: space, language: this.hass.language };
      ({ text } = await this.hass.callWS<{ text: string }>(message));
    } catch {
      // Whoever may not see the space is told nothing.
    }
    if (space === this.space) this.text = text;
  }

  protected override render(): TemplateResult | typeof nothing {
    if (this.text === undefined) return nothing;
    return html`<section role="status">
      <h3>${this.texts.text("floor.why")}</h3>
      <p>${this.text}</p>
    </section>`;
  }

  static override styles = [
    styles,
    css`
      section {
        display: grid;
        gap: 4px;
        padding: 12px 16px;
      }
      h3 {
        margin: 0;
        font-size: 14px;
        font-weight: 500;
      }
      p {
        margin: 0;
        line-height: 1.5;
      }
    `,
  ];
}

define("butlr-explanation", SpaceExplanation);
