/** The waits between attempts, as numbers. Their properties are under `properties/`. */

import { expect, test } from "vitest";
import { backOff } from "../src/back-off.js";

function check(failures: number, random: number, expected: number) {
  expect(backOff(failures, { base: 500, cap: 30_000 }, random)).toBe(expected);
}

test("the first wait is anything from the shortest to the base", () => {
  check(1, 0, 100);
  check(1, 0.5, 300);
  check(1, 1 - 2 ** -53, 500 - 2 ** -44);
});

test("the bound doubles with each failure, up to the cap", () => {
  check(2, 0.5, 550);
  check(3, 0.5, 1_050);
  check(7, 0.5, 15_050);
  check(8, 0.5, 15_050);
});

test("after thousands of failures it is the cap still", () => {
  check(5_000, 0.5, 15_050);
});

test("no randomness makes a wait of nothing", () => {
  for (let failures = 1; failures < 100; failures++) check(failures, 0, 100);
});
