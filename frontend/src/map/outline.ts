/** Outlines as SVG paths, and where a drawing has room for one more line. */

import type { Drawing, Point, Shape } from "../topology.js";

/** The drawing is this wide on the page, whatever its unit: fonts smaller than a pixel look bad in some browsers. */
export const DRAWN_WIDTH = 1000;

/** The distance between the baselines of two lines of a name, in font sizes: LINE_HEIGHT of map/text.py. */
export const LINE_HEIGHT = 1.2;

const number = (value: number): string => String(Math.round(value * 100) / 100);

/** Return the path of a polygon whose corners are rounded; everything is multiplied by the scale. */
export const pathOf = (outline: readonly Point[], radius: number, scale: number): string => {
  const parts: string[] = [];
  outline.forEach(([x, y], nth) => {
    const before = outline.at(nth - 1) ?? [x, y];
    const after = outline[(nth + 1) % outline.length] ?? [x, y];
    const start = towards([x, y], before, radius);
    const end = towards([x, y], after, radius);
    const corner = [start, [x, y] as const, end].map(([px, py]) => `${number(px * scale)} ${number(py * scale)}`);
    parts.push(`${nth === 0 ? "M" : "L"}${corner[0] ?? ""}Q${corner[1] ?? ""} ${corner[2] ?? ""}`);
  });
  return `${parts.join("")}Z`;
};

/** Return the point at a distance from one point towards another, at most half way. */
const towards = (from: Point, to: Point, distance: number): Point => {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const length = Math.hypot(dx, dy);
  const part = length > 0 ? Math.min(distance / length, 0.5) : 0;
  return [from[0] + dx * part, from[1] + dy * part];
};

/** Return a polygon whose edges are moved inwards by a distance, so that neighbors do not touch. */
export const inset = (outline: readonly Point[], distance: number): Point[] => {
  const area = outline.reduce((sum, [x1, y1], nth) => {
    const [x2, y2] = outline[(nth + 1) % outline.length] ?? [x1, y1];
    return sum + x1 * y2 - x2 * y1;
  }, 0);
  const inwards = Math.sign(area) * distance;
  return outline.map((point, nth) => {
    const before = normal(outline.at(nth - 1) ?? point, point);
    const after = normal(point, outline[(nth + 1) % outline.length] ?? point);
    // At a sharp corner the edges would meet far away.
    const along = Math.max(0.3, 1 + before[0] * after[0] + before[1] * after[1]);
    return [point[0] + (inwards * (before[0] + after[0])) / along, point[1] + (inwards * (before[1] + after[1])) / along];
  });
};

/** Return the direction to the right of an edge, seen along it, with y down. */
const normal = ([x1, y1]: Point, [x2, y2]: Point): Point => {
  const length = Math.hypot(x2 - x1, y2 - y1) || 1;
  return [-(y2 - y1) / length, (x2 - x1) / length];
};

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export const boxOf = (outline: readonly Point[]): Box => {
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (const [x, y] of outline) {
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x);
    box.top = Math.min(box.top, y);
    box.bottom = Math.max(box.bottom, y);
  }
  return box;
};

/** Return the height that is free below the word of each shape, for one more line. */
export const freeBelow = (drawing: Drawing): Map<string, number> => {
  const boxes = drawing.shapes.map((shape) => boxOf(shape.outline));
  const found = new Map<string, number>();
  drawing.shapes.forEach((shape, nth) => {
    const { x, y } = shape.word;
    let bottom = edgeBelow(shape, x, y);
    for (const door of drawing.doors) {
      if (door.space_id === shape.id && door.y > y) bottom = Math.min(bottom, door.y - door.size);
    }
    // Later shapes are drawn on top.
    for (const box of boxes.slice(nth + 1)) {
      if (box.top > y && box.top < bottom && box.left < x + shape.word.size * 5 && box.right > x - shape.word.size * 5) bottom = box.top;
    }
    found.set(shape.id, bottom - y);
  });
  return found;
};

/** Return the height of the first edge of a shape below a point. */
const edgeBelow = ({ outline }: Shape, x: number, y: number): number => {
  let bottom = Infinity;
  outline.forEach(([x1, y1], nth) => {
    const [x2, y2] = outline[(nth + 1) % outline.length] ?? [x1, y1];
    if (x1 <= x === x2 <= x) return;
    const crossing = y1 + ((x - x1) * (y2 - y1)) / (x2 - x1);
    if (crossing > y) bottom = Math.min(bottom, crossing);
  });
  return Number.isFinite(bottom) ? bottom : y;
};
