/** The heatmap of a floor: where people spent their time, requested from Butlr and drawn over the map. */

import { svg, type SVGTemplateResult } from "lit";

import { ask, type HomeAssistant } from "../home-assistant.js";
import type { Drawing, Floor } from "../topology.js";

export const RANGES = ["today", "day", "week"] as const;
export type Range = (typeof RANGES)[number];

const DAY_MS = 86_400_000;
/** Butlr's limit is a week; the clock of this device may be behind. */
const WEEK_MS = 7 * DAY_MS - 600_000;
/** From little time to much; read from the other end, it suits a dark background. */
const COLORS = ["#f9d57a", "#f9a93c", "#ed6925", "#bc3754", "#781c6d", "#320a5e"] as const;
const DARK_COLORS = ["#5a1370", "#8f2469", "#bc3754", "#ed6925", "#f9a93c", "#fcf3a0"] as const;

interface Cell {
  readonly x: number;
  readonly y: number;
  readonly value: number;
}

/** What the action get_heatmap answers for one floor. */
interface FloorCells {
  readonly start: string;
  readonly end: string;
  readonly cells: readonly Cell[];
  readonly cells_omitted: number;
}

export interface Heatmap extends FloorCells {
  readonly resolution: number;
}

/** Request a heatmap; fails as Home Assistant refuses the action. */
export async function requestHeatmap(hass: HomeAssistant, floor: Floor, range: Range, now = Date.now()): Promise<Heatmap> {
  const start = { today: undefined, day: now - DAY_MS, week: now - WEEK_MS }[range];
  const answer = await ask<{ resolution: number; spaces: readonly FloorCells[] }>(hass, "butlr", "get_heatmap", {
    device_id: floor.device_id,
    // Without a start, it begins at midnight where the building is.
    ...(start === undefined ? {} : { start_time: new Date(start).toISOString() }),
  });
  const [cells] = answer.spaces;
  return { start: "", end: "", cells: [], cells_omitted: 0, ...cells, resolution: answer.resolution };
}

/** Whether the floor has coordinates in which Butlr's cells can be drawn. Where one person sat would tell of a small group. */
export function canShowHeatmap({ drawing, device_id, smallest_group: smallest }: Floor): boolean {
  return smallest === 0 && drawing.layout === "plan" && drawing.origin !== null && device_id !== null;
}

export function heatmapColors(dark: boolean): readonly string[] {
  return dark ? DARK_COLORS : COLORS;
}

/**
 * Return what is drawn over the map, in coordinates of the drawing.
 *
 * One path for each color: thousands of elements would be slow to zoom. Most cells have little; the square root tells
 * them apart.
 */
export function drawHeatmap(heatmap: Heatmap, drawing: Drawing, dark: boolean): SVGTemplateResult {
  const { cells, resolution } = heatmap;
  const [left, top] = drawing.origin ?? [0, 0];
  const colors = heatmapColors(dark);
  const most = Math.max(...cells.map(({ value }) => value), 0);
  const paths = colors.map(() => "");
  for (const { x, y, value } of cells) {
    if (value <= 0) continue;
    const color = Math.min(colors.length - 1, Math.floor(Math.sqrt(value / most) * colors.length));
    const corner = `${round(x - left - resolution / 2)} ${round(top - y - resolution / 2)}`;
    paths[color] = `${paths[color] ?? ""}M${corner}h${resolution}v${resolution}h-${resolution}z`;
  }
  return svg`
    <rect
      width=${drawing.width} height=${drawing.height} opacity="0.6"
      style="fill: var(--card-background-color, #fff); pointer-events: none"
    ></rect>
    ${paths.map((path, nth) => (path ? svg`<path d=${path} fill=${colors[nth]} opacity="0.85" style="pointer-events: none"></path>` : svg``))}
  `;
}

function round(meters: number): number {
  return Math.round(meters * 1000) / 1000;
}
