/** How long to wait before the next attempt. */

import { SHORTEST_WAIT } from "./limits.js";

/**
 * A random wait in milliseconds, from `SHORTEST_WAIT` to a bound that doubles from `base` with each of the
 * `failures` in a row, up to `cap`: "Exponential Backoff And Jitter" (AWS Architecture Blog), full jitter.
 * `random` gives a number from 0 to less than 1.
 */
export function backOff(
  failures: number,
  { base, cap }: { base: number; cap: number },
  random: number,
): number {
  const longest = Math.min(cap, base * 2 ** Math.max(0, failures - 1));
  return SHORTEST_WAIT + random * Math.max(0, longest - SHORTEST_WAIT);
}
