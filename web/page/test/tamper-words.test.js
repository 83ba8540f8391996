/** A try is judged by what it should come to, and by what the trace tells of it. */

import { expect, test } from "vitest";
import { resultWords, verdictOf } from "../tamper-words.js";

/** @import { Handshake } from "../trace-journal.js" */
/** @import { Expected, Fate, Result, Use } from "../tamper-words.js" */

const REFUSAL = { rule: 19, name: "the signature matches", found: "another one", advice: "", section: "" };

/** What the trace tells, or `null` where it tells nothing. */
const TOLD = {
  opened: { status: 101, refusal: null },
  refused: { status: 403, refusal: REFUSAL },
  failed: { status: 429, refusal: null },
  unopened: null,
};

/**
 * @param {Fate} fate
 * @returns {Use}
 */
function use(fate) {
  const ended = TOLD[fate];
  const handshake = /** @type {Handshake} */ (/** @type {unknown} */ ({ ended, logged: [] }));
  return { label: "", opened: fate === "opened", code: 1006, record: () => (ended ? handshake : null) };
}

/**
 * @param {Fate[]} fates
 * @param {Expected[]} expected
 * @param {RegExp | null} surprise
 * @param {string} words
 */
function check(fates, expected, surprise, words) {
  const uses = fates.map(use);
  const verdict = verdictOf({ uses, expected });
  expect(verdict.fate).toBe(fates.at(-1));
  if (surprise === null) expect(verdict.surprise).toBeNull();
  else expect(verdict.surprise).toMatch(surprise);
  /** @type {Result} */
  const result = {
    kind: "k",
    done: "`a` was done.",
    lesson: "",
    change: null,
    expected,
    uses,
    untried: null,
  };
  expect(resultWords(result)).toBe(words);
}

test("what is refused as it should be is no surprise", () => {
  check(["refused"], ["refused"], null, "a was done. Refused by rule 19: another one.");
  check(["opened"], ["opened"], null, "a was done. It opened.");
});

test("without a trace it is said that it did not open, and no more", () =>
  check(["unopened"], ["refused"], null, "a was done. It did not open."));

test("what opens and should not is said so", () =>
  check(
    ["opened"],
    ["refused"],
    /should have been refused/,
    "a was done. It should have been refused, and it opened: nobody there checks this.",
  ));

test("what should open and does not is said so, with the rule", () => {
  check(["unopened"], ["opened"], /should have opened/, "a was done. It should have opened, and did not.");
  check(
    ["refused"],
    ["opened"],
    /should have opened/,
    "a was done. It should have opened, and did not. Refused by rule 19: another one.",
  );
});

test("what fails for another reason teaches nothing", () =>
  check(["failed"], ["refused"], /another reason/, "a was done. It failed for another reason than this."));

test("a URL is used twice only where it opened once", () => {
  check(["opened", "refused"], ["opened", "refused"], null, "a was done. Refused by rule 19: another one.");
  check(
    ["unopened"],
    ["opened", "refused"],
    /first use/,
    "a was done. The first use did not open: a second one would show nothing.",
  );
  check(
    ["opened", "opened"],
    ["opened", "refused"],
    /should have been refused/,
    "a was done. It should have been refused, and it opened: nobody there checks this.",
  );
});

test("what was not tried says why", () => {
  const result = { kind: "k", done: "", lesson: "", change: null, expected: [], uses: [] };
  expect(resultWords({ ...result, untried: "cancelled" })).toBe("Cancelled.");
  expect(resultWords({ ...result, untried: { problem: "`a` is not there" } })).toBe(
    "Not tried: a is not there",
  );
});
