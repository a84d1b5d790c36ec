/** Deliveries that a course which is behind may have open: at first, and at most. */
export const WINDOW = { first: 64, most: 512 };
/** A window that is half empty again after so many milliseconds was taken quickly. */
const QUICK_MS = 250;

/**
 * The ramp of catching up: the window doubles each time that an endpoint has taken half of it quickly, and is small
 * again as soon as it has not. A backlog then flows as fast as the endpoint takes it, and an endpoint that has died
 * holds little of the room that all share.
 *
 * @param elapsed milliseconds since the course was last read for
 */
export function nextWindow(window: number, elapsed: number): number {
  return elapsed <= QUICK_MS ? Math.min(WINDOW.most, window * 2) : WINDOW.first;
}
