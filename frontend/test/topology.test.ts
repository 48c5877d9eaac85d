import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { indexOf, topologyStore, withDoubts } from "../src/topology.js";
import { FakeConnection, floor, room, topology } from "./fake.js";

const TOPOLOGY = topology([floor([room("room_1"), room("room_2")])]);

describe("the topology of a connection", () => {
  let connection: FakeConnection;

  beforeEach(() => {
    vi.useFakeTimers();
    connection = new FakeConnection();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("has one subscription, however many listen", async () => {
    const store = topologyStore(connection);
    const first = vi.fn();
    store.listen(first);
    topologyStore(connection).listen(vi.fn());
    await vi.advanceTimersByTimeAsync(0);
    connection.update({ topology: TOPOLOGY });
    connection.update({ as_of: { entry: 12 } });
    expect(connection.subscriptions.map(({ message }) => message.type)).toEqual(["butlr/subscribe"]);
    expect(first).toHaveBeenCalledTimes(2);
    expect(store.topology).toBe(TOPOLOGY);
    expect(store.asOf).toEqual({ entry: 12 });
  });

  it("keeps doubts when the topology changes, and floors of which nothing changes", async () => {
    const store = topologyStore(connection);
    store.listen(vi.fn());
    await vi.advanceTimersByTimeAsync(0);
    connection.update({ topology: TOPOLOGY });
    connection.update({ doubts: { room_1: "partial" } });
    const doubtOf = (id: string): unknown => store.topology && indexOf(store.topology).spaces.get(id)?.space.doubt;
    expect([doubtOf("room_1"), doubtOf("room_2")]).toEqual(["partial", undefined]);
    const doubted = store.topology;
    connection.update({ as_of: { entry: 12 } });
    expect(store.topology).toBe(doubted);
    connection.update({ topology: topology([floor([room("room_1"), room("room_2")])]) });
    expect(doubtOf("room_1")).toBe("partial");
    connection.update({ doubts: { room_2: "stale" } });
    expect([doubtOf("room_1"), doubtOf("room_2")]).toEqual([undefined, "stale"]);
    expect(withDoubts(TOPOLOGY, {})).toBe(TOPOLOGY);
  });

  it("outlives a change of the view, and ends after that", async () => {
    const store = topologyStore(connection);
    store.listen(vi.fn())();
    await vi.advanceTimersByTimeAsync(10_000);
    const stop = store.listen(vi.fn());
    await vi.advanceTimersByTimeAsync(60_000);
    expect(connection.subscriptions).toHaveLength(1);
    expect(connection.subscriptions[0]?.ended).toBe(false);
    stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(connection.subscriptions[0]?.ended).toBe(true);
    connection.reconnect();
    expect(connection.subscriptions).toHaveLength(1);
  });

  it("subscribes again after a reconnect, until Home Assistant knows the command", async () => {
    const store = topologyStore(connection);
    const listener = vi.fn();
    store.listen(listener);
    await vi.advanceTimersByTimeAsync(0);
    connection.update({ topology: TOPOLOGY });
    connection.refuse = Object.assign(new Error("Unknown command."), { code: "unknown_command" });
    connection.reconnect();
    await vi.advanceTimersByTimeAsync(250);
    expect(store.error?.code).toBe("unknown_command");
    expect(store.topology).toBe(TOPOLOGY);
    connection.refuse = undefined;
    await vi.advanceTimersByTimeAsync(1000);
    connection.update({ topology: topology([]) });
    expect(store.error).toBeUndefined();
    expect(store.topology?.organizations[0]?.buildings[0]?.floors).toEqual([]);
  });

  it("ignores what an earlier subscription still says", async () => {
    const store = topologyStore(connection);
    store.listen(vi.fn());
    connection.reconnect();
    await vi.advanceTimersByTimeAsync(250);
    expect(connection.subscriptions.map(({ ended }) => ended)).toEqual([true, false]);
    connection.subscriptions[0]?.callback({ topology: TOPOLOGY } as never);
    expect(store.topology).toBeUndefined();
  });

  it("sends its command after those of the page, which may end it by mistake, and again if nobody answers", async () => {
    const store = topologyStore(connection);
    store.listen(vi.fn());
    await vi.advanceTimersByTimeAsync(0);
    connection.reconnect();
    expect(connection.subscriptions).toHaveLength(1);
    connection.silent = true;
    await vi.advanceTimersByTimeAsync(250);
    expect(connection.subscriptions).toHaveLength(2);
    connection.silent = false;
    await vi.advanceTimersByTimeAsync(10_000);
    connection.update({ topology: TOPOLOGY });
    expect(connection.subscriptions).toHaveLength(3);
    expect(store.topology).toBe(TOPOLOGY);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(connection.subscriptions).toHaveLength(3);
  });

  it("finds everything by its id", () => {
    const index = indexOf(TOPOLOGY);
    expect(indexOf(TOPOLOGY)).toBe(index);
    expect(index.organizations.get("org_1")?.name).toBe("Acme");
    expect(index.buildings.get("building_1")?.building.name).toBe("Tower");
    expect(index.floors.get("space_1")?.building.name).toBe("Tower");
    expect(index.spaces.get("room_2")?.floor.name).toBe("Ground floor");
  });
});
