/** The texts of this package in the language of the person, and numbers, times and durations as Home Assistant writes them. */

import type { ReactiveController, ReactiveControllerHost } from "lit";

import type { Connection, HomeAssistant, Locale } from "./home-assistant.js";

export type Placeholders = Readonly<Record<string, string | number>>;

const PREFIX = "component.butlr.config_panel.";
const RETRY_MS = 5000;

const NUMBER_LANGUAGES: Partial<Record<Locale["number_format"], string>> = {
  comma_decimal: "en-US",
  decimal_comma: "de",
  quote_decimal: "de-CH",
  space_comma: "fr",
};

/** Texts and formats of one language and locale. */
export class Texts {
  readonly language: string;
  readonly #resources: Readonly<Record<string, string>>;
  readonly #numberLanguage: string | undefined;
  readonly #grouping: boolean;
  readonly #plural: Intl.PluralRules;
  readonly #zone: string | undefined;
  readonly #hour12: boolean | undefined;
  readonly #timeLanguage: string | undefined;
  readonly #formats = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();

  constructor(language: string, resources: Readonly<Record<string, string>>, locale?: Locale, serverZone?: string) {
    this.language = language;
    this.#resources = resources;
    const format = locale?.number_format ?? "language";
    this.#numberLanguage = format === "system" ? undefined : (NUMBER_LANGUAGES[format] ?? language);
    this.#grouping = format !== "none";
    this.#plural = new Intl.PluralRules(language);
    this.#zone = locale?.time_zone === "server" ? serverZone : undefined;
    this.#timeLanguage = locale?.time_format === "system" ? undefined : language;
    this.#hour12 = locale?.time_format === "12" ? true : locale?.time_format === "24" ? false : undefined;
  }

  /** Whether the language is written from right to left. */
  get rightToLeft(): boolean {
    return /^(ar|fa|he|ur)\b/.test(this.language);
  }

  /** Return the text of a key such as "map.legend". */
  text(key: string, placeholders: Placeholders = {}): string {
    const text = this.#resources[PREFIX + key];
    if (text === undefined) return key;
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = placeholders[name];
      if (value === undefined) return whole;
      return typeof value === "number" ? this.number(value) : value;
    });
  }

  /** Return the text of `key_one`, `key_other` … as the language counts. The text may show it as {count}. */
  count(key: string, count: number, placeholders: Placeholders = {}): string {
    const exact = `${key}_${this.#plural.select(count)}`;
    return this.text(PREFIX + exact in this.#resources ? exact : `${key}_other`, { count, ...placeholders });
  }

  number(value: number, options: Intl.NumberFormatOptions = {}): string {
    return this.#format(JSON.stringify(options), () => {
      return new Intl.NumberFormat(this.#numberLanguage, { useGrouping: this.#grouping, ...options });
    }).format(value);
  }

  percent(ratio: number): string {
    return this.number(ratio, { style: "percent", maximumFractionDigits: 0 });
  }

  /** Return the time of the day, such as 14:05. */
  time(date: Date): string {
    return this.date(date, { hour: "numeric", minute: "2-digit" });
  }

  /** Return the time, with the day if that is not today. */
  moment(date: Date, now = new Date()): string {
    if (this.sameDay(date, now)) return this.time(date);
    return this.date(date, { weekday: "short", month: "short", day: "numeric", hour: "numeric", minute: "2-digit" });
  }

  /** Whether two moments are on the same day where the person is. */
  sameDay(one: Date, other: Date): boolean {
    const day = { year: "numeric", month: "short", day: "numeric" } as const;
    return this.date(one, day) === this.date(other, day);
  }

  /** Return a date in any form. */
  date(date: Date, options: Intl.DateTimeFormatOptions): string {
    return this.#format(`date ${JSON.stringify(options)}`, () => {
      const clock = options.hour === undefined || this.#hour12 === undefined ? {} : { hour12: this.#hour12 };
      const zone = this.#zone === undefined ? {} : { timeZone: this.#zone };
      return new Intl.DateTimeFormat(options.hour === undefined ? this.language : this.#timeLanguage, { ...zone, ...clock, ...options });
    }).format(date);
  }

  /** Return a duration in its one or two largest units, such as 2 hr 10 min. */
  duration(seconds: number): string {
    const minutes = Math.max(0, Math.floor(seconds / 60));
    const days = Math.floor(minutes / 1440);
    const parts: [number, string][] =
      days > 0
        ? [[days, "day"], [Math.floor((minutes % 1440) / 60), "hour"]]
        : [[Math.floor(minutes / 60), "hour"], [minutes % 60, "minute"]];
    const shown = parts.filter(([value]) => value > 0);
    return (shown.length > 0 ? shown : [[0, "minute"] as const]).map(([value, unit]) => this.#unit(value, unit)).join(" ");
  }

  #unit(value: number, unit: string): string {
    // The number format of a person may use another language, but the name of the unit must not.
    return this.#format(`unit ${unit}`, () => new Intl.NumberFormat(this.language, { style: "unit", unit, unitDisplay: "short" })).format(value);
  }

  #format<T extends Intl.NumberFormat | Intl.DateTimeFormat>(key: string, make: () => T): T {
    let format = this.#formats.get(key);
    if (!format) this.#formats.set(key, (format = make()));
    return format as T;
  }
}

