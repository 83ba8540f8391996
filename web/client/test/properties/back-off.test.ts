/** Properties of the waits between attempts, and of the attempts themselves, over any history. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backOff } from "../../src/back-off.js";
import { SHORTEST_WAIT } from "../../src/limits.js";

const bounds = fc.record({
  base: fc.double({ min: SHORTEST_WAIT, max: 100_000, noNaN: true }),
  cap: fc.double({ min: SHORTEST_WAIT, max: 1_000_000, noNaN: true }),
});
const failures = fc.integer({ min: 1, max: 2_000 });
/** As `Math.random`: from 0 to less than 1, in steps of 2^-53. */
const random = fc.maxSafeNat().map((number) => number / 2 ** 53);

/** The longest wait, told by halving a large one, not by doubling a small one. */
function longest(failures: number, { base, cap }: { base: number; cap: number }): number {
  for (let left = failures - 1, bound = cap; left > 0; left -= 1) {
    bound /= 2;
    if (bound < base) return cap;
  }
  return Math.min(cap, base * 2 ** (failures - 1));
}

describe("a wait", () => {
  test("is between the floor and a bound that doubles up to the cap", () => {
    fc.assert(
      fc.property(failures, bounds, random, (failures, bounds, random) => {
        const wait = backOff(failures, bounds, random);
        expect(wait).toBeGreaterThanOrEqual(SHORTEST_WAIT);
        expect(wait).toBeLessThanOrEqual(longest(failures, bounds));
      }),
    );
  });

  test("may be as short and as long as its bounds, whatever came before: full jitter", () => {
    fc.assert(
      fc.property(failures, bounds, (failures, bounds) => {
        expect(backOff(failures, bounds, 0)).toBe(SHORTEST_WAIT);
        expect(backOff(failures, bounds, 1 - 2 ** -53)).toBeCloseTo(longest(failures, bounds), 3);
      }),
    );
  });

  test("is spread evenly between its bounds", () => {
    fc.assert(
      fc.property(failures, bounds, random, (failures, bounds, random) => {
        const share =
          (backOff(failures, bounds, random) - SHORTEST_WAIT) / (longest(failures, bounds) - SHORTEST_WAIT);
        if (longest(failures, bounds) > SHORTEST_WAIT + 1) expect(share).toBeCloseTo(random, 6);
      }),
    );
  });
});
