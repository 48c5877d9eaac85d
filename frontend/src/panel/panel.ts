/** The panel in the sidebar: its header and tabs, and what it says when there is nothing to show. */

import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { property } from "lit/decorators.js";

import { define, type HomeAssistant } from "../home-assistant.js";
import { TextsController, type Texts } from "../texts.js";
import { TopologyController, type Organization, type Topology } from "../topology.js";
import { icon } from "./icons.js";
import { address, parse, VIEWS, type Place } from "./router.js";
import { styles } from "./styles.js";
import type { ViewProperties } from "./view.js";
import "./find.js";
import "./floor.js";
import "./history.js";
import "./maintenance.js";
import "./overview.js";

/** The part of the address that Home Assistant leaves to the panel. */
interface Route {
  readonly prefix: string;
  readonly path: string;
}

const INTEGRATION = "/config/integrations/integration/butlr";

interface PanelHass extends HomeAssistant {
  readonly dockedSidebar: "docked" | "auto" | "always_hidden";
}

export class ButlrPanel extends LitElement {
  @property({ attribute: false }) hass?: PanelHass;
  @property({ type: Boolean, reflect: true }) narrow = false;
  @property({ attribute: false }) route?: Route;
  /** What Home Assistant knows of the panel; it is not used. */
  @property({ attribute: false }) panel?: unknown;

  readonly #topology = new TopologyController(this);
  readonly #texts = new TextsController(this);
  #place: Place | null = null;
  #top = "";
  #view: (HTMLElement & ViewProperties) | undefined;

  protected override willUpdate(): void {
    this.#place = parse(this.route?.path ?? "");
    const direction = this.#texts.texts?.rightToLeft ? "rtl" : "ltr";
    // Even the same value would let the browser compute the style of the whole panel anew.
    if (this.dir !== direction) this.dir = direction;
  }

  protected override render(): TemplateResult {
    const place = this.#place;
    return html`${this.#header(place)}
      <main aria-busy=${this.#ready ? "false" : "true"}>${this.#content(place)}</main>`;
  }

  protected override updated(): void {
    this.#updateTitle();
    // Another view, or another floor or space in it, begins at its top; a choice within it does not move.
    const top = this.#place ? [this.#place.view, this.#place.path[0]].join("/") : "";
    if (this.#top !== top) this.renderRoot.querySelector("main")?.scrollTo(0, 0);
    this.#top = top;
  }

  get #ready(): boolean {
    return this.#topology.topology !== undefined && this.#texts.texts !== undefined;
  }

  #header(place: Place | null): TemplateResult {
    const texts = this.#texts.texts;
    const sidebar = this.hass?.dockedSidebar !== "always_hidden" && !this.narrow;
    return html`
      <header>
        ${sidebar
          ? nothing
          : html`<button class="menu" aria-label=${texts?.text("panel.menu") ?? "…"} @click=${this.#toggleMenu}>
              ${icon("menu")}
            </button>`}
        <h1>Butlr</h1>
      </header>
      <nav aria-label=${texts?.text("panel.views") ?? "…"}>
        ${VIEWS.map(
          (view) => html`
            <a href=${address(view)} aria-current=${place?.view === view ? "page" : nothing}>
              ${icon(view)}<span>${texts?.text(`panel.tabs.${view}`) ?? html`&nbsp;`}</span>
            </a>
          `,
        )}
      </nav>
    `;
  }

