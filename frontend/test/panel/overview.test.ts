import { afterEach, describe, expect, it, vi } from "vitest";

import { OverviewView } from "../../src/panel/overview.js";
import { state } from "../fake.js";
import { CALM, estate, entities, NAME, Shown } from "./views.js";

describe("the overview", () => {
  let shown: Shown<OverviewView> | undefined;
  afterEach(() => {
    shown?.view.remove();
  });
  const show = async (values = CALM, told = estate(), change = {}): Promise<Shown<OverviewView>> => {
    shown = new Shown(new OverviewView(), told, values, change);
    await shown.update();
    return shown;
  };

  it("shows the numbers of buildings and floors that Home Assistant has", async () => {
    await show();
    expect(shown?.texts("dl div")).toEqual(["People 1,234", "Free rooms 2 of 4", "Utilization 42%"]);
    expect(shown?.texts("tbody tr")).toEqual(["First Occupied 11 1 of 3 12%", "Ground Free ≈ 3 – –"]);
    expect(shown?.text(".building header")).toBe("Tower Occupied");
    expect(shown?.links("tbody a")).toEqual({ First: "/butlr/floor/f1", Ground: "/butlr/floor/f0" });
    expect(shown?.text()).not.toContain("Acme");
  });

  it("never writes what is not known as a number", async () => {
    await show({ ...CALM, "x.b1_people": "unknown", "x.f1_people": "unavailable", "x.f0_people_estimate": "unknown", "x.b1_free_rooms": "unknown" });
    expect(shown?.texts("dl div")).toEqual(["People Unknown", "Free rooms Unknown", "Utilization 42%"]);
    expect(shown?.texts("tbody tr")).toEqual(["First Occupied Unavailable 1 of 3 12%", "Ground Free ≈ Unknown – –"]);
  });

  it("tells the number of free rooms alone to somebody who may not read all rooms", async () => {
    await show({ ...CALM, "x.b1_free_rooms": "40" });
    expect(shown?.texts("dl div")[1]).toBe("Free rooms 40");
  });

  it("shows the busiest spaces, escaped, with links", async () => {
    await show();
    expect(shown?.texts(".busiest li")).toEqual([
      `${NAME} First ≈ 7 people`,
      "Aspen First 4 people 50%",
      "Desks First 1 person",
    ]);
    expect(shown?.links(".busiest a")[NAME]).toBe("/butlr/floor/f1/b");
    expect(shown?.all(".busiest b")).toEqual([]);
  });

  it("says that nobody is known to be anywhere", async () => {
    await show({ "x.org_update_mode": "push" });
    expect(shown?.text(".aside")).toContain("No room or zone is known to have people");
  });

  it("says that everything is working", async () => {
    await show();
    expect(shown?.text()).toContain("Everything is working");
  });

  it("says in words what is wrong, with links", async () => {
    await show({
      ...CALM,
      "x.a_occupancy": "unavailable",
      "x.b_occupancy": "unavailable",
      "x.c_occupancy": "unavailable",
      "x.d_occupancy": "unavailable",
      "x.e_occupancy": "unknown",
      "x.h1_connectivity": "off",
      "x.s1_connectivity": "off",
      "x.s2_battery": "on",
      "x.org_update_mode": "polling",
    });
    expect(shown?.texts(".attention li")).toEqual([
      `4 spaces are unavailable: their sensors or Butlr cannot be reached. Aspen ${NAME} Cedar and 1 more`,
      "1 space is unknown: Butlr has no current value for it. Elder",
      "1 hive is offline",
      "1 sensor is offline",
      "1 battery must be replaced soon",
      "Butlr is polled: values follow within about a minute",
    ]);
    expect(shown?.links(".attention a").Elder).toBe("/butlr/floor/f0/e");
    expect(shown?.links(".attention a")["1 hive is offline"]).toBe("/butlr/maintenance");
    expect(shown?.text()).not.toContain("Everything is working");
  });

  it("knows of offline sensors that are no devices", async () => {
    await show(
      { ...CALM, "x.org_sensors_offline": "3" },
      estate({ hardware: [], entities: entities("org", "update_mode", "sensors_offline") }),
    );
    expect(shown?.texts(".attention li")).toEqual(["3 sensors are offline"]);
  });

  it("says when people were last confirmed", async () => {
    await show();
    await shown?.update({ asOf: { entry: Date.now() / 1000 } });
    expect(shown?.text(".total")).toMatch(/^As of \d/);
  });

  it("names the organizations if there are several", async () => {
    const told = estate();
    const organizations = [...told.organizations, ...estate({ id: "org_2", name: "Other" }).organizations];
    await show(CALM, { ...told, organizations });
    expect(shown?.texts("h2.name")).toEqual(["Acme", "Other"]);
  });

  it("renders again only for its own states", async () => {
    await show();
    const render = vi.spyOn(shown?.view as unknown as { render: () => unknown }, "render");
    await shown?.states({ "light.kitchen": state("light.kitchen", "on") });
    expect(render).not.toHaveBeenCalled();
    await shown?.states({ "x.a_people": state("x.a_people", "9") });
    expect(render).toHaveBeenCalledTimes(1);
    expect(shown?.texts(".busiest li")[0]).toBe("Aspen First 9 people 50%");
  });
});
