/** What came of a try, as it is shown. What the trace tells later is added to it. */

import { element, prose } from "./dom.js";
import { difference } from "./tamper-url.js";
import { refusal, reveal } from "./trace-view.js";
import { reasonOf, UNTOLD_WORDS } from "./trace-words.js";

/** @import { Handshake } from "./trace-journal.js" */
/** @import { Watch } from "./trace-watch.js" */

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
 * @property {string} lesson likewise
 * @property {{ before: string, after: string } | null} change
 * @property {"refused" | "opened" | "failed" | "cancelled"} outcome
 * @property {string} problem why it was not tried; empty where it was
 * @property {readonly Use[]} uses
 */

const BADGES = {
  refused: { look: "bad", text: "refused" },
  opened: { look: "good", text: "opened" },
  failed: { look: "quiet", text: "not tried" },
  cancelled: { look: "quiet", text: "cancelled" },
};

/**
 * @param {Result} result
 * @param {Watch} watch
 * @returns {{ item: HTMLLIElement, update: () => void }} `update` is to be called when the trace has told something
 */
export function resultView(result, watch) {
  const { kind, done, lesson, change, outcome, problem, uses } = result;
  const badge = element("span", { class: `badge ${BADGES[outcome].look}` }, BADGES[outcome].text);
  const head = element("p", { class: "tamper-head" }, badge, element("strong", {}, ...prose(done)));
  const item = element("li", { class: "tamper-result", "data-kind": kind, "data-outcome": outcome }, head);
  if (change) item.append(changeView(change));
  if (problem !== "") item.append(element("p", { class: "problem" }, problem));
  const views = uses.map((use) => useView(use, watch));
  item.append(...views.map(({ node }) => node));
  if (uses.length > 0) item.append(element("p", { class: "quiet" }, ...prose(lesson)));
  return {
    item,
    update: () =>
      views.forEach(({ update }) => {
        update();
      }),
  };
}

/**
 * The result in a sentence, to be read aloud.
 *
 * @param {Result} result
 */
export function sentence({ done, outcome, problem, uses }) {
  const plain = done.replaceAll("`", "");
  if (problem !== "") return `Not tried: ${problem}`;
  if (outcome === "cancelled") return "Cancelled.";
  if (outcome === "opened") return `${plain} It opened.`;
  const by = uses.at(-1)?.record()?.ended?.refusal;
  return by ? `${plain} Refused by rule ${by.rule}: ${by.name}.` : `${plain} Refused.`;
}

/** @param {{ before: string, after: string }} change */
function changeView({ before, after }) {
  const parts = difference(before, after);
  const line = (
    /** @type {string} */ name,
    /** @type {"del" | "ins"} */ tag,
    /** @type {string} */ part,
    /** @type {string} */ whole,
  ) => {
    const code = element("code", { [`data-${name}`]: true }, parts.start, element(tag, {}, part), parts.end);
    const nothing = element("span", { class: "quiet", [`data-${name}`]: true }, "nothing");
    return element("div", {}, element("dt", {}, name), element("dd", {}, whole === "" ? nothing : code));
  };
  return element(
    "dl",
    { class: "trace-terms tamper-change" },
    line("before", "del", parts.before, before),
    line("after", "ins", parts.after, after),
  );
}

/**
 * @param {Use} use
 * @param {Watch} watch
 */
function useView({ label, opened, code, record }, watch) {
  const seen = opened
    ? "It opened, and was closed again."
    : `Refused. The page was told close code ${code} and nothing else.`;
  const told = element("div", { class: "tamper-told" });
  const node = element("div", { class: "tamper-use" }, element("p", {}, label, seen), told);
  let shown = "";
  const update = () => {
    const handshake = record();
    const state = JSON.stringify([handshake?.ended, handshake?.logged, handshake === null && watch.state]);
    // What is the same stays: somebody may be reading it, or have the focus there.
    if (state === shown) return;
    shown = state;
    told.replaceChildren(...toldOf(handshake, opened, watch));
  };
  update();
  return { node, update };
}

/**
 * @param {Handshake | null} handshake
 * @param {boolean} opened
 * @param {Watch} watch
 */
function toldOf(handshake, opened, watch) {
  if (!handshake?.ended) {
    return opened
      ? []
      : [element("p", { class: "note", "data-untold": watch.state }, ...prose(UNTOLD_WORDS[watch.state]))];
  }
  const lines = opened ? [] : handshake.logged.map(logLine);
  const link = element("a", { href: `#handshake-${encodeURIComponent(handshake.id)}` }, "Its trace");
  link.addEventListener("click", (event) => {
    event.preventDefault();
    reveal(handshake.id);
  });
  return [...refusal(handshake.ended), ...lines, element("p", {}, link)];
}

/** @param {{ function: string, line: string }} logged */
function logLine({ function: name, line }) {
  const reason = reasonOf(line);
  return element(
    "div",
    { class: "tamper-log", ...(reason === null ? {} : { "data-reason": reason }) },
    element("p", { class: "quiet" }, ...prose(`The log of \`${name}\` says:`)),
    element("pre", {}, line),
  );
}
