import { describe, expect, it } from "vitest";

import { freeBelow, inset, pathOf } from "../src/map/outline.js";
import { nextPoint, Viewport } from "../src/map/viewport.js";
import type { Point } from "../src/topology.js";
import { floor, room } from "./fake.js";

const SQUARE: Point[] = [[0, 0], [4, 0], [4, 4], [0, 4]];

describe("outlines", () => {
  it("are moved inwards, whichever way they turn", () => {
    const inner = [[1, 1], [3, 1], [3, 3], [1, 3]];
    expect(inset(SQUARE, 1)).toEqual(inner);
    expect(inset(SQUARE.toReversed(), 1)).toEqual(inner.toReversed());
  });

  it("keep their notch", () => {
    const angle: Point[] = [[0, 0], [4, 0], [4, 4], [2, 4], [2, 2], [0, 2]];
    expect(inset(angle, 0.5)).toEqual([[0.5, 0.5], [3.5, 0.5], [3.5, 3.5], [2.5, 3.5], [2.5, 1.5], [0.5, 1.5]]);
  });

  it("survive points that are the same", () => {
    expect(inset([[0, 0], [0, 0], [4, 0], [4, 4]], 0.1).flat().every(Number.isFinite)).toBe(true);
    expect(pathOf([[0, 0], [0, 0], [4, 0]], 1, 10)).not.toContain("NaN");
  });

  it("have room below the word until their edge, their door, or what is on top", () => {
    const { drawing } = floor([room("a"), room("b")]);
    expect(freeBelow(drawing).get("a")).toBeCloseTo(1);
    const door = { id: "d", space_id: "a", x: 2.5, y: 3.8, size: 0.4 };
    expect(freeBelow({ ...drawing, doors: [door] }).get("a")).toBeCloseTo(0.4);
    const zone = { ...drawing.shapes[0], id: "z", outline: [[1, 3.2], [4, 3.2], [4, 3.8], [1, 3.8]] as Point[] };
    expect(freeBelow({ ...drawing, shapes: [...drawing.shapes, zone as never] }).get("a")).toBeCloseTo(0.2);
  });
});

describe("the viewport", () => {
  const all = Viewport.fit({ width: 1000, height: 500 }, { width: 500, height: 500 });

  it("shows all of the drawing in the middle", () => {
    expect(all.viewBox).toBe("0 -250 1000 1000");
    expect(all.scale).toBe(0.5);
    expect(all.pixel(0, 0)).toEqual([0, 125]);
  });

  it("keeps what is under the pointer there", () => {
    const [x, y] = all.at(100, 200);
    const zoomed = all.zoomed(4, 100, 200);
    expect(zoomed.at(100, 200)[0]).toBeCloseTo(x);
    expect(zoomed.at(100, 200)[1]).toBeCloseTo(y);
  });

  it("does not leave the drawing, and does not zoom farther out than all of it", () => {
    expect(all.zoomed(0.1).viewBox).toBe(all.viewBox);
    expect(all.zoomed(4).moved(9999, 9999).viewBox).toBe("0 0 250 250");
    expect(all.zoomed(1000).zoom).toBe(20);
  });

  it("shows a point, and stays otherwise where it is", () => {
    const zoomed = all.zoomed(4);
    expect(zoomed.showing(zoomed.x, zoomed.y).viewBox).toBe(zoomed.viewBox);
    const moved = zoomed.showing(990, 490);
    const [px, py] = moved.pixel(990, 490);
    expect(px).toBeLessThanOrEqual(500);
    expect(py).toBeLessThanOrEqual(500);
  });
});

describe("the next room", () => {
  const points = new Map<string, Point>([["a", [0, 0]], ["b", [10, 1]], ["c", [20, 0]], ["d", [10, 12]]]);

  it("is the nearest in that direction", () => {
    expect(nextPoint(points, "a", [1, 0])).toBe("b");
    expect(nextPoint(points, "b", [1, 0])).toBe("c");
    expect(nextPoint(points, "b", [0, 1])).toBe("d");
    expect(nextPoint(points, "a", [-1, 0])).toBeUndefined();
    expect(nextPoint(points, "gone", [1, 0])).toBeUndefined();
  });
});
