/** What came of a try, as it is shown. What the trace tells later is added to it. */

import { element, prose } from "./dom.js";
import { difference } from "./tamper-url.js";
import { refuserOf, verdictOf } from "./tamper-words.js";
import { terms } from "./trace-terms.js";
import { reveal } from "./trace-view.js";
import { logWords, reasonOf, ruleWords, UNTOLD_WORDS } from "./trace-words.js";

/** @import { Result, Use } from "./tamper-words.js" */
/** @import { Handshake } from "./trace-journal.js" */
/** @import { Watch, WatchState } from "./trace-watch.js" */

/**
 * @param {Result} result
 * @param {Watch} watch
 * @returns {{ item: HTMLLIElement, update: () => void, fold: () => void }} `update` is to be called when the trace has
 *   told something, `fold` when there is a newer result
 */
export function resultView(result, watch) {
  const { kind, done, change, untried, uses } = result;
  const badge = element("span", {});
  const by = element("span", { class: "quiet" });
  const title = element("span", { class: "tamper-title" }, element("b", {}, ...prose(done)), " ", by);
  const summary = element("summary", { class: "fold" }, badge, title);
  const lesson = element("p", {});
  const body = element("div", { class: "tamper-body" });
  if (uses.length > 0) body.append(lesson);
  if (change) body.append(changeView(change));
  if (untried !== null && untried !== "cancelled")
    body.append(element("p", { class: "problem" }, ...prose(untried.problem)));
  const views = uses.map((use) => useView(use, watch));
  body.append(...views.map(({ node }) => node));
  const details = element("details", { open: body.hasChildNodes() }, summary, body);
  const item = element("li", { class: "tamper-result", "data-kind": kind }, details);
  const update = () => {
    const { outcome, look, text, surprise } = standing(result);
    for (const view of views) view.update();
    item.dataset.outcome = outcome;
    item.toggleAttribute("data-surprise", surprise !== null);
    badge.className = `badge ${look}`;
    badge.textContent = text;
    lesson.className = surprise === null ? "quiet" : "problem";
    const words = surprise ?? result.lesson;
    if (lesson.dataset.words !== words) lesson.replaceChildren(...prose(words));
    lesson.dataset.words = words;
    by.textContent = refuserOf(uses.at(-1)) ?? by.textContent;
  };
  update();
  const fold = () => {
    // Who is in it stays in it.
    if (!body.contains(document.activeElement)) details.open = false;
  };
  return { item, update, fold };
}

/**
 * What is shown of a result at a glance.
 *
 * @param {Result} result
 */
function standing({ untried, uses, expected }) {
  if (untried === "cancelled")
    return { outcome: "cancelled", look: "quiet", text: "cancelled", surprise: null };
  if (untried !== null) return { outcome: "failed", look: "quiet", text: "not tried", surprise: null };
  const { fate, text, surprise } = verdictOf({ uses, expected });
  return { outcome: fate, look: fate === "opened" && surprise === null ? "good" : "bad", text, surprise };
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
  const place = element("div", {});
  const node = element("div", { class: "tamper-use" });
  if (label !== "") node.append(element("h3", {}, label));
  node.append(place);
  // What was not told while it was tried is not told later.
  const atEnd = watch.state;
  /** @type {HTMLElement | null} made once: somebody may have the focus there */
  let link = null;
  /** @type {string | null} */
  let shown = null;
  /** @type {Handshake | null} stays here when the journal has let it go */
  let handshake = null;
  const update = () => {
    handshake = record() ?? handshake;
    const untold = atEnd === "live" ? watch.state : atEnd;
    const state = JSON.stringify([handshake?.ended, handshake?.logged, untold]);
    if (state === shown) return;
    shown = state;
    const told = handshake?.ended ? "Refused" : "It did not open";
    const words = opened
      ? "It opened, and was closed again."
      : `${told}: close code ${code}. It is told nothing else.`;
    place.replaceChildren(terms(["page", words], ...(opened ? [] : rowsOf(handshake, untold))));
    if (link === null && handshake?.ended) {
      link = traceLink(handshake);
      node.append(link);
    }
  };
  update();
  return { node, update };
}

/**
 * Of a use that did not open what the page is not told, but the trace.
 *
 * @param {Handshake | null} handshake
 * @param {WatchState} untold why the trace has told nothing, where it has not
 * @returns {[string, ...(Node | string)[]][]}
 */
function rowsOf(handshake, untold) {
  if (!handshake?.ended) {
    return [["why", element("span", { "data-untold": untold }, ...prose(UNTOLD_WORDS[untold]))]];
  }
  const { status, refusal } = handshake.ended;
  if (refusal === null) return [["answer", `${status}`], ...handshake.logged.map(logRow)];
  const { rule, name, found } = refusal;
  const [which, asks] = ruleWords(rule, name);
  return [
    [
      "broken",
      element("span", { class: "tamper-rule", "data-rule": `${rule}` }, element("strong", {}, which), asks),
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
  const note = element("span", { class: "quiet", role: "status" });
  link.addEventListener("click", (event) => {
    event.preventDefault();
    if (!reveal(id)) note.textContent = " · It is not kept any more.";
  });
  const section = ended?.refusal ? [" · ", element("code", { class: "quiet" }, ended.refusal.section)] : [];
  return element("p", {}, link, ...section, note);
}
