/** A space in words: for screen readers, and in the box that appears beside it. */

import { written } from "../small-groups.js";
import { hatched, type Reading } from "../spaces.js";
import type { Texts } from "../texts.js";
import type { Space } from "../topology.js";

/** Return how many people there are, in words, or an empty text if that is not known. */
export const peopleText = (texts: Texts, { people, estimated }: Pick<Reading, "people" | "estimated">): string => {
  if (people.fewerThan !== null) return texts.text("map.fewer_than", { count: people.fewerThan });
  return people.number === null ? "" : texts.count(estimated ? "map.about" : "map.people", people.number);
};

/** Return what is known of a space, one fact each. The first is its status. */
export const factsOf = (texts: Texts, space: Pick<Space, "capacity" | "doubt">, reading: Reading): string[] => {
  const { status, estimated, motion, since, entries, exits } = reading;
  const facts = [texts.text(`status.${status}`)];
  if (space.doubt && !hatched(status)) facts.push(texts.text(`doubt.${space.doubt}`));
  const counted = peopleText(texts, reading);
  if (counted) facts.push(counted);
  if (space.capacity !== null) facts.push(texts.text("map.capacity", { count: space.capacity }));
  if (motion) facts.push(texts.text("map.motion"));
  if (since) facts.push(texts.text("map.since", { time: texts.moment(since) }));
  for (const [key, crossings] of [["map.entries", entries], ["map.exits", exits]] as const) {
    const count = written(texts, crossings);
    if (count !== undefined) facts.push(texts.text(key, { count }));
  }
  if (counted && estimated) facts.push(texts.text("map.estimate"));
  return facts;
};

/** Return the accessible name of a space. */
export const labelOf = (texts: Texts, space: Pick<Space, "capacity" | "doubt" | "name">, reading: Reading): string =>
  `${space.name}: ${factsOf(texts, space, reading).join(", ")}`;

/** Return since when the status is the same, short enough to stand below it. */
export const sinceText = (texts: Texts, since: Date): string => {
  const time = texts.sameDay(since, new Date()) ? texts.time(since) : texts.date(since, { month: "short", day: "numeric" });
  return texts.text("map.since", { time });
};
