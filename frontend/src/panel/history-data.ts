/** The past of a space, from Home Assistant's hourly statistics: hour by hour, by weekday, and in a few figures. */

import { commandError, type HomeAssistant } from "../home-assistant.js";
import { shownPast } from "../small-groups.js";

export const DAYS = 28;
const HOUR = 3_600_000;

/** A row of the recorder; times are Unix milliseconds. */
interface Row {
  readonly start: number;
  readonly mean?: number | null;
  readonly max?: number | null;
}

/** An hour on the clock of the site. Without statistics, `mean` and `max` are null: that is not zero. */
export interface Hour {
  readonly start: number;
  /** The day as YYYY-MM-DD, the hour from 0 to 23, and the weekday from Monday (0) to Sunday (6). */
  readonly date: string;
  readonly hour: number;
  readonly weekday: number;
  readonly mean: number | null;
  readonly max: number | null;
  /** Whether the hour is over, is now, or is yet to come. */
  readonly when: "past" | "now" | "future";
}

export interface Past {
  readonly today: readonly Hour[];
  /** All hours of the last four weeks before today. */
  readonly weeks: readonly Hour[];
}

/** The mean of an hour of the week, and how many weeks are known. */
export interface Cell {
  readonly mean: number | null;
  readonly weeks: number;
}

export interface Summary {
  readonly peak: Hour | null;
  /** The mean number of people over the hours in which anybody was there. */
  readonly whenUsed: number | null;
  readonly used: number;
  readonly known: number;
  readonly missing: number;
}

type Clock = (time: number) => Pick<Hour, "date" | "hour" | "weekday">;

/** Return a function that reads the clock of a time zone. */
const clockOf = (zone: string): Clock => {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
  });
  return (time) => {
    const parts: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
    for (const { type, value } of format.formatToParts(time)) parts[type] = value;
    const date = `${parts.year ?? ""}-${parts.month ?? ""}-${parts.day ?? ""}`;
    return { date, hour: Number(parts.hour), weekday: (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7 };
  };
};

const daysBefore = (date: string, days: number): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) - days * 24 * HOUR).toISOString().slice(0, 10);

/** Return today and the four weeks before, on the clock of a time zone. `current` is what is known of this hour so far. */
export const pastOf = (rows: readonly Row[], current: Row | null, zone: string, now: number): Past => {
  const clock = clockOf(zone);
  const known = new Map(rows.map((row) => [row.start, row]));
  const thisHour = Math.floor(now / HOUR) * HOUR;
  const today = clock(now).date;
  const first = daysBefore(today, DAYS);
  const past: { today: Hour[]; weeks: Hour[] } = { today: [], weeks: [] };
  // A day has up to 25 hours, and the hours of statistics may begin in the middle of one of the site.
  for (let start = thisHour - (DAYS + 2) * 24 * HOUR; start < thisHour + 26 * HOUR; start += HOUR) {
    const place = clock(start);
    if (place.date < first || place.date > today) continue;
    const row = start === thisHour ? current : known.get(start);
    const when = start === thisHour ? "now" : start < thisHour ? "past" : "future";
    const hour: Hour = { start, ...place, mean: row?.mean ?? null, max: row?.max ?? null, when };
    (place.date === today ? past.today : past.weeks).push(hour);
  }
  return past;
};

/** Return the mean of each hour of the week: [weekday][hour]. */
export const gridOf = (hours: readonly Hour[]): Cell[][] => {
  const sums = Array.from({ length: 7 }, () => Array.from({ length: 24 }, () => ({ sum: 0, weeks: 0 })));
  for (const { weekday, hour, mean } of hours) {
    const sum = sums[weekday]?.[hour];
    if (!sum || mean === null) continue;
    sum.sum += mean;
    sum.weeks += 1;
  }
  return sums.map((day) => day.map(({ sum, weeks }) => ({ mean: weeks > 0 ? sum / weeks : null, weeks: Math.min(weeks, 4) })));
};

export const summaryOf = (hours: readonly Hour[]): Summary => {
  let peak: Hour | null = null;
  let [sum, used, known, missing] = [0, 0, 0, 0];
  for (const hour of hours) {
    if (hour.mean === null) {
      if (hour.when === "past") missing += 1;
      continue;
    }
    known += 1;
    if ((hour.max ?? 0) > (peak?.max ?? 0)) peak = hour;
    if ((hour.max ?? hour.mean) > 0) {
      used += 1;
      sum += hour.mean;
    }
  }
  return { peak, whenUsed: used > 0 ? sum / used : null, used, known, missing };
};

/** Return the day on which a week begins: from Monday (0) to Sunday (6). */
export const firstWeekday = (locale: HomeAssistant["locale"]): number => {
  const days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
  const chosen = days.indexOf(locale.first_weekday);
  if (chosen >= 0) return chosen;
  const known = new Intl.Locale(locale.language) as Intl.Locale & { getWeekInfo?(): { firstDay: number } };
  return (known.getWeekInfo?.().firstDay ?? 1) - 1;
};

/** Return the top of a scale that begins at 0, and the step between its lines: at most four. */
export const scaleOf = (highest: number): { top: number; step: number } => {
  for (let power = 1; ; power *= 10) {
    for (const factor of [1, 2, 5]) {
      const step = factor * power;
      if (step * 4 >= highest) return { top: Math.max(1, Math.ceil(highest / step)) * step, step };
    }
  }
};

/** Why there is nothing to show. */
export class NoRecorderError extends Error {}

/** Ask the recorder for the past of an entity. Small groups do not leave this function: half the smallest stands for them. */
export const load = async (hass: HomeAssistant, entityId: string, zone: string, now: number, smallest: number): Promise<Past> => {
  const coarse = (people: number | null | undefined): number | null =>
    people === null || people === undefined ? null : (shownPast(people, smallest) ?? smallest / 2);
  const shown = (row: Row): Row => ({ start: row.start, mean: coarse(row.mean), max: coarse(row.max) });
  const thisHour = Math.floor(now / HOUR) * HOUR;
  const ask = async (period: "hour" | "5minute", start: number): Promise<readonly Row[]> => {
    const answer = await hass.callWS<Record<string, Row[] | undefined>>({
      type: "recorder/statistics_during_period",
      start_time: new Date(start).toISOString(),
      statistic_ids: [entityId],
      period,
      types: ["mean", "max"],
    });
    return answer[entityId] ?? [];
  };
  try {
    const [rows, recent] = await Promise.all([ask("hour", thisHour - (DAYS + 2) * 24 * HOUR), ask("5minute", thisHour)]);
    const current = combined(recent, thisHour);
    return pastOf(rows.map(shown), current && shown(current), zone, now);
  } catch (error) {
    if (commandError(error).code === "unknown_command") throw new NoRecorderError();
    throw error;
  }
};

/** The recorder compiles an hour when it is over; until then, its rows of five minutes stand for it. */
const combined = (rows: readonly Row[], start: number): Row | null => {
  const means = rows.flatMap(({ mean }) => mean ?? []);
  if (means.length === 0) return null;
  return {
    start,
    mean: means.reduce((sum, mean) => sum + mean, 0) / means.length,
    max: Math.max(...rows.flatMap(({ max }) => max ?? [])),
  };
};
