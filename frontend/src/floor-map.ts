/** The live map of a floor. */

import { html, LitElement, nothing, render, svg, type PropertyValues, type SVGTemplateResult, type TemplateResult } from "lit";
import { property, query } from "lit/decorators.js";

import { define, moreInfo, type HomeAssistant } from "./home-assistant.js";
import { followGestures, type GestureHost } from "./map/gestures.js";
import { FIT, MINUS, PLUS } from "./map/icons.js";
import { legend } from "./map/legend.js";
import { DRAWN_WIDTH, freeBelow } from "./map/outline.js";
import { doorText, SpaceView, type Style } from "./map/space-view.js";
import { mapStyles } from "./map/styles.js";
import { showTip } from "./map/tip.js";
import { nextPoint, Viewport } from "./map/viewport.js";
import { cancelRender, renderSoon } from "./pace.js";
import { Positions } from "./positions.js";
import { written } from "./small-groups.js";
import { bestEntity, crossingsOf } from "./spaces.js";
import type { Texts } from "./texts.js";
import type { Floor, Status, StatusStyle } from "./topology.js";

const TICK_MS = 30_000;
const SIGNED_S = 3600;
const DOOR_PX = 20;
/** What is hatched, and at which angle: they differ without color. */
const HATCHES = [
  ["unknown", 45],
  ["unavailable", -45],
] as const;
const STEP = 1.4;
const PAN_PX = 80;
const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/**
 * `butlr-map`: nothing is shown until it has a floor, the statuses and the texts.
 *
 * A click sends `butlr-space` with the id of the space; unless somebody prevents it, Home Assistant's dialog opens.
 */
export class FloorMap extends LitElement implements GestureHost {
  @property({ attribute: false }) hass?: HomeAssistant;
  @property({ attribute: false }) floor?: Floor;
  @property({ attribute: false }) statuses?: Readonly<Record<Status, StatusStyle>>;
  @property({ attribute: false }) texts?: Texts | undefined;
  /** When people were last confirmed, in Unix seconds. */
  @property({ attribute: false }) asOf?: number | undefined;
  /** What is drawn over the rooms, in coordinates of the drawing. */
  @property({ attribute: false }) overlay?: SVGTemplateResult | undefined;
  /** The id of the space that has a ring around it. */
  @property({ attribute: false }) highlight?: string | undefined;
  /** Whether the wheel zooms at any time, not only while the map has the focus. */
  @property({ type: Boolean, attribute: "wheel-zooms" }) wheelAlwaysZooms = false;
  /** Nothing to click, to zoom or to focus: for a screen on the wall. */
  @property({ type: Boolean }) passive = false;

  @query("svg.map") private readonly svg!: SVGSVGElement | null;
  @query(".viewport") private readonly viewportElement!: HTMLElement | null;
  @query(".spaces") private readonly spacesElement!: SVGGElement | null;
  @query(".labels") private readonly labelsElement!: SVGGElement | null;
  @query(".floor-door") private readonly doorElement!: SVGGElement | null;
  @query(".ring") private readonly ringElement!: SVGPathElement | null;
  @query(".tip") private readonly tipElement!: HTMLElement | null;

  static override styles = mapStyles;

