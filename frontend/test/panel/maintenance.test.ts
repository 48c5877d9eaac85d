import { afterEach, describe, expect, it, vi } from "vitest";

import { MaintenanceView } from "../../src/panel/maintenance.js";
import { state } from "../fake.js";
import { CALM, clean, device, entities, estate, HARDWARE, NAME, Shown } from "./views.js";

const GUEST = { id: "2", is_admin: false };

describe("maintenance", () => {
  let shown: Shown<MaintenanceView>;
  afterEach(() => {
    shown.view.remove();
  });
  const show = async (values = CALM, told = estate(), change = {}): Promise<void> => {
    shown = new Shown(new MaintenanceView(), told, values, change);
    await shown.update();
  };
  const names = (): string[] => shown.texts("tbody th > :first-child");

  it("shows hardware with its place and state", async () => {
    await show({ ...CALM, "x.s2_battery_change_by": "2027-03-01T12:00:00+00:00" });
    expect(shown.text("header")).toBe("Hives and sensors 4 devices · no problems");
    expect(shown.texts("tbody tr")).toEqual([
      "hive h1 Hive First Connected –",
      "sensor s1 Sensor First Connected –",
      "sensor s2 Sensor Aspen First Connected Good by Mar 1, 2027",
      "sensor s3 Sensor Ground Connected –",
    ]);
    expect(shown.links("tbody a")).toMatchObject({
      "hive h1": "/config/devices/device/device_h1",
      Aspen: "/butlr/floor/f1/a",
      Ground: "/butlr/floor/f0",
    });
  });

  it("puts first what needs attention", async () => {
    const values = { ...CALM, "x.s1_connectivity": "unknown", "x.s2_battery": "on", "x.s3_connectivity": "off", "x.h1_connectivity": "off" };
    await show(values);
    expect(names()).toEqual(["hive h1", "sensor s3", "sensor s2", "sensor s1"]);
    expect(shown.text("header")).toContain("4 with problems");
    expect(shown.texts("tbody td:nth-child(3)")).toEqual(["Offline", "Offline", "Connected", "Unknown"]);
  });

  it("shows only problems, and only a floor", async () => {
    await show({ ...CALM, "x.s1_connectivity": "off" });
    const check = shown.root.querySelector("input") as HTMLInputElement;
    check.checked = true;
    check.dispatchEvent(new Event("change"));
    await shown.update();
    expect(names()).toEqual(["sensor s1"]);
    const select = shown.root.querySelector("select") as HTMLSelectElement;
    select.value = "f0";
    select.dispatchEvent(new Event("change"));
    await shown.update();
    expect(shown.text(".hardware")).toContain("No device matches");
    check.checked = false;
    check.dispatchEvent(new Event("change"));
    await shown.update();
    expect(names()).toEqual(["sensor s3"]);
  });

  it("shows the rest of a thousand devices on request", async () => {
    const hardware = Array.from({ length: 250 }, (_, nth) => device("sensor", `n${nth}`, { name: NAME }));
    await show(CALM, estate({ hardware }));
    expect(shown.all("tbody tr")).toHaveLength(100);
    expect(names()[0]).toBe(NAME);
    (shown.root.querySelector(".more button") as HTMLButtonElement).click();
    await shown.update();
    expect(shown.all("tbody tr")).toHaveLength(250);
  });

  it("shows heartbeats where they are enabled", async () => {
    const hardware = [device("hive", "h1", { entities: entities("h1", "connectivity", "last_heartbeat") }), ...HARDWARE.slice(0, 1)];
    await show({ ...CALM, "x.h1_last_heartbeat": "2026-01-05T09:00:00+00:00" }, estate({ hardware }));
    expect(shown.texts("thead th")).toEqual(["Device", "Place", "Connection", "Last heartbeat"]);
    expect(shown.texts("tbody td:last-child")).toEqual(["Mon, Jan 5, 9:00 AM", "–"]);
  });

  it("opens the dialog of the entity for those who may not see devices", async () => {
    await show(CALM, estate(), { user: GUEST });
    const opened = vi.fn<(event: Event) => void>();
    shown.view.addEventListener("hass-more-info", opened);
    (shown.root.querySelector("tbody button") as HTMLButtonElement).click();
    expect((opened.mock.calls[0]?.[0] as CustomEvent).detail).toEqual({ entityId: "x.h1_connectivity" });
  });

  it.each([
    ["push", "Butlr pushes changes", false],
    ["polling", "Butlr is polled", true],
    ["unknown", "Whether Butlr pushes changes is not known", false],
  ])("says how changes arrive: %s", async (mode, title, hasLink) => {
    await show(
      { ...CALM, "x.org_update_mode": mode, "x.org_last_push": new Date().toISOString() },
      estate({ entities: entities("org", "update_mode", "last_push") }),
    );
    expect(clean(shown.text(".pushes"))).toContain(title);
    expect(clean(shown.text(".pushes"))).toContain("Last push: ");
    expect(shown.all(".pushes a").length > 0).toBe(hasLink);
  });

  it.each([
    [undefined, "Add sensors and hives as devices"],
    [GUEST, "Ask an administrator"],
  ])("says why there is no hardware", async (user, text) => {
    const told = estate({ hardware: [], entities: entities("org", "sensors_offline") });
    await show({ ...CALM, "x.org_sensors_offline": "2" }, told, user && { user });
    expect(shown.text(".none")).toContain(text);
    expect(shown.text(".none")).toContain("Sensors offline: 2");
  });

  it("renders again only for its own states", async () => {
    await show();
    const render = vi.spyOn(shown.view as unknown as { render: () => unknown }, "render");
    await shown.states({ "x.a_people": state("x.a_people", "4") });
    expect(render).not.toHaveBeenCalled();
    await shown.states({ "x.s1_connectivity": state("x.s1_connectivity", "off") });
    expect(names()[0]).toBe("sensor s1");
  });
});