const resources = new WeakMap<Connection, Map<string, Promise<Record<string, string>>>>();

const load = async (connection: Connection, language: string): Promise<Record<string, string>> => {
  const fetch = async (wanted: string): Promise<Record<string, string>> => {
    const answer = await connection.sendMessagePromise<{ resources: Record<string, string> }>({
      type: "frontend/get_translations",
      language: wanted,
      category: "config_panel",
      integration: ["butlr"],
    });
    return answer.resources;
  };
  const own = await fetch(language);
  const empty = !Object.keys(own).some((key) => key.startsWith(PREFIX));
  return empty && language !== "en" ? fetch("en") : own;
};

/** Return the texts of a language. They are loaded once per connection; a failure is tried again. */
const loadOnce = (connection: Connection, language: string): Promise<Record<string, string>> => {
  let languages = resources.get(connection);
  if (!languages) resources.set(connection, (languages = new Map<string, Promise<Record<string, string>>>()));
  let loading = languages.get(language);
  if (!loading) {
    loading = load(connection, language);
    languages.set(language, loading);
    loading.catch(() => languages.delete(language));
  }
  return loading;
};

/** Return the texts for a person; without a locale, with formats of the language. */
export const loadTexts = async (
  hass: Pick<HomeAssistant, "connection" | "language"> & Partial<Pick<HomeAssistant, "locale" | "config">>,
): Promise<Texts> => new Texts(hass.language, await loadOnce(hass.connection, hass.language), hass.locale, hass.config?.time_zone);

/** A property of an element: its texts, or undefined until they are loaded. Render nothing before. */
export class TextsController implements ReactiveController {
  texts: Texts | undefined;
  readonly #host: ReactiveControllerHost & { hass?: HomeAssistant | undefined };
  #connection: Connection | undefined;
  #language: string | undefined;
  #locale: Locale | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(host: ReactiveControllerHost & { hass?: HomeAssistant | undefined }) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    this.#follow();
  }

  hostUpdate(): void {
    this.#follow();
  }

  hostDisconnected(): void {
    clearTimeout(this.#retry);
    if (!this.texts) this.#connection = undefined;
  }

  #follow(): void {
    const hass = this.#host.hass;
    if (!hass) return;
    const { connection, language, locale } = hass;
    if (connection === this.#connection && language === this.#language && locale === this.#locale) return;
    this.#connection = connection;
    this.#language = language;
    this.#locale = locale;
    clearTimeout(this.#retry);
    const current = (): boolean => connection === this.#connection && language === this.#language && locale === this.#locale;
    loadTexts(hass).then(
      (texts) => {
        if (!current()) return;
        this.texts = texts;
        this.#host.requestUpdate();
      },
      () => {
        if (!current()) return;
        this.#retry = setTimeout(() => {
          this.#connection = undefined;
          this.#host.requestUpdate();
        }, RETRY_MS);
      },
    );
  }
}
