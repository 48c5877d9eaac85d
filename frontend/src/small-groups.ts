/**
 * Numbers of people that are too small to be shown: the TypeScript half of live/small_groups.py.
 *
 * Both are tested with tests/live/small_groups.json. Views get a number only from here, so that none can show a hidden one.
 */

import type { Texts } from "./texts.js";

/** A number as it is shown: as it is, only as fewer than another one, or unknown. */
export interface Count {
  readonly number: number | null;
  readonly fewerThan: number | null;
}

export const UNKNOWN: Count = { number: null, fewerThan: null };

/** Return the highest number that a count can stand for; 0 if it is unknown. */
export const mostOf = ({ number, fewerThan }: Count): number => (fewerThan === null ? (number ?? 0) : fewerThan - 1);

/** Return a number as it is shown; `parts` are the numbers of the spaces in it, as they are shown. */
export const shownCount = (number: number | null, smallest: number, parts: readonly Count[] = []): Count => {
  if (smallest === 0 || number === null || number === 0) return { number, fewerThan: null };
  const limit = together(parts).fewerThan ?? smallest;
  return number < limit ? { number: null, fewerThan: limit } : { number, fewerThan: null };
};

/** Return the sum of numbers as it is shown; it is hidden if one of them is. Unknown numbers do not count. */
export const together = (counts: readonly Count[]): Count => {
  const most = counts.reduce((sum, count) => sum + mostOf(count), 0);
  return counts.some(({ fewerThan }) => fewerThan !== null) ? { number: null, fewerThan: most + 1 } : { number: most, fewerThan: null };
};

/** Return entries and exits as they are shown. Exits are unknown if the difference would tell a number of people. */
export const shownCrossings = (
  entries: number | null,
  exits: number | null,
  smallest: number,
  people: Count = UNKNOWN,
): { readonly entries: Count; readonly exits: Count } => {
  const difference = smallest === 0 || entries === null || exits === null ? 0 : Math.abs(entries - exits);
  const tells = difference > 0 && difference < (people.fewerThan ?? smallest);
  return { entries: shownCount(entries, smallest), exits: tells ? UNKNOWN : shownCount(exits, smallest) };
};

/** Return a past number of people as exactly as it is shown; null if it is only shown as fewer than the smallest. */
export const shownPast = (people: number, smallest: number): number | null => {
  if (smallest === 0 || people <= 0) return people;
  return people < smallest ? null : smallest * Math.floor(people / smallest + 0.5);
};

/** Return a count as it is written beside an icon or in a table, such as 7 or <3; undefined if it is unknown. */
export const written = (texts: Texts, { number, fewerThan }: Count): string | undefined => {
  if (fewerThan !== null) return fewerMark(texts.number(fewerThan));
  return number === null ? undefined : texts.number(number);
};

/** Mark a number that is shown instead of smaller ones, as map/svg.py does. */
export const fewerMark = (number: string): string => `<${number}`;
