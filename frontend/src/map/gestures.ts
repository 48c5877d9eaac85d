/** Wheel, drag and pinch as changes of the viewport. */

import type { Viewport } from "./viewport.js";

/** A pointer that moved less than this many pixels was a click. */
const CLICK_PX = 6;

export interface GestureHost {
  viewport: Viewport;
  /** Whether the wheel zooms without the control key: otherwise it scrolls the page. */
  readonly wheelZooms: boolean;
  dragging: boolean;
}

/** Follow the pointers on an element until the signal is aborted. */
export const followGestures = (element: HTMLElement, host: GestureHost, signal: AbortSignal): void => {
  const pointers = new Map<number, readonly [px: number, py: number]>();
  let dragged = false;

  const inside = (event: MouseEvent): readonly [number, number] => {
    const box = element.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  const wheel = (event: WheelEvent): void => {
    if (!event.ctrlKey && !event.metaKey && !host.wheelZooms) return;
    event.preventDefault();
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 16 : event.deltaY;
    // A pinch on a trackpad is a wheel with the control key, and has small steps.
    const speed = event.ctrlKey && Math.abs(pixels) < 30 ? 0.01 : 0.002;
    host.viewport = host.viewport.zoomed(Math.exp(-pixels * speed), ...inside(event));
  };

  const down = (event: PointerEvent): void => {
    if (event.pointerType === "mouse" && event.button !== 0) return;
    if (pointers.size === 0) dragged = false;
    pointers.set(event.pointerId, inside(event));
  };

  const move = (event: PointerEvent): void => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const now = inside(event);
    const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
    if (!other) {
      if (host.viewport.zoom <= 1) return;
      if (!dragged && Math.hypot(now[0] - before[0], now[1] - before[1]) < CLICK_PX) return;
      host.viewport = host.viewport.moved(now[0] - before[0], now[1] - before[1]);
    } else {
      const factor = Math.hypot(now[0] - other[0], now[1] - other[1]) / Math.max(1, Math.hypot(before[0] - other[0], before[1] - other[1]));
      const middle = [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2] as const;
      const moved = host.viewport.moved((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
      host.viewport = moved.zoomed(factor, ...middle);
    }
    if (!dragged) {
      dragged = true;
      host.dragging = true;
      // Only now: captured earlier, the click would not reach the room.
      element.setPointerCapture(event.pointerId);
    }
    pointers.set(event.pointerId, now);
  };

  const up = (event: PointerEvent): void => {
    pointers.delete(event.pointerId);
    if (pointers.size === 0) host.dragging = false;
  };

  const click = (event: MouseEvent): void => {
    if (!dragged) return;
    dragged = false;
    event.stopPropagation();
  };

  element.addEventListener("wheel", wheel, { signal, passive: false });
  element.addEventListener("pointerdown", down, { signal });
  element.addEventListener("pointermove", move, { signal });
  element.addEventListener("pointerup", up, { signal });
  element.addEventListener("pointercancel", up, { signal });
  element.addEventListener("click", click, { signal, capture: true });
};
