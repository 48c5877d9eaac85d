/** Which part of a drawing is seen, and how large. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

const MOST = 20;

/** The part of a drawing that is seen in an element of some size. All methods return a new one. */
export class Viewport {
  private constructor(
    readonly drawing: Size,
    readonly element: Size,
    /** How much larger than when all of the drawing is seen. */
    readonly zoom: number,
    /** What is seen in the middle. */
    readonly x: number,
    readonly y: number,
  ) {}

  /** Return the viewport that shows all of a drawing. */
  static fit(drawing: Size, element: Size = { width: 0, height: 0 }): Viewport {
    return new Viewport(drawing, element, 1, drawing.width / 2, drawing.height / 2);
  }

  /** How many pixels of the page one unit of the drawing has. */
  get scale(): number {
    const { drawing, element } = this;
    if (!element.width || !element.height) return this.zoom;
    return this.zoom * Math.min(element.width / drawing.width, element.height / drawing.height);
  }

  get viewBox(): string {
    const { width, height } = this.#seen;
    const values = [this.x - width / 2, this.y - height / 2, width, height];
    return values.map((value) => String(Math.round(value * 1000) / 1000)).join(" ");
  }

  get #seen(): Size {
    const { drawing, element, scale } = this;
    if (!element.width || !element.height) return { width: drawing.width / scale, height: drawing.height / scale };
    return { width: element.width / scale, height: element.height / scale };
  }

  /** Return the point of the drawing at a pixel of the element. */
  at(px: number, py: number): readonly [x: number, y: number] {
    const { element, scale } = this;
    return [this.x + (px - element.width / 2) / scale, this.y + (py - element.height / 2) / scale];
  }

  /** Return the pixel of the element at a point of the drawing. */
  pixel(x: number, y: number): readonly [px: number, py: number] {
    const { element, scale } = this;
    return [(x - this.x) * scale + element.width / 2, (y - this.y) * scale + element.height / 2];
  }

  resized(element: Size): Viewport {
    return new Viewport(this.drawing, element, this.zoom, this.x, this.y).#bounded();
  }

  /** Return it zoomed by a factor; what is at the pixel stays there. */
  zoomed(factor: number, px = this.element.width / 2, py = this.element.height / 2): Viewport {
    const zoom = Math.min(MOST, Math.max(1, this.zoom * factor));
    const [x, y] = this.at(px, py);
    const ratio = this.zoom / zoom;
    return new Viewport(this.drawing, this.element, zoom, x + (this.x - x) * ratio, y + (this.y - y) * ratio).#bounded();
  }

  /** Return it moved by pixels. */
  moved(dx: number, dy: number): Viewport {
    const { scale } = this;
    return new Viewport(this.drawing, this.element, this.zoom, this.x - dx / scale, this.y - dy / scale).#bounded();
  }

  /** Return it moved so that a point is seen, well inside. */
  showing(x: number, y: number): Viewport {
    const { width, height } = this.#seen;
    const near = (value: number, middle: number, size: number): number =>
      Math.min(Math.max(middle, value - size * 0.4), value + size * 0.4);
    return new Viewport(this.drawing, this.element, this.zoom, near(x, this.x, width), near(y, this.y, height)).#bounded();
  }

  /** Return it moved so that the drawing fills it as far as it can. */
  #bounded(): Viewport {
    const { drawing } = this;
    const seen = this.#seen;
    const inside = (middle: number, part: number, all: number): number =>
      part >= all ? all / 2 : Math.min(Math.max(middle, part / 2), all - part / 2);
    const x = inside(this.x, seen.width, drawing.width);
    const y = inside(this.y, seen.height, drawing.height);
    return new Viewport(drawing, this.element, this.zoom, x, y);
  }
}

/** Return the id of the point that is next in a direction, or undefined if there is none. */
export const nextPoint = (
  points: ReadonlyMap<string, readonly [x: number, y: number]>,
  from: string,
  [dx, dy]: readonly [dx: number, dy: number],
): string | undefined => {
  const start = points.get(from);
  if (!start) return undefined;
  let best: string | undefined;
  let shortest = Infinity;
  for (const [id, [x, y]] of points) {
    const along = (x - start[0]) * dx + (y - start[1]) * dy;
    const across = Math.abs((x - start[0]) * dy) + Math.abs((y - start[1]) * dx);
    // Farther to the side than ahead is another direction.
    if (id === from || along <= 0 || across > along * 2) continue;
    const distance = along + 2 * across;
    if (distance < shortest) [best, shortest] = [id, distance];
  }
  return best;
};
