/** One room or zone on the map: the smallest part that is rendered anew when a state changes. */

import { nothing, render, svg, type SVGTemplateResult } from "lit";

import type { HassEntity, States } from "../home-assistant.js";
import { written } from "../small-groups.js";
import { hatchingOf, partsOf, readingOf, type Reading } from "../spaces.js";
import type { Texts } from "../texts.js";
import type { Door, Label, Shape, Space, Status, StatusStyle } from "../topology.js";
import { labelOf, sinceText } from "./describe.js";
import { ENTER, LEAVE, MOTION } from "./icons.js";
import { boxOf, DRAWN_WIDTH, inset, LINE_HEIGHT, pathOf } from "./outline.js";

const SVG = "http://www.w3.org/2000/svg";
/** Text below this many pixels is not shown: the value is drawn larger instead. */
const READABLE_PX = 7.5;
/** A value that is drawn larger has at most this many pixels. */
const LARGE_PX = 22;
/** A name does not grow beyond this many pixels when the map is zoomed. */
const GROWN_PX = 30;
/** The size of an icon. A value is drawn in this font size and then scaled. */
const EM = 24;
/** The width of a digit in font sizes, in usual fonts. */
const DIGIT = 0.58;
/** The widths in font sizes that map/layout.py leaves for a value with its badge, and for a word. */
const VALUE_ROOM = 5.8;
const WORD_ROOM = 10;
/** How far the edge of a space is drawn inside its outline, in widths of the drawing. */
const EDGE = 0.0012;
/** The line below the word is this part of its size. */
const SINCE = 0.72;

/** What all spaces of a map have in common. */
export interface Style {
  readonly texts: Texts;
  readonly statuses: Readonly<Record<Status, StatusStyle>>;
  /** Units of the page per unit of the drawing. */
  readonly unit: number;
  readonly layout: "plan" | "tiles";
  /** Whether Butlr's image of the floor is behind the spaces. */
  readonly overPlan: boolean;
  /** Whether there is nothing to click. */
  readonly passive: boolean;
}

export class SpaceView {
  /** The outline of the space on the map. */
  readonly element = document.createElementNS(SVG, "g");
  /** Its name and its numbers: above all outlines, so that a zone does not cover those of its room. */
  readonly labels = document.createElementNS(SVG, "g");
  /** What is clicked and has the focus. It has a name in words, and nothing else of the space has one. */
  readonly target = document.createElementNS(SVG, "path");
  /** Its outline, for the ring around what has the focus. */
  readonly path: string;
  /** The middle of its label. */
  readonly middle: readonly [x: number, y: number];
  /** From the middle to the farther end, upwards or downwards. */
  readonly halfHeight: number;

  readonly #drawn = document.createElementNS(SVG, "g");
  readonly #shape: Shape;
  readonly #style: Style;
  readonly #door: Door | undefined;
  readonly #free: number;
  readonly #clip: string;
  /** Whether a name may be wider than map/text.py thinks. A clip is expensive: all of the map is painted slower. */
  readonly #clipped: boolean;
  readonly #ids: readonly string[];
  readonly #around: readonly Space[];
  #states: (HassEntity | undefined)[] | undefined;
  #reading: Reading | undefined;
  #pixels = 1;
  #shrink = 1;
  #detail = "";

