/** The addresses of the panel, and how to go to one of them. */

export { navigate } from "../home-assistant.js";

export const ROOT = "/butlr";
export const VIEWS = ["overview", "floor", "find", "history", "maintenance"] as const;

export type ViewName = (typeof VIEWS)[number];

/** The view that an address shows, and what follows the name of the view. */
export interface Place {
  readonly view: ViewName;
  readonly path: readonly string[];
}

/** Return the address of a view, such as /butlr/floor/space_1. */
export function address(view: ViewName, ...path: readonly string[]): string {
  return [ROOT, view, ...path.map(encodeURIComponent)].join("/");
}

/** Return what an address below the root shows; null if there is no such view. The root itself shows the overview. */
export function parse(address: string): Place | null {
  const [name = "overview", ...path] = address.split("/").filter(Boolean).map(decode);
  const view = VIEWS.find((known) => known === name);
  return view ? { view, path } : null;
}

/** A half-typed escape sequence must not break the panel. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
