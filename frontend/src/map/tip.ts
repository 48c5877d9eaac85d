/** The box beside a space that describes it in words. */

import { html, render } from "lit";

import type { Texts } from "../texts.js";
import { factsOf } from "./describe.js";
import type { SpaceView } from "./space-view.js";
import type { Viewport } from "./viewport.js";

const WIDTH_PX = 240;
const GAP_PX = 6;

/** Describe a space in the box, or hide the box. */
export const showTip = (box: HTMLElement, view: SpaceView | undefined, viewport: Viewport, texts: Texts | undefined): void => {
  const shown = view?.reading !== undefined && texts !== undefined;
  box.classList.toggle("shown", shown);
  if (!shown) return;
  const [x, y] = viewport.pixel(...view.middle);
  const { width, height } = viewport.element;
  const half = Math.min(WIDTH_PX, width) / 2;
  box.style.left = `${Math.min(Math.max(x, half), Math.max(half, width - half))}px`;
  // Beside the middle, so that what it is about can still be seen.
  const gap = view.halfHeight * viewport.scale + GAP_PX;
  const below = y < height / 2;
  box.style.top = `${Math.min(Math.max(below ? y + gap : y - gap, 0), height)}px`;
  box.classList.toggle("below", below);
  render(
    html`<strong dir="auto">${view.space.name}</strong>
      <ul>
        ${factsOf(texts, view.space, view.reading).map((fact) => html`<li>${fact}</li>`)}
      </ul>`,
    box,
  );
};
