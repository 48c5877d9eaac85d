/** What stands below the map: the meaning of the colors and icons, and how old the numbers are. */

import { html, nothing, type TemplateResult } from "lit";

import { fewerMark } from "../small-groups.js";
import type { Texts } from "../texts.js";
import type { Floor, Status, StatusStyle } from "../topology.js";
import { MOTION } from "./icons.js";

/** People that were not confirmed for so long are marked. */
const OLD_MS = 600_000;
const DOUBTS = ["partial", "stale"] as const;

export const legend = (
  floor: Floor,
  texts: Texts,
  statuses: Readonly<Record<Status, StatusStyle>>,
  asOf: number | undefined,
  more: TemplateResult | typeof nothing,
): TemplateResult => {
  const estimated = floor.spaces.some((space) => space.estimated);
  const motion = floor.spaces.some((space) => space.entities.motion !== undefined);
  return html`
    <div class="foot" part="foot">
      <ul class="legend" aria-label=${texts.text("map.legend")}>
        ${(Object.keys(statuses) as Status[]).map(
          (status) => html`<li style="--status: ${statuses[status].color}">${icon(statuses[status].icon)}${texts.text(`status.${status}`)}</li>`,
        )}
        ${motion ? html`<li>${icon(MOTION)}${texts.text("map.motion")}</li>` : nothing}
        ${estimated ? html`<li><span class="sample" aria-hidden="true">≈</span>${texts.text("map.estimate")}</li>` : nothing}
        ${floor.smallest_group > 0
          ? html`<li><span class="sample" aria-hidden="true">${fewerMark("")}</span>${texts.text("map.small_groups")}</li>`
          : nothing}
        ${DOUBTS.filter((doubt) => floor.spaces.some((space) => space.doubt === doubt)).map(
          (doubt) => html`<li><span class="sample" aria-hidden="true">▥</span>${texts.text(`doubt.${doubt}`)}</li>`,
        )}
        ${more}
      </ul>
      ${asOf === undefined ? nothing : asOfText(new Date(asOf * 1000), texts)}
    </div>
  `;
};

/** Return when people were last confirmed. */
export const asOfText = (date: Date, texts: Texts): TemplateResult => {
  const old = Date.now() - date.getTime() > OLD_MS;
  return html`<span class="as-of ${old ? "old" : ""}">${texts.text("map.as_of", { time: texts.moment(date) })}</span>`;
};

const icon = (path: string): TemplateResult => html`<svg class="sample" viewBox="0 0 24 24" aria-hidden="true"><path d=${path}></path></svg>`;
