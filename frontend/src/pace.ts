/** What follows the states is rendered together, and not too often: every time, the browser paints. */

/** Milliseconds from one time to the next: with what comes before and after, a push shows within 200. */
export const PACE_MS = 150;

const waiting = new Set<() => void>();
let timer: ReturnType<typeof setTimeout> | undefined;

const renderAll = (): void => {
  const renders = [...waiting];
  waiting.clear();
  timer = renders.length > 0 ? setTimeout(renderAll, PACE_MS) : undefined;
  for (const render of renders) render();
};

/** Call a function together with those of all other elements of the page: at once after a quiet time, otherwise when it is time. */
export const renderSoon = (render: () => void): void => {
  waiting.add(render);
  // Even at once, it is a task of its own: Home Assistant has told all elements by then.
  timer ??= setTimeout(renderAll);
};

/** Do not call a function that waits. */
export const cancelRender = (render: () => void): void => {
  waiting.delete(render);
};
