import { describe, expect, it } from "vitest";

import { loadTexts, Texts } from "../src/texts.js";
import { FakeConnection, fakeHass, LOCALE } from "./fake.js";

const RESOURCES = {
  "component.butlr.config_panel.map.hello": "Hello {name}, {count}",
  "component.butlr.config_panel.map.people_one": "{count} person",
  "component.butlr.config_panel.map.people_other": "{count} people",
};
const DATE = new Date("2026-01-05T14:05:00Z");

describe("texts", () => {
  it("fill in names as they are, and numbers as the person writes them", () => {
    const texts = new Texts("de", RESOURCES);
    expect(texts.text("map.hello", { name: "<b>$&{count}</b>", count: 1234 })).toBe("Hello <b>$&{count}</b>, 1.234");
    expect(texts.text("map.missing")).toBe("map.missing");
  });

  it("count as the language does", () => {
    const texts = new Texts("en", RESOURCES);
    expect([0, 1, 2].map((count) => texts.count("map.people", count))).toEqual(["0 people", "1 person", "2 people"]);
    expect(new Texts("fr", RESOURCES).count("map.people", 1_000_000)).toMatch(/people$/);
    expect(new Texts("ja", RESOURCES).count("map.people", 1)).toBe("1 people");
  });

  it("follow the number format, the time format and the time zone of the person", () => {
    expect(new Texts("en", {}, { ...LOCALE, number_format: "decimal_comma" }).number(1234.5)).toBe("1.234,5");
    expect(new Texts("en", {}, { ...LOCALE, number_format: "none" }).number(1234.5)).toBe("1234.5");
    expect(new Texts("en", {}, LOCALE, "UTC").time(DATE)).toMatch(/^2:05\sPM$/);
    expect(new Texts("en", {}, { ...LOCALE, time_format: "24" }, "UTC").time(DATE)).toBe("14:05");
    expect(new Texts("de", {}, LOCALE, "Asia/Tokyo").time(DATE)).toBe("23:05");
    expect(new Texts("de", {}).percent(0.256)).toBe("26\u00a0%");
  });

  it("tell the day of a moment only if it is not today", () => {
    const texts = new Texts("en", {}, { ...LOCALE, time_format: "24" }, "UTC");
    expect(texts.moment(DATE, new Date("2026-01-05T18:00:00Z"))).toBe("14:05");
    expect(texts.moment(DATE, new Date("2026-01-06T09:00:00Z"))).toBe("Mon, Jan 5, 14:05");
  });

  it("tell durations in two units at most", () => {
    const texts = new Texts("en", {});
    expect([20, 120, 3600, 7860, 90_000, 2 * 86_400].map((seconds) => texts.duration(seconds))).toEqual([
      "0 min",
      "2 min",
      "1 hr",
      "2 hr 11 min",
      "1 day 1 hr",
      "2 days",
    ]);
  });

  it("are loaded once for each language, and in English if there are none", async () => {
    const connection = new FakeConnection();
    connection.answer = (message) => ({ resources: message.language === "en" ? RESOURCES : {} });
    const hass = fakeHass(connection, { language: "tlh" });
    const [texts] = await Promise.all([loadTexts(hass), loadTexts(hass)]);
    expect(texts.count("map.people", 2)).toBe("2 people");
    expect(connection.sent.map(({ language }) => language)).toEqual(["tlh", "en"]);
  });

  it("are tried again after a failure", async () => {
    const connection = new FakeConnection();
    connection.answer = () => {
      throw new Error("Connection lost");
    };
    await expect(loadTexts(fakeHass(connection))).rejects.toThrow();
    connection.answer = () => ({ resources: RESOURCES });
    expect((await loadTexts(fakeHass(connection))).count("map.people", 1)).toBe("1 person");
  });
});
