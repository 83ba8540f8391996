/** What is said of a try: how it went, and whether it went as it should. Pure. */

import { refuserWords } from "./trace-words.js";

/** @import { Handshake } from "./trace-journal.js" */

/**
 * How a use of a URL should go.
 *
 * @typedef {"opened" | "refused"} Expected
 */

/**
 * How it went. `refused`: a rule of the handshake broke, as the trace tells. `failed`: it ended otherwise, as the trace
 * tells. `unopened`: it did not open, which is all that a page is told, of a refusal and of a dead network alike.
 *
 * @typedef {"opened" | "refused" | "failed" | "unopened"} Fate
 */

/**
 * @typedef {object} Use a use of a URL
 * @property {string} label which one, where there are several
 * @property {boolean} opened
 * @property {number} code the close code: all that the page was told
 * @property {() => Handshake | null} record
 */

/**
 * @typedef {object} Result
 * @property {string} kind
 * @property {string} done what was done, code in backquotes
 * @property {string} lesson likewise, true where all went as it should
 * @property {{ before: string, after: string } | null} change
 * @property {readonly Expected[]} expected of each use
 * @property {readonly Use[]} uses none where it was not tried; fewer than expected where the first showed enough
 * @property {"cancelled" | { problem: string } | null} untried why it was not tried; code in backquotes
 */

/**
 * @typedef {object} Verdict
 * @property {Fate} fate the last use's
 * @property {string} text how it went, in a word or two
 * @property {string | null} surprise what is said instead of the lesson; null where all went as it should
 */

/** @type {Readonly<Record<Fate, string>>} */
const TEXTS = {
  opened: "opened",
  refused: "refused",
  failed: "failed",
  unopened: "not opened",
};

/**
 * @param {Pick<Result, "uses" | "expected">} result with one use at least
 * @returns {Verdict}
 */
export function verdictOf({ uses, expected }) {
  const fates = uses.map(fateOf);
  const fate = fates.at(-1) ?? "unopened";
  const wrong = fates.findIndex((each, at) => !fits(each, expected[at]));
  const surprise = wrong < 0 ? null : surpriseOf(fates[wrong], expected[wrong], wrong < expected.length - 1);
  return { fate, text: TEXTS[fate], surprise };
}

/**
 * The result in a sentence, to be read aloud.
 *
 * @param {Result} result
 */
export function resultWords({ done, expected, uses, untried }) {
  if (untried === "cancelled") return "Cancelled.";
  if (untried !== null) return `Not tried: ${plain(untried.problem)}`;
  const { fate, surprise } = verdictOf({ uses, expected });
  const refuser = refuserOf(uses.at(-1));
  const went = fate === "opened" ? "It opened." : "It did not open.";
  const by = refuser === null ? went : `Refused by ${refuser}.`;
  return [done, surprise ?? by, ...(surprise !== null && refuser !== null ? [by] : [])].map(plain).join(" ");
}

/**
 * @param {Use} use
 * @returns {Fate}
 */
function fateOf({ opened, record }) {
  if (opened) return "opened";
  const handshake = record();
  if (handshake?.ended?.refusal) return "refused";
  return handshake?.ended ? "failed" : "unopened";
}

/**
 * What has refused a use, as the trace tells; null where it tells of no rule.
 *
 * @param {Use | undefined} use
 */
export function refuserOf(use) {
  const handshake = use?.record();
  return handshake?.ended?.refusal ? refuserWords(handshake.ended.refusal, handshake.logged) : null;
}

/**
 * Without a trace what did not open counts as refused: nothing speaks against it.
 *
 * @param {Fate} fate
 * @param {Expected | undefined} expected
 */
function fits(fate, expected) {
  return expected === "opened" ? fate === "opened" : fate === "refused" || fate === "unopened";
}

/**
 * @param {Fate | undefined} fate
 * @param {Expected | undefined} expected
 * @param {boolean} isFirst whether there should have been another use
 */
function surpriseOf(fate, expected, isFirst) {
  if (isFirst) return "The first use did not open: a second one would show nothing.";
  if (expected === "opened") return "It should have opened, and did not.";
  if (fate === "opened") return "It should have been refused, and it opened: nobody there checks this.";
  return "It failed for another reason than this.";
}

/** @param {string} text code in backquotes */
function plain(text) {
  return text.replaceAll("`", "");
}
