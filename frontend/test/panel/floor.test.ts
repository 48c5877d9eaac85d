import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { FloorList } from "../../src/panel/floor-list.js";
import { FloorView } from "../../src/panel/floor.js";
import { drawHeatmap } from "../../src/panel/heatmap.js";
import { withDoubts } from "../../src/topology.js";
import { state } from "../fake.js";
import { CALM, clean, estate, FLOOR, NAME, Shown } from "./views.js";

describe("a floor", () => {
  let shown: Shown<FloorView>;
  afterEach(() => {
    shown.view.remove();
    history.replaceState(null, "", "/");
  });
  const show = async (path = ["f1"], values = CALM, change = {}): Promise<void> => {
    shown = new Shown(new FloorView(), estate(), values, change);
    await shown.update({ path });
    await list().updateComplete;
  };
  const list = (): FloorList => shown.root.querySelector("butlr-floor-list") as FloorList;
  const map = (): { highlight?: string; floor: unknown; overlay: unknown } & Element =>
    shown.root.querySelector("butlr-map") as never;
  const rows = (): string[] => [...list().renderRoot.querySelectorAll("tbody tr")].map((row) => clean(row.textContent));
  const button = (name: string): HTMLButtonElement =>
    [...list().renderRoot.querySelectorAll("button"), ...shown.root.querySelectorAll("button")].find(
      (one) => clean(one.textContent).startsWith(name) || one.getAttribute("aria-label") === name,
    ) as HTMLButtonElement;

  it("shows its numbers, its map and its list", async () => {
    await show();
    expect(shown.texts("dl div")).toEqual(["People 11", "Free rooms 1 of 3", "Utilization 12%"]);
    expect(map().floor).toBe(FLOOR);
    expect(rows()).toEqual([
      `${NAME} Occupied since Mon, Jan 5, 9:00 AM ≈ 7`,
      "Aspen Occupied since Mon, Jan 5, 9:00 AM 4 of 8",
      "Cedar Free since Mon, Jan 5, 9:00 AM 0",
      "Desks Zone Occupied since Mon, Jan 5, 9:00 AM 1",
    ]);
  });

  it("never writes what is not known as a number", async () => {
    await show(["f1"], { ...CALM, "x.a_people": "unknown", "x.a_occupancy": "unavailable", "x.f1_people": "unknown" });
    expect(rows()[1]).toBe("Aspen Unavailable unknown of 8");
    expect(shown.texts("dl div")[0]).toBe("People Unknown");
  });

  it("finds spaces by name, kind and tag", async () => {
    await show();
    const search = list().renderRoot.querySelector("input") as HTMLInputElement;
    const find = async (text: string): Promise<string[]> => {
      search.value = text;
      search.dispatchEvent(new Event("input"));
      await list().updateComplete;
      return rows().map((row) => row.split(" ")[0] ?? "");
    };
    expect(await find("uber")).toEqual(["<b>\"Über\"</b>"]);
    expect(await find(" QUIET")).toEqual(["Aspen"]);
    expect(await find("nothing")).toEqual([]);
    expect(clean((list().renderRoot as ShadowRoot).textContent)).toContain("No room or zone has this name");
    expect(await find("")).toHaveLength(4);
  });

  it("sorts, with what is not known last", async () => {
    await show(["f1"], { ...CALM, "x.c_people": "unknown" });
    const names = (): string[] => rows().map((row) => row.split(" ")[0] ?? "");
    button("People").click();
    await list().updateComplete;
    expect(names()).toEqual(["<b>\"Über\"</b>", "Aspen", "Desks", "Cedar"]);
    button("People").click();
    await list().updateComplete;
    expect(names()).toEqual(["Desks", "Aspen", "<b>\"Über\"</b>", "Cedar"]);
    expect(list().renderRoot.querySelector("th[aria-sort=descending]")?.textContent).toContain("People");
    button("Status").click();
    await list().updateComplete;
    expect(names()[3]).toBe("Cedar");
  });

  it("chooses a space in the list and on the map, in the address", async () => {
    await show();
    button("Cedar").click();
    expect(location.pathname).toBe("/butlr/floor/f1/c");
    map().dispatchEvent(new CustomEvent("butlr-space", { detail: { id: "a" } }));
    expect(location.pathname).toBe("/butlr/floor/f1/a");
    await shown.update({ path: ["f1", "a"] });
    await list().updateComplete;
    expect(map().highlight).toBe("a");
    expect(list().renderRoot.querySelector("[aria-pressed=true]")?.textContent.trim()).toBe("Aspen");
    button("Aspen").click();
    expect(location.pathname).toBe("/butlr/floor/f1");
  });

  describe("the explanation of the chosen space", () => {
    const asked = vi.fn();
    const answer = vi.fn<(space: string) => Promise<{ text: string }>>();
    const explanation = (): string => clean((shown.root.querySelector("butlr-explanation")?.shadowRoot as ShadowRoot).querySelector("section")?.textContent ?? "");
    const explain = async (space: string): Promise<void> => {
      await show(["f1", space], CALM, {
        callWS: (message: { type: string; space_id: string }) => {
          asked(message);
          return answer(message.space_id);
        },
      });
    };
    beforeEach(() => {
      asked.mockReset();
      answer.mockReset().mockImplementation((space) => Promise.resolve({ text: `Because of ${space}.` }));
    });
    afterEach(() => {
      vi.useRealTimers();
    });

    it("is asked for in the language of the person, and for another space anew", async () => {
      await explain("a");
      expect(asked.mock.calls).toEqual([[{ type: "butlr/explain", entry_id: "entry", space_id: "a", language: "en" }]]);
      expect(explanation()).toBe("Why it is shown like this Because of a.");
      await shown.states({ "x.c_people": state("x.c_people", "4") });
      expect(asked).toHaveBeenCalledOnce();
      await shown.update({ path: ["f1", "c"] });
      await shown.update({});
      expect(explanation()).toContain("Because of c.");
      await shown.update({ path: ["f1"] });
      expect(shown.root.querySelector("butlr-explanation")).toBeNull();
    });

    it("is asked for at once when its own state changes, and now and then", async () => {
      await explain("a");
      await shown.states({ "x.a_people": state("x.a_people", "5") });
      expect(asked).toHaveBeenCalledTimes(2);
      await shown.update({});
      expect(asked).toHaveBeenCalledTimes(2);
    });

    it("is not shown to whom it may not be told, nor for a space that was left", async () => {
      answer.mockImplementation(() => Promise.reject(new Error("not_found")));
      await explain("a");
      expect(explanation()).toBe("");
      let late: (told: { text: string }) => void = () => undefined;
      answer.mockImplementation((space) => (space === "c" ? new Promise((resolve) => (late = resolve)) : Promise.resolve({ text: "Now." })));
      await shown.update({ path: ["f1", "c"] });
      await shown.update({ path: ["f1", "d"] });
      late({ text: "Late." });
      await shown.update({});
      await shown.update({});
      expect(explanation()).toBe("Why it is shown like this Now.");
    });
  });

  it("says in the list what is doubtful, unless it is unknown anyway", async () => {
    await show(["f1"], { ...CALM, "x.d_occupancy": "unknown" });
    const doubts = { a: "partial", c: "stale", d: "stale" } as const;
    await shown.update({ topology: withDoubts(estate(), doubts) });
    await list().updateComplete;
    expect(rows().slice(1)).toEqual([
      expect.stringContaining("Known only in part"),
      expect.stringContaining("Not confirmed lately"),
      expect.not.stringContaining("Not confirmed lately"),
    ]);
  });

  it("opens Home Assistant's dialog", async () => {
    await show();
    const opened = vi.fn<(event: Event) => void>();
    shown.view.addEventListener("hass-more-info", opened);
    button("Details of Aspen").click();
    expect((opened.mock.calls[0]?.[0] as CustomEvent).detail).toEqual({ entityId: "x.a_people" });
  });

  it("lets choose a floor, by number", async () => {
    await show();
    const select = shown.root.querySelector("select") as HTMLSelectElement;
    expect([...select.options].map(({ textContent }) => textContent)).toEqual(["Ground", "First"]);
    expect(select.querySelector("optgroup")?.getAttribute("label")).toBe("Tower");
    select.value = "f0";
    select.dispatchEvent(new Event("change"));
    expect(location.pathname).toBe("/butlr/floor/f0");
  });

  it("remembers the floor that was shown last", async () => {
    await show(["f0"]);
    await shown.update({ path: [] });
    expect((map().floor as { id: string }).id).toBe("f0");
  });

  it("has a way on from a floor that does not exist", async () => {
    shown = new Shown(new FloorView(), estate());
    await shown.update({ path: ["gone"] });
    expect(shown.text()).toContain("There is no such floor");
    expect(shown.links()).toEqual({ First: "/butlr/floor/f1", Ground: "/butlr/floor/f0" });
  });

  it("says that a space is not on the floor", async () => {
    await show(["f1", "gone"]);
    expect(shown.text("p.card")).toContain("is not on this floor");
  });

  it("renders again only for its own states", async () => {
    await show();
    const render = vi.spyOn(shown.view as unknown as { render: () => unknown }, "render");
    await shown.states({ "x.e_people": state("x.e_people", "4") });
    expect(render).not.toHaveBeenCalled();
    await shown.states({ "x.c_people": state("x.c_people", "4") });
    await list().updateComplete;
    expect(rows()[2]).toContain("4");
  });

  describe("its heatmap", () => {
    const call = vi.fn();
    const cells = [
      { x: 1, y: 3, value: 100 },
      { x: 2, y: 3, value: 1 },
    ];
    const answer = { resolution: 0.5, spaces: [{ start: "2026-01-05T00:00:00+00:00", end: "2026-01-05T10:00:00+00:00", cells, cells_omitted: 2 }] };
    beforeEach(() => {
      call.mockReset().mockResolvedValue({ response: answer });
    });

    it("is requested on demand, drawn over the map and explained", async () => {
      await show(["f1"], CALM, { callService: call });
      expect(call).not.toHaveBeenCalled();
      button("Show heatmap").click();
      await shown.update();
      expect(call).toHaveBeenCalledWith("butlr", "get_heatmap", { device_id: "device_f1" }, undefined, false, true);
      expect(map().overlay).toBeDefined();
      const { overlay } = map();
      expect(shown.text(".note")).toContain("Less time");
      expect(shown.text(".note")).toContain("Cells not shown: 2");
      expect(shown.text(".note")).toContain("one request to Butlr");
      await shown.states({ "x.a_people": state("x.a_people", "4") });
      expect(map().overlay).toBe(overlay);
      button("Hide heatmap").click();
      await shown.update();
      expect(map().overlay).toBeUndefined();
    });

    it.each([
      ["day", 24],
      ["week", 168],
    ])("covers the last %s", async (range, hours) => {
      await show(["f1"], CALM, { callService: call });
      const select = shown.root.querySelector(".heatmap select") as HTMLSelectElement;
      select.value = range;
      select.dispatchEvent(new Event("change"));
      button("Show heatmap").click();
      await shown.update();
      const { start_time } = call.mock.calls[0]?.[2] as { start_time: string };
      const ago = (Date.now() - Date.parse(start_time)) / 3_600_000;
      expect(ago).toBeGreaterThan(hours - 0.2);
      expect(ago).toBeLessThanOrEqual(hours + 0.01);
    });

    it("says why there is none, and lets try again", async () => {
      call.mockRejectedValueOnce({ code: "home_assistant_error", message: "Too <b>many</b> requests" });
      await show(["f1"], CALM, { callService: call });
      button("Show heatmap").click();
      await shown.update();
      expect(shown.text(".note")).toBe("There is no heatmap: Too <b>many</b> requests");
      button("Show heatmap").click();
      await shown.update();
      expect(map().overlay).toBeDefined();
    });

    it("says that nobody was there", async () => {
      call.mockResolvedValue({ response: { resolution: 0.5, spaces: [{ ...answer.spaces[0], cells: [] }] } });
      await show(["f1"], CALM, { callService: call });
      button("Show heatmap").click();
      await shown.update();
      expect(shown.text(".note")).toContain("Butlr saw nobody");
    });

    it("is forgotten when another floor is shown before it arrives", async () => {
      let arrive: (value: unknown) => void = () => undefined;
      call.mockReturnValue(new Promise((resolve) => (arrive = resolve)));
      await show(["f1"], CALM, { callService: call });
      button("Show heatmap").click();
      await shown.update();
      expect(shown.text(".note")).toBe("Asking Butlr…");
      await shown.update({ path: ["f0"] });
      arrive({ response: answer });
      await shown.update();
      expect(map().overlay).toBeUndefined();
    });

    it("has Butlr's coordinates turned into those of the drawing", () => {
      const drawn = drawHeatmap({ ...answer, start: "", end: "", cells, cells_omitted: 0 }, { ...FLOOR.drawing, origin: [0.5, 4] }, false);
      const paths = (drawn.values).flat().flatMap((part) => (part as { values?: unknown[] }).values ?? []);
      // The center (1, 3) is 0.5 m from the left and 1 m from the top.
      expect(paths).toContain("M0.25 0.75h0.5v0.5h-0.5z");
      expect(paths).toContain("M1.25 0.75h0.5v0.5h-0.5z");
    });
  });
});
