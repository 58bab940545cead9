// Whether a hand is at work on the timeline: it scrolls or drags. What is not under it waits meanwhile, for a bounded time.
const REST_MS = 150;
let last = -Infinity;

export const hands = {
  /** A hand has moved something. */
  move(): void {
    last = performance.now();
  },
  get busy(): boolean {
    return performance.now() - last < REST_MS;
  },
};

/** Runs `run` when the page has nothing else to do, at the latest after `late` milliseconds. */
export function idle(run: () => void, late: number): void {
  // Not every browser knows idle time.
  if (typeof requestIdleCallback === 'function') requestIdleCallback(run, { timeout: late });
  else requestAnimationFrame(run);
}
