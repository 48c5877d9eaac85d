import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { cancelRender, PACE_MS, renderSoon } from "../src/pace.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.advanceTimersByTime(1000);
  vi.useRealTimers();
});

it("shows a push within 200 ms, with 50 for the way to the browser and the frame", () => {
  expect(PACE_MS).toBeLessThanOrEqual(150);
});

it("renders at once after a quiet time, and then everything together", () => {
  const first = vi.fn();
  const second = vi.fn();
  renderSoon(first);
  expect(first).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(first).toHaveBeenCalledOnce();
  for (let time = 0; time < PACE_MS - 10; time += 10) {
    renderSoon(first);
    renderSoon(second);
    vi.advanceTimersByTime(10);
  }
  expect([first, second].map((render) => render.mock.calls.length)).toEqual([1, 0]);
  vi.advanceTimersByTime(10);
  expect([first, second].map((render) => render.mock.calls.length)).toEqual([2, 1]);
  vi.advanceTimersByTime(1000);
  renderSoon(second);
  vi.advanceTimersByTime(1);
  expect(second).toHaveBeenCalledTimes(2);
});

it("does not render what is no longer there, and goes on after an error", () => {
  const [gone, broken, other] = [vi.fn(), vi.fn(() => { throw new Error("broken"); }), vi.fn()];
  renderSoon(gone);
  renderSoon(broken);
  cancelRender(gone);
  expect(() => vi.advanceTimersByTime(1)).toThrow("broken");
  renderSoon(other);
  vi.advanceTimersByTime(PACE_MS);
  expect(gone).not.toHaveBeenCalled();
  expect(other).toHaveBeenCalledOnce();
});
