/** Today hour by hour: bars of the mean and of the most people. Hours without statistics are hatched. */

import { css, html, nothing, svg, type TemplateResult } from "lit";

import { fewerMark, shownPast } from "../small-groups.js";
import type { Texts } from "../texts.js";
import { scaleOf, type Hour } from "./history-data.js";

const HEIGHT = 220;
const TOP = 10;
const BOTTOM = 24;

/** Return the time of an hour on the clock of the site. */
export const hourText = (texts: Texts, { start }: Hour, zone: string): string =>
  texts.date(new Date(start), { hour: "numeric", minute: "2-digit", timeZone: zone });

/** Say what is known of an hour. */
export const describe = (texts: Texts, hour: Hour, smallest: number): string => {
  if (hour.mean === null) return texts.text(hour.when === "past" ? "history.gap" : "history.to_come");
  const values = { mean: people(texts, hour.mean, smallest), max: people(texts, hour.max ?? hour.mean, smallest) };
  return texts.text(hour.when === "now" ? "history.so_far" : "history.mean_max", values);
};

/** Return a past number of people, as exact as it is worth; small groups are not shown. */
export const people = (texts: Texts, value: number, smallest: number): string => {
  const shown = shownPast(value, smallest);
  if (shown === null) return fewerMark(texts.number(smallest));
  return texts.number(shown, { maximumFractionDigits: shown > 0 && shown < 0.1 ? 2 : shown < 10 ? 1 : 0 });
};

export const dayChart = (
  texts: Texts,
  hours: readonly Hour[],
  { zone, narrow, label, smallest }: { zone: string; narrow: boolean; label: string; smallest: number },
): TemplateResult => {
  // The drawing is as wide as it is shown, more or less, so that its texts are as large as they are elsewhere.
  const width = narrow ? 360 : 840;
  const left = 32;
  const { top, step } = scaleOf(Math.max(...hours.map(({ max, mean }) => max ?? mean ?? 0), 1));
  const slot = (width - left - 4) / Math.max(hours.length, 1);
  const y = (value: number): number => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top);
  const lines = Array.from({ length: top / step + 1 }, (_, nth) => nth * step);
  const every = narrow ? 6 : 3;
  return html`<svg class="chart" viewBox="0 0 ${width} ${HEIGHT}" role="img" aria-label=${label}>
    <defs>
      <pattern id="gap" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect class="hatch" width="2" height="6" />
      </pattern>
    </defs>
    ${lines.map(
      (value) => svg`<line class="grid" x1=${left} x2=${width} y1=${y(value)} y2=${y(value)} />
        <text x=${left - 6} y=${y(value) + 4} text-anchor="end">${texts.number(value)}</text>`,
    )}
    ${hours.map((hour, nth) => {
      const x = left + nth * slot;
      const bar = (name: string, value: number, inset: number): unknown =>
        svg`<rect class=${name} x=${x + inset} y=${y(value)} width=${slot - 2 * inset} height=${y(0) - y(value)} />`;
      return svg`<g class=${hour.when}>
        <title>${hourText(texts, hour, zone)}: ${describe(texts, hour, smallest)}</title>
        <rect class="area" x=${x} y=${TOP} width=${slot} height=${y(0) - TOP} fill="transparent" />
        ${
          hour.mean === null
            ? hour.when === "past"
              ? svg`<rect class="gap" x=${x + 0.5} y=${TOP} width=${slot - 1} height=${y(0) - TOP} fill="url(#gap)" />`
              : nothing
            : [bar("max", hour.max ?? hour.mean, slot * 0.08), bar("mean", hour.mean, slot * 0.26)]
        }
        ${
          hour.hour % every === 0 && hours[nth - 1]?.hour !== hour.hour
            ? svg`<text x=${x} y=${HEIGHT - 6}>${hourText(texts, hour, zone)}</text>`
            : nothing
        }
      </g>`;
    })}
  </svg>`;
};

export const chartStyles = css`
  .chart {
    display: block;
    width: 100%;
    height: auto;
    max-height: 320px;
    overflow: visible;
  }
  .chart text {
    font-size: 12px;
    fill: var(--secondary-text-color);
  }
  .chart .grid {
    stroke: var(--divider-color);
  }
  .chart .hatch {
    fill: var(--secondary-text-color);
    opacity: 0.6;
  }
  .chart .max {
    fill: color-mix(in srgb, var(--primary-color) 35%, transparent);
  }
  .chart .mean {
    fill: var(--primary-color);
  }
  .chart .now rect:not(.area) {
    stroke: var(--primary-text-color);
    stroke-dasharray: 3 3;
  }
  .chart g:hover .area {
    fill: var(--divider-color);
    opacity: 0.5;
  }
`;
