/**
 * How the map looks, in the colors of Home Assistant's theme.
 *
 * Each map is a layer of its own (`will-change`): the browser paints what changed in it, not everything between two maps.
 */

import { css } from "lit";

export const mapStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    min-height: 0;
    color: var(--primary-text-color, #212121);
    font-family: var(--ha-font-family-body, Roboto, Noto, sans-serif);
    --ground: var(--card-background-color, var(--ha-card-background, #fff));
    --quiet: var(--secondary-text-color, #5e5e5e);
    --line: var(--divider-color, #e0e0e0);
    --accent: var(--primary-color, #009ac7);
  }
  .viewport {
    position: relative;
    flex: 1 1 auto;
    min-height: 0;
    max-height: var(--butlr-map-max-height, 80vh);
    overflow: hidden;
    touch-action: pan-x pan-y;
    user-select: none;
    -webkit-user-select: none;
  }
  .viewport.zoomed {
    cursor: grab;
    touch-action: none;
  }
  .viewport.dragging,
  .viewport.dragging .target {
    cursor: grabbing;
  }
  svg.map {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
    display: block;
    will-change: transform;
  }
  svg.map:focus {
    outline: none;
  }
  image {
    opacity: 0.7;
  }
  .dark image {
    filter: invert(1) hue-rotate(180deg);
  }
  .target {
    fill: none;
    outline: none;
    pointer-events: all;
    cursor: pointer;
  }
  .passive .target {
    cursor: default;
  }
  .ground {
    fill: var(--ground);
  }
  .over-plan .ground {
    fill-opacity: 0.5;
  }
  .edge {
    fill: var(--status);
    fill-opacity: 0.13;
    stroke: var(--status);
    stroke-width: 1.5px;
    vector-effect: non-scaling-stroke;
  }
  .occupied .edge {
    fill-opacity: 0.24;
  }
  .unknown .edge,
  .unavailable .edge {
    fill-opacity: 0.06;
  }
  .hatch {
    pointer-events: none;
  }
  .viewport:not(.passive) .space:hover .edge {
    fill-opacity: 0.34;
  }
  .zone .edge {
    stroke-dasharray: 6 4;
  }
  .ring {
    fill: none;
    stroke: var(--accent);
    stroke-width: 4px;
    stroke-linejoin: round;
    vector-effect: non-scaling-stroke;
    pointer-events: none;
  }
  text {
    fill: currentColor;
    text-anchor: middle;
    pointer-events: none;
    unicode-bidi: plaintext;
  }
  .name {
    font-weight: 500;
  }
  .hatched text {
    paint-order: stroke;
    stroke: var(--ground);
    stroke-width: 0.22em;
    stroke-linejoin: round;
  }
  .since {
    fill: var(--quiet);
  }
  .labels,
  .door,
  .overlay {
    pointer-events: none;
  }
  .value text,
  .door text {
    direction: ltr;
    text-anchor: start;
    font-variant-numeric: tabular-nums;
  }
  .value text {
    font-weight: 600;
  }
  .icon {
    fill: color-mix(in srgb, var(--status) 85%, currentColor);
  }
  .motion {
    fill: currentColor;
  }
  .door path,
  .door text {
    fill: var(--quiet);
  }
  .buttons {
    position: absolute;
    inset-block-end: 8px;
    inset-inline-end: 8px;
    display: flex;
    flex-direction: column;
    border-radius: 12px;
    overflow: hidden;
    background: var(--ground);
    box-shadow: 0 1px 4px rgb(0 0 0 / 25%);
    opacity: 0;
    transition: opacity 0.15s;
  }
  .viewport:hover .buttons,
  .viewport:focus-within .buttons,
  .zoomed .buttons {
    opacity: 1;
  }
  button {
    display: grid;
    place-items: center;
    width: 36px;
    height: 36px;
    padding: 0;
    border: 0;
    background: none;
    color: inherit;
    cursor: pointer;
  }
  button + button {
    border-top: 1px solid var(--line);
  }
  button:hover:enabled {
    background: color-mix(in srgb, currentColor 8%, transparent);
  }
  button:focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: -2px;
    border-radius: 12px;
  }
  button:disabled {
    cursor: default;
  }
  button:disabled svg {
    opacity: 0.35;
  }
  button svg {
    width: 20px;
    height: 20px;
    fill: currentColor;
  }
  .tip {
    position: absolute;
    z-index: 1;
    display: none;
    box-sizing: border-box;
    width: max-content;
    max-width: min(240px, 100%);
    padding: 8px 12px;
    transform: translate(-50%, -100%);
    border-radius: 10px;
    background: var(--ground);
    box-shadow: 0 2px 10px rgb(0 0 0 / 35%);
    outline: 1px solid var(--line);
    font-size: 13px;
    line-height: 1.45;
    pointer-events: none;
  }
  .tip.below {
    transform: translate(-50%, 0);
  }
  .tip.shown {
    display: block;
  }
  .tip strong {
    display: -webkit-box;
    overflow: hidden;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 3;
    overflow-wrap: anywhere;
    font-size: 14px;
    font-weight: 500;
  }
  .tip ul {
    margin: 0;
    padding: 0;
    list-style: none;
    color: var(--quiet);
  }
  .note {
    margin: 8px 0 0;
    color: var(--quiet);
    font-size: 13px;
    line-height: 1.4;
  }
  .foot {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    gap: 4px 20px;
    padding-top: 10px;
    color: var(--quiet);
    font-size: 12px;
    line-height: 1.5;
  }
  .legend {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 16px;
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .legend li {
    display: inline-flex;
    align-items: center;
    gap: 5px;
  }
  .sample {
    width: 16px;
    height: 16px;
    fill: var(--status, currentColor);
    text-align: center;
  }
  .people {
    pointer-events: none;
    opacity: 0.9;
  }
  .people path {
    stroke: var(--accent);
    stroke-linecap: round;
    stroke-width: 9px;
    vector-effect: non-scaling-stroke;
  }
  .people .halo {
    stroke: var(--ground);
    stroke-width: 13px;
  }
  .sample.person {
    fill: var(--accent);
  }
  .people .old {
    opacity: 0;
    transition: opacity 1s;
  }
  .live {
    flex-wrap: wrap;
  }
  button.switch {
    width: auto;
    height: auto;
    min-height: 24px;
    padding: 2px 10px;
    border: 1px solid var(--line);
    border-radius: 12px;
    font: inherit;
  }
  button.switch[aria-pressed="true"] {
    border-color: var(--accent);
  }
  .as-of {
    margin-inline-start: auto;
    white-space: nowrap;
  }
  .as-of.old {
    color: var(--error-color, #db4437);
    font-weight: 500;
  }
  @media (hover: none) {
    .buttons {
      opacity: 1;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .buttons,
    .people .old {
      transition: none;
    }
  }
  @media print {
    .buttons,
    .tip.shown {
      display: none;
    }
  }
`;
