/** Live positions on the map of a floor: dots for those who switched them on, subscribed only while they can be seen. */

import { html, nothing, svg, type ReactiveController, type ReactiveControllerHost, type SVGTemplateResult, type TemplateResult } from "lit";

import { commandError, type HomeAssistant, type Unsubscribe } from "./home-assistant.js";
import { DRAWN_WIDTH } from "./map/outline.js";
import type { Texts } from "./texts.js";
import { indexOf, topologyStore, type Floor, type Point, type TopologyStore } from "./topology.js";

interface Update {
  /** The positions that each sensor sees, in coordinates of the drawing. Sensors that are not in it are as before. */
  readonly sensors?: Readonly<Record<string, readonly Point[]>>;
  /** Nothing more follows; the reason is a key of the texts. */
  readonly ended?: string;
}

interface Host extends ReactiveControllerHost, HTMLElement {
  readonly hass?: HomeAssistant;
  readonly floor?: Floor;
  readonly passive: boolean;
}

/** Positions that are older are not shown. */
const FADE_MS = 5000;
/** How long it takes until a dot has disappeared. */
const FADING_MS = 1000;
/** Seconds until the next attempt, after the first, the second … failure in a row. */
const RETRIES = [2, 5, 15, 60];
const STORED = "butlr-live-positions";
const SVG = "http://www.w3.org/2000/svg";

/** What this browser remembers. A browser may refuse to remember anything. */
const remembered = (): boolean => {
  try {
    return localStorage.getItem(STORED) === "on";
  } catch {
    return false;
  }
};

const remember = (on: boolean): void => {
  try {
    if (on) localStorage.setItem(STORED, "on");
    else localStorage.removeItem(STORED);
  } catch {
    // It is switched on for as long as the page is open.
  }
};