  readonly #positions = new Positions(this);
  #views = new Map<string, SpaceView>();
  #viewport = Viewport.fit({ width: DRAWN_WIDTH, height: DRAWN_WIDTH });
  #style: Style | undefined;
  /** The space that the tabulator key reaches; the arrow keys go on from there. */
  #current: string | undefined;
  /** The space that is described in the box beside it. */
  #told: string | undefined;
  #drawnFloor: Floor | undefined;
  #day = "";
  #frame = 0;
  #plan: { readonly url: string; readonly signed?: string } | undefined;
  #gestures: { readonly element: HTMLElement; readonly stop: AbortController } | undefined;
  #clock: ReturnType<typeof setInterval> | undefined;
  readonly #resize = new ResizeObserver(() => {
    this.#measure();
  });

  get viewport(): Viewport {
    return this.#viewport;
  }

  set viewport(viewport: Viewport) {
    const zoomed = this.#viewport.zoom > 1;
    this.#viewport = viewport;
    this.#frame ||= requestAnimationFrame(this.#apply);
    if (zoomed !== viewport.zoom > 1) this.requestUpdate();
  }

  get wheelZooms(): boolean {
    return this.wheelAlwaysZooms || this.#viewport.zoom > 1 || this.matches(":focus-within");
  }

  set dragging(dragging: boolean) {
    this.viewportElement?.classList.toggle("dragging", dragging);
    if (dragging) this.#tell(undefined);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#clock = setInterval(() => {
      this.#tick();
    }, TICK_MS);
    if (this.hasUpdated) this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#clock);
    cancelRender(this.#follow);
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#resize.disconnect();
    this.#gestures?.stop.abort();
    this.#gestures = undefined;
  }

  /** Home Assistant sets `hass` at every change in the whole house: only the spaces that it is about are rendered. */
  override shouldUpdate(changes: PropertyValues<this>): boolean {
    const before = changes.get("hass");
    const only = changes.size === 1 && before !== undefined && this.#drawnFloor !== undefined;
    if (!only || !this.hass || before.themes.darkMode !== this.hass.themes.darkMode) return true;
    renderSoon(this.#follow);
    return false;
  }

  override willUpdate(changes: PropertyValues<this>): void {
    const { floor } = this;
    if (!changes.has("floor") || !floor) return;
    const before = changes.get("floor");
    const height = (floor.drawing.height * DRAWN_WIDTH) / (floor.drawing.width || 1);
    if (before?.id !== floor.id || this.#viewport.drawing.height !== height) {
      this.#viewport = Viewport.fit({ width: DRAWN_WIDTH, height }, this.#viewport.element);
    }
    void this.#sign(floor.drawing.plan?.url);
  }

  override render(): TemplateResult | typeof nothing {
    const { floor, statuses, texts, hass } = this;
    if (!floor || !statuses || !texts || !hass) return nothing;
    const { drawing } = floor;
    if (drawing.shapes.length === 0) return html`<p class="note">${texts.text("map.empty")}</p>`;
    const ratio = Math.min(3, Math.max(0.7, drawing.width / drawing.height));
    const zoomed = this.#viewport.zoom > 1;
    const { passive } = this;
    return html`
      <div
        class="viewport ${zoomed ? "zoomed" : ""} ${passive ? "passive" : ""} ${hass.themes.darkMode ? "dark" : ""}"
        style="aspect-ratio: ${ratio}"
      >
        <svg
          class="map"
          data-floor=${floor.id}
          role=${passive ? "list" : "group"}
          aria-label=${texts.text("map.label", { floor: floor.name })}
          aria-description=${passive ? nothing : texts.text("map.keys")}
          viewBox=${this.#viewport.viewBox}
          @click=${this.#clicked}
          @keydown=${this.#keyPressed}
          @focusin=${this.#focused}
          @focusout=${this.#left}
          @pointerover=${this.#pointed}
          @pointerleave=${this.#left}
        >
          <defs>
            ${HATCHES.map(([status, angle]) => hatch(status, angle, statuses[status].color))} ${hatch("doubt", 0, statuses.unknown.color)}
          </defs>
          ${this.#planImage(floor)}
          <g class="spaces"></g>
          <g class="labels" aria-hidden="true"></g>
          <g class="floor-door"></g>
          <g class="overlay" aria-hidden="true" transform="scale(${DRAWN_WIDTH / drawing.width})">${this.overlay ?? nothing}</g>
          ${this.#positions.layer()}
          <path class="ring" d=""></path>
        </svg>
        ${passive ? nothing : this.#buttons(texts, zoomed)}
        <div class="tip" aria-hidden="true"></div>
      </div>
      ${drawing.layout === "tiles" ? html`<p class="note">${texts.text("map.tiles")}</p>` : nothing}
      ${legend(floor, texts, statuses, this.asOf, this.#positions.legend(texts))}
    `;
  }

  override updated(changes: PropertyValues<this>): void {
    const { viewportElement, hass, floor } = this;
    if (!viewportElement || !hass || !floor) {
      this.#drawnFloor = undefined;
      return;
    }
    this.#attach(viewportElement);
    const isNew = changes.has("floor") || changes.has("statuses") || changes.has("texts") || changes.has("passive");
    if (isNew || this.#drawnFloor !== floor) {
      this.#draw(floor);
    }
    this.#follow();
    if (changes.has("highlight")) this.#showHighlight();
    this.#ring();
  }

  #buttons(texts: Texts, zoomed: boolean): TemplateResult {
    const button = (key: string, icon: string, disabled: boolean, act: () => void): TemplateResult => html`
      <button type="button" title=${texts.text(key)} aria-label=${texts.text(key)} ?disabled=${disabled} @click=${act}>
        <svg viewBox="0 0 24 24" aria-hidden="true"><path d=${icon}></path></svg>
      </button>
    `;
    return html`
      <div class="buttons">
        ${button("map.zoom_in", PLUS, false, () => {
          this.viewport = this.#viewport.zoomed(STEP);
        })}
        ${button("map.zoom_out", MINUS, !zoomed, () => {
          this.viewport = this.#viewport.zoomed(1 / STEP);
        })}
        ${button("map.zoom_fit", FIT, !zoomed, () => {
          this.viewport = this.#viewport.zoomed(0);
        })}
      </div>
    `;
  }

  #planImage({ drawing }: Floor): SVGTemplateResult | typeof nothing {
    const { plan } = drawing;
    if (!plan || this.#plan?.url !== plan.url || this.#plan.signed === undefined) return nothing;
    const unit = DRAWN_WIDTH / drawing.width;
    return svg`<image
      href=${this.#plan.signed} x=${plan.x * unit} y=${plan.y * unit} width=${plan.width * unit} height=${plan.height * unit}
      preserveAspectRatio="none" aria-hidden="true"
    ></image>`;
  }

  /** An image is loaded without a header, so that its address has to be signed. */
  async #sign(url: string | undefined): Promise<void> {
    const { hass } = this;
    if (this.#plan?.url === url) return;
    this.#plan = url === undefined ? undefined : { url };
    if (url === undefined || !hass) return;
    try {
      const { path } = await hass.connection.sendMessagePromise<{ path: string }>({ type: "auth/sign_path", path: url, expires: SIGNED_S });
      if (this.#plan?.url !== url) return;
      this.#plan = { url, signed: hass.hassUrl(path) };
      this.requestUpdate();
    } catch {
      // The map is complete without the image. Try again with the next topology.
      if (this.#plan?.url === url) this.#plan = undefined;
    }
  }

  #attach(element: HTMLElement): void {
    if (this.#gestures?.element === element) return;
    this.#gestures?.stop.abort();
    const stop = new AbortController();
    this.#gestures = { element, stop };
    if (!this.passive) followGestures(element, this, stop.signal);
    this.#resize.disconnect();
    this.#resize.observe(element);
    this.#measure();
  }

  #measure(): void {
    const { clientWidth: width = 0, clientHeight: height = 0 } = this.viewportElement ?? {};
    if (width > 0 && height > 0) {
      this.#viewport = this.#viewport.resized({ width, height });
      this.#apply();
    }
  }

  /** Make the parts of all spaces anew. */
  #draw(floor: Floor): void {
    const { statuses, texts, spacesElement, labelsElement } = this;
    if (!statuses || !texts || !spacesElement || !labelsElement) return;
    const { drawing } = floor;
    const style: Style = { texts, statuses, unit: DRAWN_WIDTH / drawing.width, layout: drawing.layout, overPlan: drawing.plan !== null, passive: this.passive };
    const focused = this.shadowRoot?.activeElement?.closest("[data-space]") !== null && this.shadowRoot?.activeElement !== null;
    const spaces = new Map(floor.spaces.map((space) => [space.id, space]));
    const doors = new Map(drawing.doors.map((door) => [door.space_id, door]));
    const free = freeBelow(drawing);
    this.#style = style;
    this.#views = new Map();
    drawing.shapes.forEach((shape, nth) => {
      const space = spaces.get(shape.id);
      if (!space) return;
      const view = new SpaceView(space, shape, doors.get(shape.id), free.get(shape.id) ?? 0, nth, style, floor.spaces);
      view.rescale(this.#viewport.scale, this.#viewport.zoom);
      if (this.hass) view.update(this.hass.states);
      this.#views.set(shape.id, view);
    });
    const views = [...this.#views.values()];
    spacesElement.replaceChildren(...views.map((view) => view.element));
    labelsElement.replaceChildren(...views.map((view) => view.labels));
    spacesElement.classList.toggle("over-plan", drawing.plan !== null);
    this.#drawnFloor = floor;
    this.#day = new Date().toDateString();
    if (this.#current === undefined || !this.#views.has(this.#current)) this.#current = floor.spaces.find(({ id }) => this.#views.has(id))?.id;
    this.#setCurrent(this.#current);
    if (focused) this.#currentView?.target.focus({ preventScroll: true });
    this.#tell(undefined);
    this.#apply();
  }

  /** Render what has another state than before. */
  readonly #follow = (): void => {
    const { hass } = this;
    if (!hass) return;
    for (const [id, view] of this.#views) {
      if (view.update(hass.states) && id === this.#told) this.#tell(id);
    }
    this.#drawDoor();
  };

  /** The entries and exits of the floor itself. */
  #drawDoor(): void {
    const { floor, hass, doorElement, texts } = this;
    const door = floor?.drawing.doors.find(({ space_id }) => space_id === floor.id);
    if (!doorElement || !floor || !hass || !texts || !this.#style) return;
    const reading = door && crossingsOf(hass.states, floor);
    // It has the whole width, and would be larger than any room on a large screen.
    const size = door ? Math.min(door.size, DOOR_PX / (this.#viewport.scale / this.#viewport.zoom) / this.#style.unit) : 0;
    const [entries = "?", exits = "?"] = reading ? [written(texts, reading.entries), written(texts, reading.exits)] : [];
    const key = reading ? `${door.id} ${entries} ${exits} ${size} ${texts.language}` : "";
    if (doorElement.dataset.key === key) return;
    doorElement.dataset.key = key;
    if (reading) {
      const facts = [texts.text("map.entries", { count: entries }), texts.text("map.exits", { count: exits })];
      doorElement.setAttribute("role", "img");
      doorElement.setAttribute("aria-label", facts.join(", "));
    }
    render(door && reading ? doorText({ ...door, size }, reading, this.#style) : nothing, doorElement);
  }

  /** Show the part of the drawing that the viewport tells. */
  readonly #apply = (): void => {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const { svg: map } = this;
    if (!map) return;
    map.setAttribute("viewBox", this.#viewport.viewBox);
    const { scale, zoom } = this.#viewport;
    for (const pattern of map.querySelectorAll<SVGPatternElement>("pattern")) {
      pattern.setAttribute("patternTransform", `rotate(${pattern.dataset.angle ?? "0"}) scale(${1 / scale})`);
    }
    for (const view of this.#views.values()) view.rescale(scale, zoom);
    this.#drawDoor();
    if (this.#told !== undefined) this.#tell(this.#told);
  };

  #tick(): void {
    const day = new Date().toDateString();
    if (day !== this.#day) for (const view of this.#views.values()) view.refresh();
    this.#day = day;
    this.requestUpdate();
  }

  get #currentView(): SpaceView | undefined {
    return this.#current === undefined ? undefined : this.#views.get(this.#current);
  }

  #setCurrent(id: string | undefined): void {
    if (this.passive) return;
    this.#currentView?.target.setAttribute("tabindex", "-1");
    this.#current = id;
    this.#currentView?.target.setAttribute("tabindex", "0");
  }

  #spaceAt(event: Event): string | undefined {
    const target = event.target instanceof Element ? event.target.closest<SVGGElement>("[data-space]") : null;
    return target?.dataset.space;
  }

  readonly #clicked = (event: Event): void => {
    const id = this.#spaceAt(event);
    if (id !== undefined) this.#open(id);
  };

  #open(id: string): void {
    const view = this.#views.get(id);
    if (!view || this.passive) return;
    this.#tell(undefined);
    const chosen = new CustomEvent("butlr-space", { detail: { id }, bubbles: true, composed: true, cancelable: true });
    const entity = bestEntity(view.space);
    if (this.dispatchEvent(chosen) && entity !== undefined) moreInfo(this, entity);
  }

  readonly #keyPressed = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || this.passive) return;
    if (!this.#act(event)) return;
    event.preventDefault();
    event.stopPropagation();
  };

  /** Do what a key stands for. Return whether it stands for anything. */
  #act({ key, shiftKey }: KeyboardEvent): boolean {
    const arrow = ARROWS[key];
    if (arrow && shiftKey) {
      this.viewport = this.#viewport.moved(-arrow[0] * PAN_PX, -arrow[1] * PAN_PX);
    } else if (arrow) {
      const points = new Map([...this.#views].map(([id, view]) => [id, view.middle]));
      this.#focus(nextPoint(points, this.#current ?? "", arrow));
    } else if (key === "Home" || key === "End") {
      this.#focus(this.floor?.spaces.at(key === "Home" ? 0 : -1)?.id);
    } else if (key === "Enter" || key === " ") {
      if (this.#current !== undefined) this.#open(this.#current);
    } else if (key === "+" || key === "=") {
      this.viewport = this.#viewport.zoomed(STEP, ...this.#focusPixel());
    } else if (key === "-" || key === "_") {
      this.viewport = this.#viewport.zoomed(1 / STEP, ...this.#focusPixel());
    } else if (key === "0") {
      this.viewport = this.#viewport.zoomed(0);
    } else if (key === "Escape" && this.#told !== undefined) {
      this.#tell(undefined);
    } else {
      return false;
    }
    return true;
  }

  #focusPixel(): readonly [number, number] {
    const { element } = this.#viewport;
    return this.#currentView ? this.#viewport.pixel(...this.#currentView.middle) : [element.width / 2, element.height / 2];
  }

  #focus(id: string | undefined): void {
    const view = id === undefined ? undefined : this.#views.get(id);
    if (!view) return;
    this.#setCurrent(id);
    if (this.#viewport.zoom > 1) this.viewport = this.#viewport.showing(...view.middle);
    view.target.focus();
  }

  readonly #focused = (event: Event): void => {
    const id = this.#spaceAt(event);
    if (id === undefined) return;
    this.#setCurrent(id);
    const view = this.#views.get(id);
    if (view?.target.matches(":focus-visible")) this.#tell(id);
    this.#ring();
  };

  readonly #pointed = (event: PointerEvent): void => {
    if (event.pointerType === "mouse" && event.buttons === 0) this.#tell(this.#spaceAt(event));
  };

  readonly #left = (): void => {
    this.#tell(undefined);
    this.#ring();
  };

  /** Draw the ring around the space that has the focus, otherwise around the one that is highlighted. */
  #ring(): void {
    const focused = [...this.#views.values()].find(({ target }) => target.matches(":focus-visible"));
    const view = focused ?? (this.highlight === undefined ? undefined : this.#views.get(this.highlight));
    this.ringElement?.setAttribute("d", view?.path ?? "");
  }

  #showHighlight(): void {
    const view = this.highlight === undefined ? undefined : this.#views.get(this.highlight);
    if (view && this.#viewport.zoom > 1) this.viewport = this.#viewport.showing(...view.middle);
  }

  /** Describe a space in the box beside it. */
  #tell(id: string | undefined): void {
    const view = id === undefined ? undefined : this.#views.get(id);
    this.#told = view && id;
    if (this.tipElement) showTip(this.tipElement, view, this.#viewport, this.texts);
  }
}

const hatch = (status: Status | "doubt", angle: number, color: string): SVGTemplateResult => svg`
  <pattern id="hatch-${status}" data-angle=${angle} width="9" height="9" patternUnits="userSpaceOnUse">
    <rect width="3" height="9" fill=${color} fill-opacity="0.4"></rect>
  </pattern>
`;

define("butlr-map", FloorMap);

declare global {
  interface HTMLElementTagNameMap {
    "butlr-map": FloorMap;
  }
}
