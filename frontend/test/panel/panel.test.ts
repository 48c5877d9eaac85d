import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { HomeAssistant } from "../../src/home-assistant.js";
import { ButlrPanel } from "../../src/panel/panel.js";
import { address, parse } from "../../src/panel/router.js";
import type { Topology } from "../../src/topology.js";
import { FakeConnection, fakeHass, floor, room, topology } from "../fake.js";

const TOPOLOGY = topology([floor([room("room_1")])]);
const ADMIN = { id: "1", is_admin: true };
const GUEST = { id: "2", is_admin: false };

describe("addresses", () => {
  it.each([
    ["", { view: "overview", path: [] }],
    ["/", { view: "overview", path: [] }],
    ["/floor/space_1", { view: "floor", path: ["space_1"] }],
    ["/history/room%2F1/", { view: "history", path: ["room/1"] }],
    ["/find/%E0%A4%A", { view: "find", path: ["%E0%A4%A"] }],
    ["/nowhere", null],
  ])("parses %s", (path, place) => {
    expect(parse(path)).toEqual(place);
  });

  it("escapes ids", () => {
    expect(address("floor", "a/b")).toBe("/butlr/floor/a%2Fb");
  });
});

describe("the panel", () => {
  let connection: FakeConnection;
  let panel: ButlrPanel;

  beforeEach(() => {
    connection = new FakeConnection();
    panel = new ButlrPanel();
  });
  afterEach(() => {
    panel.remove();
  });

  const show = async (told?: Topology | Error, change: Partial<HomeAssistant> = {}, path = ""): Promise<void> => {
    if (told instanceof Error) connection.refuse = told;
    panel.hass = { dockedSidebar: "docked", ...fakeHass(connection, { user: ADMIN, ...change }) };
    panel.route = { prefix: "/butlr", path };
    document.body.append(panel);
    await settle();
    if (told && !(told instanceof Error)) connection.update({ topology: told });
    await settle();
  };
  const settle = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve));
    await panel.updateComplete;
  };
  const find = (selector: string): Element | null => panel.renderRoot.querySelector(selector);
  const main = (): string => (find("main")?.textContent ?? "").replace(/\s+/g, " ").trim();

  it("sets its direction only when it changes: the browser would compute all styles anew", async () => {
    await show(TOPOLOGY);
    expect(panel.dir).toBe("ltr");
    const set = vi.spyOn(panel, "setAttribute");
    panel.hass = { dockedSidebar: "docked", ...fakeHass(connection, { user: ADMIN }) };
    await settle();
    expect(set.mock.calls.map(([name]) => name)).not.toContain("dir");
  });

  it("says nothing before it knows the rooms", async () => {
    await show();
    expect(main()).toBe("");
    expect(find("main")?.getAttribute("aria-busy")).toBe("true");
  });

  it("shows the view of the address, and keeps its element", async () => {
    await show(TOPOLOGY, {}, "/floor/space_1");
    const view = find("butlr-view-floor") as unknown as { path: string[] };
    expect(view.path).toEqual(["space_1"]);
    expect(find("nav a[aria-current]")?.textContent.trim()).toBe("Floor");
    expect(document.title).toBe("Floor – Butlr – Home Assistant");
    panel.route = { prefix: "/butlr", path: "/floor/space_2" };
    await settle();
    expect(find("butlr-view-floor")).toBe(view);
    expect(view.path).toEqual(["space_2"]);
  });

  it("has a way on from an address that does not exist", async () => {
    await show(TOPOLOGY, {}, "/nowhere");
    expect(main()).toContain("There is no such page");
    expect(find("main a")?.getAttribute("href")).toBe("/butlr/overview");
  });

  it.each([
    [false, "docked", false],
    [true, "docked", true],
    [false, "always_hidden", true],
  ] as const)("has a menu button where the sidebar is hidden: narrow %s, %s", async (narrow, dockedSidebar, expected) => {
    panel.narrow = narrow;
    await show(TOPOLOGY, { dockedSidebar } as Partial<HomeAssistant>);
    const button = find("header button") as HTMLButtonElement | null;
    expect(button !== null).toBe(expected);
    const toggled = vi.fn();
    panel.addEventListener("hass-toggle-menu", toggled);
    button?.click();
    expect(toggled).toHaveBeenCalledTimes(expected ? 1 : 0);
  });

  it("says why there are no rooms, and what an administrator can do", async () => {
    await show(Object.assign(new Error("Unknown command."), { code: "unknown_command" }));
    expect(main()).toContain("could not be loaded");
    expect(main()).toContain("has been removed");
    expect(find("main a")?.getAttribute("href")).toBe("/config/integrations/integration/butlr");
  });

  it("tells others to ask", async () => {
    await show(Object.assign(new Error("Went <b>wrong</b>"), { code: "unknown_error" }), { user: GUEST });
    expect(main()).toContain("Went <b>wrong</b>");
    expect(main()).toContain("Ask an administrator");
    expect(find("main a")).toBeNull();
  });

  it("says that no organization is set up", async () => {
    await show({ ...TOPOLOGY, organizations: [] });
    expect(main()).toContain("No Butlr organization is set up");
  });

  it.each([
    ["setup_retry", "Acme cannot be reached"],
    ["setup_error", "Acme could not be set up"],
    ["setup_in_progress", "Acme is starting"],
    ["migration_error", "Acme is from a newer version"],
    ["not_loaded", "Acme is not running"],
    ["failed_unload", "Acme is not running"],
  ])("says what is wrong with an organization: %s", async (state, title) => {
    await show(topology([], { state, reason: "Timeout", buildings: [] }));
    expect(main()).toContain(title);
    expect(main()).toContain("Reason: Timeout");
    expect(main()).not.toContain("There is no room");
    expect(find("butlr-view-overview")).toBeNull();
  });

  it.each([
    [ADMIN, "options of the integration"],
    [GUEST, "Ask an administrator"],
  ])("says that there is no room for %o", async (user, text) => {
    await show(topology([], { buildings: [] }), { user });
    expect(main()).toContain(text);
  });

  it("shows the rooms of one organization while another is not there", async () => {
    const organizations = [
      ...TOPOLOGY.organizations,
      ...topology([], { id: "org_2", name: "Other", state: "setup_retry", buildings: [] }).organizations,
    ];
    await show({ ...TOPOLOGY, organizations });
    expect(main()).toContain("Other cannot be reached");
    expect(find("butlr-view-overview")).not.toBeNull();
  });

  it("says that the connection is lost, and keeps what it shows", async () => {
    await show(TOPOLOGY, { connected: false });
    expect(main()).toContain("cannot be reached at the moment");
    expect(find("butlr-view-overview")).not.toBeNull();
  });
});