/** Shows the positions of a map's floor. The dots are drawn beside Lit: they change several times a second. */
export class Positions implements ReactiveController {
  readonly #host: Host;
  readonly #groups = new Map<string, { readonly element: SVGGElement; readonly people: number; fade: ReturnType<typeof setTimeout> }>();
  #on = remembered();
  #connected = false;
  #onScreen = false;
  #store: TopologyStore | undefined;
  #ignore: (() => void) | undefined;
  /** What is subscribed: the floor, and where the corner of its drawing is. */
  #subscribed = "";
  #attempt = 0;
  #failures = 0;
  #unsubscribe: Unsubscribe | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #error: string | undefined;
  #people: number | undefined;
  readonly #screen = new IntersectionObserver((entries) => {
    this.#onScreen = entries.at(-1)?.isIntersecting ?? false;
    this.#follow();
  });

  constructor(host: Host) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    this.#connected = true;
    this.#screen.observe(this.#host);
    document.addEventListener("visibilitychange", this.#follow);
    this.#follow();
  }

  hostDisconnected(): void {
    this.#connected = false;
    this.#screen.disconnect();
    this.#onScreen = false;
    document.removeEventListener("visibilitychange", this.#follow);
    this.#ignore?.();
    this.#ignore = this.#store = undefined;
    this.#follow();
  }

  hostUpdate(): void {
    const connection = this.#host.hass?.connection;
    if (this.#connected && connection && !this.#ignore) {
      this.#store = topologyStore(connection);
      const stops = [this.#store.listen(this.#changed), () => {
        connection.removeEventListener("ready", this.#reconnected);
      }];
      connection.addEventListener("ready", this.#reconnected);
      this.#ignore = () => {
        for (const stop of stops) stop();
      };
    }
  }

  hostUpdated(): void {
    this.#follow();
  }

  /** The layer of the map that has the dots. */
  layer(): SVGTemplateResult {
    return svg`<g class="people" aria-hidden="true"></g>`;
  }

  /** What is below the map: the switch, and what the dots mean. */
  legend(texts: Texts): TemplateResult | typeof nothing {
    if (!this.#isOffered) return nothing;
    const say = (key: string, placeholders = {}): string => texts.text(`positions.${key}`, placeholders);
    const state = this.#people === undefined ? say("waiting") : say("count", { count: this.#people });
    return html`
      <li class="live">
        <button type="button" class="switch" aria-pressed=${this.#on} title=${say("note")} @click=${this.#switch}>
          ${say(this.#on ? "hide" : "show")}
        </button>
        ${this.#on
          ? html`<svg class="sample person" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="7"></circle></svg
              >${say("legend")}<span role=${this.#error === undefined ? nothing : "status"}>${this.#error === undefined ? state : this.#explain(texts, this.#error)}</span>`
          : nothing}
      </li>
    `;
  }

  get #isOffered(): boolean {
    const { floor, passive } = this.#host;
    const topology = this.#store?.topology;
    if (!floor || !topology || passive) return false;
    return indexOf(topology).floors.get(floor.id)?.organization.positions.includes(floor.id) ?? false;
  }

  #explain(texts: Texts, code: string): string {
    const key = `positions.error.${code}`;
    const text = texts.text(key);
    return text === key ? texts.text("positions.error.other", { error: code }) : text;
  }

  readonly #changed = (): void => {
    this.#host.requestUpdate();
  };

  readonly #reconnected = (): void => {
    this.#end();
    this.#follow();
  };

  readonly #switch = (): void => {
    this.#on = !this.#on;
    this.#failures = 0;
    remember(this.#on);
    this.#host.requestUpdate();
  };

  /** Subscribe or unsubscribe as it is right now. */
  readonly #follow = (): void => {
    const { floor, hass } = this.#host;
    const seen = this.#connected && this.#onScreen && document.visibilityState === "visible";
    const wanted = seen && this.#on && hass && floor && this.#isOffered;
    const key = wanted ? `${floor.id} ${String(floor.drawing.origin)}` : "";
    if (key === this.#subscribed) return;
    this.#end();
    if (!wanted) return;
    this.#subscribed = key;
    const attempt = this.#attempt;
    hass.connection
      .subscribeMessage<Update>(
        (update) => {
          if (attempt === this.#attempt) this.#receive(update);
        },
        { type: "butlr/positions", floor_id: floor.id },
        { resubscribe: false },
      )
      .then(
        (unsubscribe) => {
          if (attempt === this.#attempt) this.#unsubscribe = unsubscribe;
          else Promise.resolve(unsubscribe()).catch(() => undefined);
        },
        (error: unknown) => {
          const { code, message } = commandError(error);
          if (attempt === this.#attempt) this.#fail(String(code).startsWith("positions_") ? String(code) : message || String(code));
        },
      );
  };

  /** End the subscription, and show nothing. */
  #end(): void {
    this.#attempt += 1;
    this.#subscribed = "";
    clearTimeout(this.#retry);
    // It may be gone already, with its connection.
    if (this.#unsubscribe) Promise.resolve(this.#unsubscribe()).catch(() => undefined);
    this.#unsubscribe = undefined;
    for (const sensor of [...this.#groups.keys()]) this.#remove(sensor);
    this.#tell(undefined, undefined);
  }

  #fail(error: string): void {
    const key = this.#subscribed;
    this.#end();
    // Until the next attempt, nothing else asks again.
    this.#subscribed = key;
    this.#tell(undefined, error);
    const delay = RETRIES[Math.min(this.#failures, RETRIES.length - 1)] ?? 60;
    this.#failures += 1;
    this.#retry = setTimeout(() => {
      this.#subscribed = "";
      this.#follow();
    }, delay * 1000);
  }

  #receive({ sensors, ended }: Update): void {
    if (ended !== undefined) {
      this.#fail(ended);
      return;
    }
    this.#failures = 0;
    for (const [sensor, people] of Object.entries(sensors ?? {})) this.#draw(sensor, people);
    this.#count();
  }

  #draw(sensor: string, people: readonly Point[]): void {
    const layer = this.#host.shadowRoot?.querySelector<SVGGElement>(".people");
    const drawing = this.#host.floor?.drawing;
    this.#remove(sensor);
    if (!layer || !drawing) return;
    const unit = DRAWN_WIDTH / drawing.width;
    const element = document.createElementNS(SVG, "g");
    // Lines of no length with round ends: they have the same size on a phone, on a wall and when the map is zoomed.
    for (const kind of ["halo", "dot"]) {
      for (const [x, y] of people) {
        const dot = document.createElementNS(SVG, "path");
        dot.setAttribute("class", kind);
        dot.setAttribute("d", `M${x * unit} ${y * unit}h0`);
        element.append(dot);
      }
    }
    layer.append(element);
    const fade = setTimeout(() => {
      element.classList.add("old");
      const group = this.#groups.get(sensor);
      if (group) group.fade = setTimeout(this.#expire, FADING_MS, sensor);
    }, FADE_MS);
    this.#groups.set(sensor, { element, people: people.length, fade });
  }

  readonly #expire = (sensor: string): void => {
    this.#remove(sensor);
    this.#count();
  };

  #remove(sensor: string): void {
    const group = this.#groups.get(sensor);
    if (!group) return;
    clearTimeout(group.fade);
    group.element.remove();
    this.#groups.delete(sensor);
  }

  #count(): void {
    let people: number | undefined;
    for (const group of this.#groups.values()) people = (people ?? 0) + group.people;
    this.#tell(people, undefined);
  }

  /** Show how many people there are dots of, or what is wrong. */
  #tell(people: number | undefined, error: string | undefined): void {
    if (people === this.#people && error === this.#error) return;
    this.#people = people;
    this.#error = error;
    this.#host.requestUpdate();
  }
}
