/** How long a URL is good, and what is said of it. */

import { expect, test } from "vitest";
import { isFresh, left } from "../life.js";
import { lifeWords, standing } from "../life-words.js";

const DATE = Date.parse("2026-11-20T07:55:00Z");
const URL = `wss://host/prod?grant.expires=${DATE / 1000 + 60}&X-Amz-Date=20261120T075500Z`;

/**
 * @param {number} asked by this machine's clock
 * @param {number} now likewise
 * @param {{ url: number, signature: number } | null} expected
 * @param {string} [url]
 */
function check(asked, now, expected, url = URL) {
  expect(left({ url, asked, how: "asked" }, now)).toEqual(expected);
}

test("a URL is good from its date to its end, a signature for five minutes", () => {
  check(DATE, DATE, { url: 60_000, signature: 300_000 });
  check(DATE, DATE + 59_000, { url: 1_000, signature: 241_000 });
});

test("nothing is left behind the end", () => {
  check(DATE, DATE + 60_000, { url: 0, signature: 240_000 });
  check(DATE, DATE + 400_000, { url: 0, signature: 0 });
});

test("a wrong clock on this machine changes nothing", () => {
  const year = 31_536_000_000;
  check(DATE + year, DATE + year + 10_000, { url: 50_000, signature: 290_000 });
  check(DATE - year, DATE - year + 10_000, { url: 50_000, signature: 290_000 });
});

test("a clock that is set back adds nothing", () => {
  check(DATE, DATE - 5_000, { url: 60_000, signature: 300_000 });
});

test("of a URL that does not say, nothing is known, and it is not fresh", () => {
  check(DATE, DATE, null, "wss://host/prod");
  expect(isFresh({ url: "wss://host/prod", asked: DATE, how: "asked" }, DATE)).toBe(false);
});

test("a URL is fresh until its end", () => {
  const signed = /** @type {const} */ ({ url: URL, asked: DATE, how: "asked" });
  expect(isFresh(signed, DATE + 59_999)).toBe(true);
  expect(isFresh(signed, DATE + 60_000)).toBe(false);
});

test("what opened its connection is used, however long it would be good", () => {
  expect(standing("opened", 30)).toBe("used");
  expect(standing("refused", 30)).toBe("good");
  expect(standing(null, 0)).toBe("ended");
});

test("each time of a life has words of its own", () => {
  const said = (/** @type {any} */ outcome, /** @type {any} */ left) =>
    lifeWords("2026-11-20T07:56:00Z", outcome, left);
  expect(said(null, { url: 1, signature: 1 })).toContain("until 07:56:00 UTC");
  expect(said(null, { url: 0, signature: 1_001 })).toContain("another 2 seconds");
  expect(said(null, { url: 0, signature: 1_000 })).toContain("another 1 second.");
  expect(said(null, { url: 0, signature: 0 })).toContain("more than 5 minutes old");
  expect(said("opened", { url: 1, signature: 1 })).toContain("no second time");
  expect(said(null, null)).toContain("does not say");
});
