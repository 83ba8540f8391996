/** What came of a try, as it is shown. What the trace tells later is added to it. */

import { element, prose } from "./dom.js";
import { difference } from "./tamper-url.js";
import { terms } from "./trace-terms.js";
import { reveal } from "./trace-view.js";
import { logWords, reasonOf, UNTOLD_WORDS } from "./trace-words.js";

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
 * @returns {{ item: HTMLLIElement, update: () => void, fold: () => void }} `update` is to be called when the trace has
 *   told something, `fold` when there is a newer result
 */
export function resultView(result, watch) {
  const { kind, done, lesson, change, outcome, problem, uses } = result;
  const badge = element("span", { class: `badge ${BADGES[outcome].look}` }, BADGES[outcome].text);
  const by = element("span", { class: "quiet" });
  const title = element("span", { class: "tamper-title" }, element("b", {}, ...prose(done)), " ", by);
  const summary = element("summary", { class: "fold" }, badge, title);
  const body = element("div", { class: "tamper-body" });
  if (uses.length > 0) body.append(element("p", { class: "quiet" }, ...prose(lesson)));
  if (change) body.append(changeView(change));
  if (problem !== "") body.append(element("p", { class: "problem" }, problem));
  const views = uses.map((use) => useView(use, watch));
  body.append(...views.map(({ node }) => node));
  const details = element("details", { open: body.hasChildNodes() }, summary, body);
  const update = () => {
    for (const view of views) view.update();
    const broken = refusalOf(uses);
    if (broken) by.textContent = `rule ${broken.rule}`;
  };
  update();
  return {
    item: element("li", { class: "tamper-result", "data-kind": kind, "data-outcome": outcome }, details),
    update,
    fold: () => {
      details.open = false;
    },
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
  const by = refusalOf(uses);
  return by ? `${plain} Refused by rule ${by.rule} (${by.name}).` : `${plain} Refused.`;
}

/** @param {readonly Use[]} uses */
function refusalOf(uses) {
  return uses.at(-1)?.record()?.ended?.refusal ?? null;
}

/** @param {{ before: string, after: string }} change */
function changeView({ before, after }) {
  const { start, before: old, after: fresh, end } = difference(before, after);
  // Where all is another, there is nothing to point at.
  const marks = start + end !== "" || before === "" || after === "";
  const piece = (
    /** @type {string} */ name,
    /** @type {string} */ whole,
    /** @type {HTMLElement} */ part,
  ) => {
    const parts = marks ? [start, part, end] : [whole];
    return element("code", { [`data-${name}`]: true }, ...(whole === "" ? ["nothing"] : parts));
  };
  return terms(
    ["before", piece("before", before, element("del", {}, old))],
    ["after", piece("after", after, element("ins", {}, fresh))],
  );
}

/**
 * @param {Use} use
 * @param {Watch} watch
 */
function useView({ label, opened, code, record }, watch) {
  const node = element("div", { class: "tamper-use" });
  let shown = "";
  /** @type {Handshake | null} stays here when the journal has let it go */
  let handshake = null;
  const update = () => {
    handshake = record() ?? handshake;
    const state = JSON.stringify([handshake?.ended, handshake?.logged, watch.state]);
    // What is the same stays: somebody may have the focus there.
    if (state === shown) return;
    shown = state;
    node.replaceChildren(
      ...(label === "" ? [] : [element("h3", {}, label)]),
      terms(
        [
          "page",
          opened
            ? "It opened, and was closed again."
            : `Refused: close code ${code}. It is told nothing else.`,
        ],
        ...rowsOf(handshake, opened, watch),
      ),
      ...(handshake?.ended ? [traceLink(handshake)] : []),
    );
  };
  update();
  return { node, update };
}

/**
 * What the page is not told, but the trace.
 *
 * @param {Handshake | null} handshake
 * @param {boolean} opened
 * @param {Watch} watch
 * @returns {[string, ...(Node | string)[]][]}
 */
function rowsOf(handshake, opened, watch) {
  if (opened) return [];
  if (!handshake?.ended) {
    return [["why", element("span", { "data-untold": watch.state }, ...prose(UNTOLD_WORDS[watch.state]))]];
  }
  const { refusal } = handshake.ended;
  if (refusal === null) return [];
  const { rule, name, found } = refusal;
  return [
    [
      "broken",
      element(
        "span",
        { class: "tamper-rule", "data-rule": `${rule}` },
        element("strong", {}, `Rule ${rule}`),
        ` ${name}`,
      ),
    ],
    ["found", element("span", { "data-found": true }, found)],
    ...handshake.logged.map(logRow),
  ];
}

/**
 * @param {{ function: string, line: string }} logged
 * @returns {[string, Node]}
 */
function logRow({ function: name, line }) {
  const reason = reasonOf(line);
  const shown = element("code", reason === null ? {} : { "data-reason": reason }, logWords(line));
  return ["log", element("span", {}, element("span", { class: "quiet" }, `${name}: `), shown)];
}

/** @param {Handshake} handshake */
function traceLink({ id, ended }) {
  const link = element("a", { href: `#handshake-${encodeURIComponent(id)}` }, "Show its trace");
  link.addEventListener("click", (event) => {
    event.preventDefault();
    reveal(id);
  });
  const section = ended?.refusal ? [" · ", element("code", { class: "quiet" }, ended.refusal.section)] : [];
  return element("p", {}, link, ...section);
}