  #toggleMenu(): void {
    this.dispatchEvent(new CustomEvent("hass-toggle-menu", { bubbles: true, composed: true }));
  }

  #content(place: Place | null): unknown {
    const texts = this.#texts.texts;
    const { topology, error } = this.#topology;
    if (texts && !topology && error) return this.#failed(texts, error.code, error.message);
    if (!this.hass || !texts || !topology) return this.#skeleton();
    if (!place) return this.#notFound(texts);
    const { organizations } = topology;
    if (organizations.length === 0) return this.#notSetUp(texts);
    const problems = organizations.filter(({ state }) => state !== "loaded");
    const shown = organizations.some(({ buildings }) => buildings.length > 0);
    return html`
      <div role="status">${this.hass.connected ? nothing : this.#notice(texts.text("panel.disconnected"))}</div>
      ${problems.map((organization) => this.#notLoaded(texts, organization))}
      ${shown
        ? this.#show(place, this.hass, topology, texts)
        : problems.length < organizations.length
          ? this.#noRooms(texts)
          : nothing}
    `;
  }

  /** Return the element of a view; it stays the same as long as the view does. */
  #show({ view, path }: Place, hass: HomeAssistant, topology: Topology, texts: Texts): HTMLElement {
    const tag = `butlr-view-${view}`;
    if (this.#view?.localName !== tag) this.#view = document.createElement(tag) as HTMLElement & ViewProperties;
    // The same address must not look like a change.
    const same = this.#view.path.join("/") === path.join("/");
    const properties: ViewProperties = {
      hass,
      topology,
      texts,
      asOf: this.#topology.asOf,
      narrow: this.narrow,
      path: same ? this.#view.path : path,
    };
    return Object.assign(this.#view, properties);
  }

  #skeleton(): TemplateResult {
    return html`<div class="skeleton" aria-hidden="true">
      <div></div>
      <div></div>
      <div></div>
    </div>`;
  }

  #notice(text: string): TemplateResult {
    return html`<p class="card notice">${icon("alert")}<span>${text}</span></p>`;
  }

  #message(title: string, ...content: unknown[]): TemplateResult {
    return html`<section class="card message">
      <h2>${title}</h2>
      ${content}
    </section>`;
  }

  /** What an administrator can click; others can only ask one. */
  #wayOn(texts: Texts): TemplateResult {
    return this.hass?.user?.is_admin
      ? html`<p><a class="button" href=${INTEGRATION}>${texts.text("panel.open_integration")}</a></p>`
      : html`<p>${texts.text("panel.ask_admin")}</p>`;
  }

  #failed(texts: Texts, code: string | number, message: string): TemplateResult {
    // Home Assistant knows the command once the integration has been set up.
    const missing = code === "unknown_command";
    return this.#message(
      texts.text("panel.failed.title"),
      html`<p>${texts.text(missing ? "panel.failed.not_set_up" : "panel.failed.text", { error: message || String(code) })}</p>
        <p>${texts.text("panel.failed.retrying")}</p>`,
      this.#wayOn(texts),
    );
  }

  #notSetUp(texts: Texts): TemplateResult {
    return this.#message(
      texts.text("panel.not_set_up.title"),
      html`<p>${texts.text("panel.not_set_up.text")}</p>`,
      this.#wayOn(texts),
    );
  }

  #noRooms(texts: Texts): TemplateResult {
    const admin = this.hass?.user?.is_admin;
    return this.#message(
      texts.text("panel.no_rooms.title"),
      html`<p>${texts.text(admin ? "panel.no_rooms.admin" : "panel.no_rooms.text")}</p>`,
      admin ? this.#wayOn(texts) : nothing,
    );
  }

  #notLoaded(texts: Texts, { name, state, reason }: Organization): TemplateResult {
    const known = STATES.find((one) => one === state) ?? "not_loaded";
    return html`<section class="card message" role="status">
      <h2>${texts.text(`panel.state.${known}.title`, { name })}</h2>
      <p>${texts.text(`panel.state.${known}.text`)}</p>
      ${reason ? html`<p class="secondary">${texts.text("panel.reason", { reason })}</p>` : nothing}
      ${known === "setup_in_progress" ? nothing : this.#wayOn(texts)}
    </section>`;
  }

  #notFound(texts: Texts): TemplateResult {
    return this.#message(
      texts.text("panel.not_found.title"),
      html`<p>${texts.text("panel.not_found.text")}</p>
        <p><a class="button" href=${address("overview")}>${texts.text("panel.not_found.link")}</a></p>`,
    );
  }

  #updateTitle(): void {
    const place = this.#place;
    const texts = this.#texts.texts;
    if (!place || !texts || !this.isConnected) return;
    const title = `${texts.text(`panel.tabs.${place.view}`)} – Butlr – Home Assistant`;
    if (document.title !== title) document.title = title;
  }

  static override styles = [
    styles,
    css`
      :host {
        display: grid;
        grid-template: auto 1fr / auto 1fr;
        grid-template-areas: "header nav" "main main";
        height: calc(100vh - var(--safe-area-inset-top, 0px) - var(--safe-area-inset-bottom, 0px));
        height: calc(100dvh - var(--safe-area-inset-top, 0px) - var(--safe-area-inset-bottom, 0px));
        background: var(--primary-background-color);
      }
      header,
      nav {
        display: flex;
        align-items: center;
        min-height: var(--header-height, 56px);
        background: var(--sidebar-background-color, var(--card-background-color));
        color: var(--sidebar-text-color, var(--primary-text-color));
        border-bottom: 1px solid var(--divider-color);
      }
      header {
        grid-area: header;
        gap: 4px;
        padding-inline: 16px 24px;
      }
      nav {
        grid-area: nav;
        padding-inline-end: 12px;
        min-width: 0;
      }
      h1 {
        font-size: 20px;
        font-weight: 400;
      }
      .menu {
        width: 48px;
        height: 48px;
        padding: 0;
        margin-inline-start: -12px;
        border: 0;
        border-radius: 50%;
        background: none;
      }
      .menu svg {
        width: 24px;
        height: 24px;
      }
      nav a {
        display: flex;
        align-items: center;
        justify-content: center;
        gap: 8px;
        align-self: stretch;
        min-width: 0;
        padding-inline: 14px;
        font-weight: 500;
        text-decoration: none;
        border-bottom: 3px solid transparent;
        border-top: 3px solid transparent;
      }
      nav a[aria-current] {
        border-bottom-color: var(--primary-color);
      }
      nav a:focus-visible {
        outline-offset: -4px;
      }
      nav span {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      nav svg.icon {
        opacity: 0.7;
      }
      nav a[aria-current] svg.icon {
        opacity: 1;
        fill: var(--primary-color);
      }
      main {
        grid-area: main;
        /* The views ask for its width: that of the page includes the sidebar. */
        container-type: inline-size;
        overflow: auto;
        overscroll-behavior: contain;
        padding: 16px;
      }
      main > * {
        max-width: 1600px;
        margin-inline: auto;
      }
      :host([narrow]) {
        grid-template: auto 1fr auto / 1fr;
        grid-template-areas: "header" "main" "nav";
      }
      :host([narrow]) main {
        padding: 8px;
      }
      :host([narrow]) nav {
        padding: 0;
        border-bottom: 0;
        border-top: 1px solid var(--divider-color);
      }
      :host([narrow]) nav a {
        flex: 1 1 0;
        flex-direction: column;
        gap: 2px;
        padding: 6px 2px;
        font-size: 12px;
        border-top-color: transparent;
        border-bottom: 0;
      }
      :host([narrow]) nav a[aria-current] {
        border-top-color: var(--primary-color);
      }
      :host([narrow]) nav span {
        max-width: 100%;
      }
      .notice {
        display: flex;
        gap: 12px;
        align-items: center;
        margin-bottom: 16px;
      }
      .notice svg,
      .message svg {
        fill: var(--warning-color);
      }
      .message {
        max-width: 640px;
        margin-bottom: 16px;
        padding: 24px;
      }
      .message > * + * {
        margin-top: 12px;
      }
      .skeleton {
        display: grid;
        gap: 16px;
        animation: appear 0.3s 0.2s both;
      }
      .skeleton div {
        height: 160px;
        border-radius: var(--ha-card-border-radius, 12px);
        background: var(--card-background-color);
        opacity: 0.7;
      }
      @keyframes appear {
        from {
          opacity: 0;
        }
      }
    `,
  ];
}

/** The states of a config entry that have words of their own. */
const STATES = ["setup_retry", "setup_error", "setup_in_progress", "migration_error", "not_loaded"] as const;

define("butlr-panel", ButlrPanel);