  constructor(
    readonly space: Space,
    shape: Shape,
    door: Door | undefined,
    free: number,
    number: number,
    style: Style,
    around: readonly Space[],
  ) {
    this.#around = around;
    this.#shape = shape;
    this.#style = style;
    this.#door = door;
    this.#free = free;
    this.#clip = `clip-${number}`;
    this.#clipped = /[^ -\u024f\u2010-\u2026]/.test(shape.name.lines.join(""));
    // The people of a room may be hidden because of those of a zone in it.
    const zones = space.smallest_group > 0 ? partsOf(space, around) : [];
    this.#ids = [space, ...zones].flatMap(({ entities }) => Object.values(entities));
    const { unit, layout } = style;
    const width = DRAWN_WIDTH / unit;
    this.path = pathOf(inset(shape.outline, EDGE * width), (layout === "tiles" ? 0.012 : 0.004) * width, unit);
    const top = shape.name.y - 0.9 * shape.name.size;
    const bottom = shape.word.y + 0.3 * shape.word.size;
    this.middle = [shape.value.x * unit, ((top + bottom) / 2) * unit];
    const box = boxOf(shape.outline);
    this.halfHeight = Math.max(box.bottom * unit - this.middle[1], this.middle[1] - box.top * unit);
    this.element.setAttribute("class", `space ${space.kind}`);
    this.element.dataset.space = space.id;
    this.target.setAttribute("class", "target");
    this.target.setAttribute("role", style.passive ? "listitem" : "button");
    if (!style.passive) this.target.setAttribute("tabindex", "-1");
    this.target.setAttribute("d", this.path);
    this.#drawn.setAttribute("aria-hidden", "true");
    this.labels.dataset.labels = space.id;
    this.element.append(this.#drawn, this.target);
  }

  /** What was rendered last. */
  get reading(): Reading | undefined {
    return this.#reading;
  }

  /** Render it anew if one of its own states is another one than before. Return whether it was. */
  update(states: States): boolean {
    const before = this.#states;
    if (before && this.#ids.every((id, nth) => before[nth] === states[id])) return false;
    this.#states = this.#ids.map((id) => states[id]);
    this.#reading = readingOf(states, this.space, this.#around);
    this.#render(this.#reading);
    return true;
  }

  /** Render it for a scale, if that makes another text readable. `zoom` is how much of that is zoomed. */
  rescale(pixels: number, zoom: number): void {
    this.#pixels = pixels;
    const px = this.#shape.name.size * this.#style.unit * pixels;
    const before = this.#shrink;
    this.#shrink = Math.min(1, Math.max(GROWN_PX, px / zoom) / px);
    const detail = this.#detailAt(pixels);
    if (detail !== this.#detail) {
      this.#detail = detail;
      if (this.#reading) this.#render(this.#reading);
    } else if (before !== this.#shrink) {
      this.#keepSize();
    }
  }

  /** A zoomed room has more room around its label; letters as large as a hand help nobody. */
  #keepSize(): void {
    for (const group of this.labels.querySelectorAll<SVGGElement>(".keep")) {
      const { x = "0", y = "0" } = group.dataset;
      group.setAttribute("transform", `translate(${x} ${y}) scale(${this.#shrink}) translate(${-Number(x)} ${-Number(y)})`);
    }
  }

  /** Render it anew although no state changed: another day began. */
  refresh(): void {
    if (this.#reading) this.#render(this.#reading);
  }

  /** Name what is readable at a scale. The size of a large value changes with the scale, in steps. */
  #detailAt(pixels: number): string {
    const { name, word } = this.#shape;
    const px = (size: number): number => size * this.#style.unit * pixels;
    if (px(word.size) >= READABLE_PX) {
      const roomy = this.#free > (SINCE * LINE_HEIGHT + 0.55) * word.size;
      return roomy && px(word.size * SINCE) >= READABLE_PX ? "since" : "word";
    }
    const step = Math.round(Math.log2(pixels) * 4);
    return px(name.size) >= READABLE_PX ? `name ${step}` : `value ${step}`;
  }

  #render(reading: Reading): void {
    const { texts } = this.#style;
    const { element } = this;
    this.target.setAttribute("aria-label", labelOf(texts, this.space, reading));
    element.dataset.status = reading.status;
    element.dataset.people = reading.people.number === null ? "" : String(reading.people.number);
    element.dataset.doubt = this.space.doubt ?? "";
    element.dataset.motion = String(reading.motion);
    const { color } = this.#style.statuses[reading.status];
    for (const group of [this.#drawn, this.labels]) {
      group.setAttribute("class", hatchingOf(reading.status, this.space.doubt) ? `${reading.status} hatched` : reading.status);
      group.setAttribute("style", `--status:${color}`);
    }
    render(this.#outline(reading), this.#drawn);
    render(this.#labels(reading), this.labels);
    this.#keepSize();
  }

  #outline({ status }: Reading): SVGTemplateResult {
    const { overPlan } = this.#style;
    const hatching = hatchingOf(status, this.space.doubt);
    return svg`
      ${overPlan || this.space.kind === "zone" ? svg`<path class="ground" d=${this.path}></path>` : nothing}
      <path class="edge" d=${this.path}></path>
      ${hatching ? svg`<path class="hatch" d=${this.path} fill="url(#hatch-${hatching})"></path>` : nothing}
    `;
  }

  #labels(reading: Reading): SVGTemplateResult {
    const { texts, unit } = this.#style;
    const { word } = this.#shape;
    const door = this.#door;
    const { status, since } = reading;
    const detail = this.#detail.split(" ")[0];
    const named = detail !== "value";
    const worded = detail === "word" || detail === "since";
    const wordSize = word.size * unit;
    return svg`
      ${this.#clipped ? svg`<clipPath id=${this.#clip}><path d=${this.path}></path></clipPath>` : nothing}
      <g clip-path=${this.#clipped ? `url(#${this.#clip})` : nothing}><g class="keep" data-x=${this.middle[0]} data-y=${this.middle[1]}>
        ${named ? this.#name() : nothing}
        ${this.#value(reading, named, worded)}
        ${worded ? text("word", word.x * unit, word.y * unit, wordSize, texts.text(`status.${status}`)) : nothing}
        ${detail === "since" && since
          ? text("since", word.x * unit, (word.y + word.size * SINCE * LINE_HEIGHT) * unit, wordSize * SINCE, sinceText(texts, since))
          : nothing}
      </g></g>
      ${worded && door
        ? svg`<g class="keep" data-x=${door.x * unit} data-y=${door.y * unit}>${doorText(door, reading, this.#style)}</g>`
        : nothing}
    `;
  }

  #name(): SVGTemplateResult {
    const { unit } = this.#style;
    const { x, y, size, lines } = this.#shape.name;
    return svg`${lines.map((line, nth) => text("name", x * unit, (y + nth * LINE_HEIGHT * size) * unit, size * unit, line))}`;
  }

  /** The icon, the number and the mark of motion: at their place, or as large as what is not shown leaves room for. */
  #value(reading: Reading, named: boolean, worded: boolean): SVGTemplateResult {
    const { texts, statuses, unit } = this.#style;
    const { value, badge, name, word } = this.#shape;
    const count = written(texts, reading.people);
    const shown = count === undefined ? "" : `${reading.estimated ? "≈" : ""}${count}`;
    const wide = 1 + (shown ? 0.2 + DIGIT * shown.length : 0);
    const wider = wide + (reading.motion ? 0.9 : 0);
    let { size, y } = value;
    if (!worded) {
      // The value takes the place of the word, and of a name that is not shown.
      const top = named ? name.y + ((name.lines.length - 1) * LINE_HEIGHT + 0.3) * name.size : name.y - 0.9 * name.size;
      const bottom = word.y + 0.3 * word.size;
      const room = Math.max(VALUE_ROOM * value.size, WORD_ROOM * word.size);
      const large = Math.max(value.size, LARGE_PX / (unit * this.#pixels));
      size = Math.min((bottom - top) * 0.9, (room * 0.9) / wider, large);
      y = (top + bottom) / 2 + 0.37 * size;
    } else {
      size *= Math.min(1, (VALUE_ROOM - 1.8) / wide);
    }
    // The badge has a place of its own beside a value of normal size.
    const left = -(worded ? wide : wider) / 2;
    const right = worded ? badgeAt(badge, value, size) : -left - 0.8;
    return svg`<g class="value" transform="translate(${value.x * unit} ${y * unit}) scale(${(size * unit) / EM})">
      <path class="icon" d=${statuses[reading.status].icon} transform="translate(${left * EM} ${-0.86 * EM})"></path>
      ${shown ? svg`<text x=${(left + 1.2) * EM} y="0" font-size=${EM}>${shown}</text>` : nothing}
      ${reading.motion ? svg`<path class="motion" d=${MOTION} transform="translate(${right * EM} ${-0.76 * EM}) scale(0.8)"></path>` : nothing}
    </g>`;
  }
}

/** Return where the badge begins, from the middle of the value and in its font sizes. */
const badgeAt = (badge: Label, value: Label, size: number): number => (badge.x - value.x) / size - 0.4;

const text = (kind: string, x: number, y: number, size: number, content: string): SVGTemplateResult =>
  svg`<text class=${kind} x=${x} y=${y} font-size=${size}>${content}</text>`;

/** Return the entries and exits of today at a door. */
export const doorText = (
  { x, y, size }: Label,
  { entries, exits }: Pick<Reading, "entries" | "exits">,
  { texts, unit }: Pick<Style, "texts" | "unit">,
): SVGTemplateResult => {
  const parts = [
    { icon: ENTER, shown: written(texts, entries) ?? "?" },
    { icon: LEAVE, shown: written(texts, exits) ?? "?" },
  ];
  const widths = parts.map(({ shown }) => 1.15 + DIGIT * shown.length);
  const gap = 0.7;
  let left = -((widths[0] ?? 0) + gap + (widths[1] ?? 0)) / 2;
  return svg`<g class="door" transform="translate(${x * unit} ${y * unit}) scale(${(size * unit) / EM})">
    ${parts.map(({ icon, shown }, nth) => {
      const at = left;
      left += (widths[nth] ?? 0) + gap;
      return svg`<path d=${icon} transform="translate(${at * EM} ${-0.84 * EM})"></path>
        <text x=${(at + 1.15) * EM} y="0" font-size=${EM}>${shown}</text>`;
    })}
  </g>`;
};
