/** Small pieces that several views show. */

import { css, html, nothing, svg, type TemplateResult } from "lit";
import { styleMap } from "lit/directives/style-map.js";

import type { States } from "../home-assistant.js";
import { fewerMark, written } from "../small-groups.js";
import { countOf, hatched, isEstimated, numberOf, statusOf, utilizationOf, type Counted } from "../spaces.js";
import type { Texts } from "../texts.js";
import type { Building, Entities, Floor, Space, Status, Topology } from "../topology.js";

/** Return a status as an icon and a word; the color alone must not tell it. */
export function statusChip(topology: Topology, texts: Texts, status: Status): TemplateResult {
  const { color, icon } = topology.statuses[status];
  return html`<span class="status"
    ><svg class="icon" viewBox="0 0 24 24" aria-hidden="true" style=${styleMap({ fill: color })}>
      ${svg`<path d=${icon} />`}</svg
    >${texts.text(`status.${status}`)}</span
  >`;
}

/** A number in words; nothing if it is not measured. */
export type Figure = TemplateResult | string | typeof nothing;

/** Return what an entity says as a number; "unknown" is never written as a number, and nothing if there is no entity. */
export function figure(
  texts: Texts,
  states: States,
  entities: Entities,
  key: string,
  format: (value: number) => Figure = (value) => texts.number(value),
): Figure {
  const id = entities[key];
  if (id === undefined) return nothing;
  const value = numberOf(states, entities, key);
  if (value !== null) return format(value);
  const status = states[id]?.state === "unavailable" ? "unavailable" : "unknown";
  return html`<span class="secondary">${texts.text(`status.${status}`)}</span>`;
}

/** The key of the entity that stands for the people of a place. */
export function peopleKey(place: Pick<Counted, "entities">): "people" | "people_estimate" {
  return isEstimated(place) ? "people_estimate" : "people";
}

/** Return the people of a place, with a mark if they are an estimate; `format` is for a number that is shown as it is. */
export function peopleFigure(
  texts: Texts,
  states: States,
  place: Counted,
  around: readonly Space[] = [],
  format?: (people: number) => Figure,
): Figure {
  const count = countOf(states, place, around);
  const shown =
    count.fewerThan === null
      ? figure(texts, states, place.entities, peopleKey(place), format)
      : html`<span title=${texts.text("map.small_groups")}>${written(texts, count)}</span>`;
  return isEstimated(place) && shown !== nothing ? html`<span title=${texts.text("map.estimate")}>≈ ${shown}</span>` : shown;
}

/** Return how much of the capacity of a place is used. */
export function utilizationFigure(texts: Texts, states: States, place: Building | Floor): Figure {
  const { fewerThan } = utilizationOf(states, place);
  if (fewerThan !== null) return fewerMark(texts.percent(fewerThan / 100));
  return figure(texts, states, place.entities, "utilization", (percent) => texts.percent(percent / 100));
}

/** Return how many rooms are free, of those whose status is known. */
export function freeRooms(texts: Texts, states: States, entities: Entities, floors: readonly Floor[]): Figure {
  let known = 0;
  for (const space of floors.flatMap(({ spaces }) => spaces)) {
    if (space.kind === "room" && !hatched(statusOf(states, space.entities))) known += 1;
  }
  return figure(texts, states, entities, "free_rooms", (free) =>
    // Somebody who may not read all rooms is told the number alone.
    free <= known ? html`<bdi>${texts.text("overview.of", { count: free, total: known })}</bdi>` : texts.number(free),
  );
}

/** Return a bar for a number of percent that is written beside it. */
export function bar(percent: number | null): TemplateResult | typeof nothing {
  if (percent === null) return nothing;
  const width = `${Math.min(100, Math.max(0, percent))}%`;
  return html`<span class="bar ${percent > 100 ? "over" : ""}" aria-hidden="true"
    ><span style=${styleMap({ width })}></span
  ></span>`;
}

export const partStyles = css`
  .status {
    display: inline-flex;
    align-items: center;
    gap: 4px;
    white-space: nowrap;
  }
  .status svg.icon {
    width: 18px;
    height: 18px;
  }
  .bar {
    display: block;
    height: 6px;
    margin-top: 4px;
    border-radius: 3px;
    background: var(--divider-color);
    overflow: hidden;
  }
  .bar span {
    display: block;
    height: 100%;
    border-radius: 3px;
    background: var(--primary-color);
  }
  .bar.over span {
    background: var(--error-color);
  }
`;
