import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { FloorMap } from "../src/floor-map.js";
import { Texts } from "../src/texts.js";
import { topologyStore } from "../src/topology.js";
import { ENGLISH, fakeHass, FakeConnection, floor, room, STATUSES, topology } from "./fake.js";

let onScreen: (visible: boolean) => void;

class FakeIntersectionObserver {
  constructor(callback: (entries: { isIntersecting: boolean }[]) => void) {
    onScreen = (visible) => {
      callback([{ isIntersecting: visible }]);
    };
  }
  observe(): void {
    // Told by the test.
  }
  disconnect(): void {
    // Told by the test.
  }
}

let connection: FakeConnection;
let map: FloorMap;
let visibility: DocumentVisibilityState;
const ground = floor([room("a"), room("b")]);

beforeEach(async () => {
  vi.useFakeTimers();
  vi.stubGlobal("IntersectionObserver", FakeIntersectionObserver);
  visibility = "visible";
  vi.spyOn(document, "visibilityState", "get").mockImplementation(() => visibility);
  localStorage.clear();
  connection = new FakeConnection();
  await import("../src/floor-map.js");
});

afterEach(() => {
  map.remove();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const settle = async (): Promise<void> => {
  await vi.advanceTimersByTimeAsync(0);
  await map.updateComplete;
  await vi.advanceTimersByTimeAsync(0);
  await map.updateComplete;
};

const show = async (change: Partial<FloorMap> = {}, floors: readonly string[] = [ground.id]): Promise<void> => {
  map = document.createElement("butlr-map");
  Object.assign(map, { hass: fakeHass(connection), floor: ground, statuses: STATUSES, texts: new Texts("en", ENGLISH), ...change });
  document.body.append(map);
  await settle();
  tell({ topology: topology([ground], { positions: [...floors] }) });
  onScreen(true);
  await settle();
};

/** Send an update to those who subscribed to the topology. */
const tell = (update: unknown): void => {
  for (const one of connection.subscriptions) if (one.message.type === "butlr/subscribe" && !one.ended) one.callback(update as never);
};

const subscriptions = (): { floor: unknown; ended: boolean }[] =>
  connection.subscriptions
    .filter(({ message }) => message.type === "butlr/positions")
    .map(({ message, ended }) => ({ floor: message.floor_id, ended }));

const active = (): number => subscriptions().filter(({ ended }) => !ended).length;

const send = async (update: unknown): Promise<void> => {
  for (const one of connection.subscriptions) if (one.message.type === "butlr/positions" && !one.ended) one.callback(update as never);
  await settle();
};

const toggle = (): HTMLButtonElement | null => map.shadowRoot?.querySelector("button.switch") ?? null;
const press = async (): Promise<void> => {
  toggle()?.click();
  await settle();
};
const dots = (): [number, number][] =>
  [...(map.shadowRoot?.querySelectorAll(".people .dot") ?? [])].map((dot) => {
    const [x, y] = dot.getAttribute("d")?.match(/[\d.]+/g) ?? [];
    return [Number(x), Number(y)];
  });
const legend = (): string => map.shadowRoot?.querySelector(".live")?.textContent.replace(/\s+/g, " ").trim() ?? "";

test("are off until somebody switches them on, and then remembered by this browser", async () => {
  await show();
  expect(active()).toBe(0);
  expect(toggle()?.getAttribute("aria-pressed")).toBe("false");
  await press();
  expect(subscriptions()).toEqual([{ floor: ground.id, ended: false }]);
  expect(toggle()?.getAttribute("aria-pressed")).toBe("true");
  map.remove();
  await settle();
  expect(active()).toBe(0);
  await show();
  expect(active()).toBe(1);
  await press();
  expect(active()).toBe(0);
  expect(localStorage.length).toBe(0);
});

test("are not offered where they are not switched on, nor on a screen without controls", async () => {
  localStorage.setItem("butlr-live-positions", "on");
  await show({}, []);
  expect(toggle()).toBeNull();
  expect(active()).toBe(0);
  tell({ topology: topology([ground], { positions: [ground.id] }) });
  await settle();
  expect(active()).toBe(1);
  tell({ topology: topology([ground]) });
  await settle();
  expect(active()).toBe(0);
  map.remove();
  await show({ passive: true });
  expect(toggle()).toBeNull();
  expect(active()).toBe(0);
});

test("are offered at once where the page knows the floor already", async () => {
  await show();
  const first = map;
  map = document.createElement("butlr-map");
  Object.assign(map, { hass: first.hass, floor: ground, statuses: STATUSES, texts: first.texts });
  document.body.append(map);
  await map.updateComplete;
  expect(toggle()).not.toBeNull();
  first.remove();
});

test("work in a browser that refuses to remember anything", async () => {
  const refuse = (): never => {
    throw new DOMException("denied", "SecurityError");
  };
  vi.stubGlobal("localStorage", { getItem: refuse, setItem: refuse, removeItem: refuse });
  await show();
  await press();
  expect(active()).toBe(1);
  await press();
  expect(active()).toBe(0);
});

test("are subscribed only while the map can be seen", async () => {
  await show();
  await press();
  onScreen(false);
  expect(active()).toBe(0);
  onScreen(true);
  expect(active()).toBe(1);
  await settle();
  visibility = "hidden";
  document.dispatchEvent(new Event("visibilitychange"));
  expect(active()).toBe(0);
  visibility = "visible";
  document.dispatchEvent(new Event("visibilitychange"));
  expect(active()).toBe(1);
});

test("are drawn where the server says, each sensor by itself", async () => {
  await show();
  await press();
  expect(legend()).toContain("Waiting for positions…");
  await send({ sensors: { one: [[1, 2], [3, 4]], two: [] } });
  expect(dots()).toEqual([[100, 200], [300, 400]]);
  expect(legend()).toContain("People shown live: 2");
  await send({ sensors: { two: [[5, 1]] } });
  expect(dots()).toHaveLength(3);
  await send({ sensors: { one: [] } });
  expect(dots()).toEqual([[500, 100]]);
  expect(legend()).toContain("People shown live: 1");
});

test("fade after five seconds without news", async () => {
  await show();
  await press();
  await send({ sensors: { one: [[1, 2]], two: [[3, 4]] } });
  await vi.advanceTimersByTimeAsync(4000);
  await send({ sensors: { two: [[3, 4]] } });
  await vi.advanceTimersByTimeAsync(1500);
  expect(map.shadowRoot?.querySelectorAll(".people .old")).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1000);
  expect(dots()).toEqual([[300, 400]]);
  await vi.advanceTimersByTimeAsync(5000);
  await settle();
  expect(dots()).toEqual([]);
  expect(legend()).toContain("Waiting for positions…");
});

test("disappear with the switch, and with the floor", async () => {
  await show();
  await press();
  await send({ sensors: { one: [[1, 2]] } });
  await press();
  expect(dots()).toEqual([]);
  await press();
  await send({ sensors: { one: [[1, 2]] } });
  const first = floor([room("c")], { id: "space_2" });
  tell({ topology: topology([ground, first], { positions: [first.id] }) });
  map.floor = first;
  await settle();
  expect(dots()).toEqual([]);
  expect(subscriptions().filter(({ ended }) => !ended)).toEqual([{ floor: first.id, ended: false }]);
});

test("are asked for again when the drawing begins elsewhere", async () => {
  await show();
  await press();
  map.floor = { ...ground, drawing: { ...ground.drawing, origin: [1, 4] } };
  await settle();
  expect(subscriptions().map(({ ended }) => ended)).toEqual([true, false]);
});

test("say why they are not shown, and try again", async () => {
  await show();
  connection.refuse = Object.assign(new Error("no"), { code: "positions_not_pushed" });
  await press();
  expect(legend()).toContain("Repairs says why");
  expect(map.shadowRoot?.querySelector(".live [role=status]")).not.toBeNull();
  connection.refuse = undefined;
  await vi.advanceTimersByTimeAsync(2000);
  await settle();
  expect(active()).toBe(1);
  expect(legend()).toContain("Waiting");
  await send({ ended: "positions_hidden" });
  expect(active()).toBe(0);
  expect(legend()).toContain("You may not see every room");
  connection.refuse = Object.assign(new Error("Unknown command"), { code: "unknown_command" });
  await vi.advanceTimersByTimeAsync(5000);
  await settle();
  expect(legend()).toContain("Live positions cannot be shown: Unknown command");
});

test("are subscribed anew after the connection was lost", async () => {
  await show();
  await press();
  await send({ sensors: { one: [[1, 2]] } });
  connection.reconnect();
  await settle();
  expect(dots()).toEqual([]);
  expect(subscriptions()).toHaveLength(2);
});

test("leave nothing behind when the map is removed", async () => {
  await show();
  await press();
  await send({ sensors: { one: [[1, 2]] } });
  map.remove();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(active()).toBe(0);
  expect(topologyStore(connection).topology).toBeDefined();
  expect(vi.getTimerCount()).toBe(0);
});
