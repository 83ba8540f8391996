/** A handshake of the trace as it is shown: a step after the other, each as soon as it is told. */

import { attributes } from "./attributes.js";
import { element, prose } from "./dom.js";
import { terms } from "./trace-terms.js";
import {
  canonicalLines,
  leftWords,
  logWords,
  outcome,
  ruleWords,
  shortRequest,
  stringLines,
  timeOfDay,
} from "./trace-words.js";

/** @import { Ended, Judged, Judgement } from "./trace-events.js" */
/** @import { Handshake } from "./trace-journal.js" */

/** The steps in their order, with what each shows of a record; `null` while it is not told. */
const STEPS = /** @type {const} */ ([
  ["request", "Request", request],
  ["signature", "Signature", signature],
  ["policy", "Policy", policy],
  ["function", "Function", invocation],
  ["row", "Row", row],
  ["end", "Answer", end],
  ["disconnect", "Disconnect", disconnect],
]);

/** What a rule came to, for a reader that sees no marks. */
const STATUS_WORDS = { kept: "kept", broken: "broken", notChecked: "not checked" };

/**
 * What stands for a status where there is none.
 *
 * @type {Readonly<Record<string, string>>}
 */
const BADGES = { pending: "…", gone: "–" };

/** A row of the list. What was opened in it stays open when more is told: a step is made once, then added to. */
export class HandshakeView {
  #badge = element("span", { class: "badge" });
  #title = element("span", { class: "trace-title" });
  #own = element("span", { class: "trace-own" });
  #steps = element("ol", { class: "trace-steps" });

  /** @type {Map<string, HTMLElement>} */
  #made = new Map();

  /** How many lines of functions are shown. */
  #lines = 0;

  /** @param {Handshake} handshake */
  constructor({ id, arrived }) {
    const short = shortRequest(arrived.method, arrived.url);
    const time = element("time", { class: "quiet" }, `${timeOfDay(arrived.at)} UTC`);
    const head = element("span", { class: "trace-head" }, this.#badge, this.#title, time);
    const summary = element(
      "summary",
      { class: "fold handshake-summary" },
      head,
      element("span", { class: "trace-foot" }, element("code", {}, short), this.#own),
    );
    const details = element("details", { id: `handshake-${id}` }, summary, this.#steps);
    this.item = element("li", { class: "handshake", "data-status": "pending" }, details);
  }

  /**
   * @param {Handshake} handshake
   * @param {boolean} isOwn whether this page made it
   */
  update(handshake, isOwn) {
    const status = statusOf(handshake);
    this.item.dataset.status = status;
    this.item.dataset.own = `${isOwn}`;
    this.#badge.className = `badge ${kindOf(handshake)}`;
    this.#badge.textContent = BADGES[status] ?? status;
    this.#title.textContent = outcome(handshake);
    this.#own.textContent = isOwn ? "this page" : "";
    for (const [name, title, content] of STEPS) {
      const made = this.#made.get(name);
      if (made) {
        if (name === "function") this.#continue(made, handshake);
        continue;
      }
      const nodes = content(handshake);
      if (nodes !== null) this.#insert(name, title, nodes, handshake);
    }
  }

  /**
   * In its place, as what is told late may belong before what is there.
   *
   * @param {string} name
   * @param {string} title
   * @param {HTMLElement[]} nodes
   * @param {Handshake} handshake
   */
  #insert(name, title, nodes, handshake) {
    const fault = faultIn(name, handshake) ? "fault" : "fine";
    const step = element("li", { "data-step": name, "data-mark": fault }, element("h3", {}, title), ...nodes);
    this.#made.set(name, step);
    const order = STEPS.map(([each]) => String(each));
    const next = order.slice(order.indexOf(name) + 1).find((each) => this.#made.has(each));
    this.#steps.insertBefore(step, next === undefined ? null : (this.#made.get(next) ?? null));
    if (name === "function") this.#continue(step, handshake);
  }

  /**
   * Adds to the step of the function what was told after its event.
   *
   * @param {HTMLElement} step
   * @param {Handshake} handshake
   */
  #continue(step, handshake) {
    const { logged, answered } = handshake;
    const log = step.querySelector("[data-log]");
    const fresh = logged.slice(this.#lines);
    this.#lines = logged.length;
    if (log instanceof HTMLElement && fresh.length > 0) {
      log.append(...fresh.map(({ line }) => `${logWords(line)}\n`));
      log.hidden = false;
    }
    const place = step.querySelector("[data-answer]");
    if (place?.childElementCount === 0 && answered !== null) {
      const title = element("p", { class: "quiet" }, answered.error === null ? "Its answer:" : "No answer:");
      place.append(
        title,
        answered.error === null ? json(answered.answer) : element("pre", {}, answered.error),
      );
    }
    if (faultIn("function", handshake)) step.dataset.mark = "fault";
  }
}

/**
 * Opens a handshake, and goes to it.
 *
 * @param {string} id
 * @returns {boolean} whether it is still there
 */
export function reveal(id) {
  const details = document.getElementById(`handshake-${id}`);
  if (!(details instanceof HTMLDetailsElement)) return false;
  details.open = true;
  details.scrollIntoView({ block: "start" });
  details.querySelector("summary")?.focus({ preventScroll: true });
  return true;
}

/**
 * The status that the client was told, or why there is none.
 *
 * @param {Handshake} handshake
 */
function statusOf({ ended, gone }) {
  if (ended !== null) return `${ended.status}`;
  return gone === null ? "pending" : "gone";
}

/**
 * As the style sheet has it.
 *
 * @param {Handshake} handshake
 */
function kindOf({ ended }) {
  if (ended === null) return "quiet";
  return ended.status === 101 ? "good" : "bad";
}

/**
 * Whether it went wrong there.
 *
 * @param {string} step
 * @param {Handshake} handshake
 */
function faultIn(step, { judged, decided, answered, ended }) {
  switch (step) {
    case "signature":
      return judged?.rules.some(({ status }) => status === "broken") ?? false;
    case "policy":
      return decided?.denied != null;
    case "function":
      return answered?.error != null || ended?.refusal?.rule === 28;
    case "end":
      return ended?.status !== 101;
    default:
      return false;
  }
}

/** @param {Handshake} handshake */
function request({ arrived }) {
  const url = arrived.url.replace(/([?&])/g, "\n$1");
  const rows = arrived.headers.map(([name, value]) =>
    element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, value)),
  );
  return [
    element("pre", { class: "trace-code" }, `${arrived.method} ${url}`),
    folded(`${arrived.headers.length} headers`, element("table", {}, element("tbody", {}, ...rows))),
  ];
}

/** @param {Handshake} handshake */
function signature({ judged }) {
  if (judged === null) return null;
  const broken = judged.rules.find(({ status }) => status === "broken");
  const verdict = broken
    ? `Broken: ${ruleWords(broken.number, broken.name).join("")}.`
    : `All ${judged.rules.length} rules are kept.`;
  const rules = folded(`The ${judged.rules.length} rules`, ruleList(judged));
  rules.open = broken !== undefined;
  return [element("p", {}, verdict), rules, ...signed(judged)];
}

/** @param {Judged} judged */
function ruleList({ rules }) {
  return element("ol", { class: "trace-rules" }, ...rules.map(rule));
}

/** @param {Judgement} judgement */
function rule({ number, name, status, found }) {
  const words =
    status === "kept" ? element("span", { class: "unseen" }, " (kept)") : ` (${STATUS_WORDS[status]})`;
  const item = element(
    "li",
    { "data-rule": `${number}`, "data-status": status, value: `${number}` },
    name,
    words,
  );
  if (found !== null) item.append(element("p", { "data-found": true }, found));
  return item;
}

/** @param {Judged} judged */
function signed({ canonicalRequest, stringToSign }) {
  const folds = [];
  if (canonicalRequest) folds.push(folded("Canonical request", lineTable(canonicalLines(canonicalRequest))));
  if (stringToSign) folds.push(folded("String to sign", lineTable(stringLines(stringToSign))));
  return folds;
}

/** @param {[string, string][]} lines */
function lineTable(lines) {
  const rows = lines.map(([name, line]) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, name),
      element("td", {}, element("code", {}, ...pieces(line))),
    ),
  );
  return element("table", { class: "trace-lines" }, element("tbody", {}, ...rows));
}

/**
 * In pieces that stay whole where there is room: a query is long, and is to be read by its parameters.
 *
 * @param {string} line
 */
function pieces(line) {
  return line.split(/(?=&)/).map((piece) => element("span", { class: "trace-piece" }, piece));
}

/** @param {Handshake} handshake */
function policy({ decided }) {
  if (decided === null) return null;
  const { principal, action, resource, denied } = decided;
  return [
    element("p", {}, denied === null ? "Allowed." : denied),
    terms(["principal", principal], ["action", action], ["resource", resource]),
  ];
}

/** @param {Handshake} handshake */
function invocation({ invoked }) {
  if (invoked === null) return null;
  return [
    terms(["function", invoked.function], ["connection", invoked.connectionId]),
    folded("Event", json(invoked.payload)),
    element("pre", { "data-log": true, hidden: true, "aria-label": "Lines of the log" }),
    element("div", { "data-answer": true }),
  ];
}

/** @param {Handshake} handshake */
function row({ stored }) {
  if (stored.length === 0) return null;
  return stored.flatMap(({ table, item }) => [
    element("p", {}, ...prose(`Stored in \`${table}\`.`)),
    typeof item === "string" ? element("p", {}, item) : folded("Item", terms(...attributes(item))),
  ]);
}

/** @param {Handshake} handshake */
function end({ ended, gone }) {
  if (gone !== null) return [element("p", {}, "None: the client went away before.")];
  if (ended === null) return null;
  const words =
    ended.status === 101 ? "101: it opens." : `${ended.status}. A page sees neither status nor reason.`;
  return [element("p", {}, words), ...refusal(ended)];
}

/** @param {Ended} ended */
function refusal({ refusal }) {
  if (refusal === null) return [];
  const [which, asks] = ruleWords(refusal.rule, refusal.name);
  return [
    element("p", { "data-rule": `${refusal.rule}` }, element("strong", {}, which), asks),
    terms(["found", refusal.found], ["what to do", ...prose(refusal.advice)], ["more", refusal.section]),
  ];
}

/** @param {Handshake} handshake */
function disconnect({ disconnected }) {
  if (disconnected === null) return null;
  const { statusCode, reason, left } = disconnected;
  const why = reason === "" ? "" : ` (${reason})`;
  return [element("p", {}, `Closed with ${statusCode}${why}. ${leftWords(left)}`)];
}

/**
 * @param {string} title
 * @param {Node} content
 */
function folded(title, content) {
  return element("details", {}, element("summary", { class: "trace-fold" }, title), content);
}

/** @param {unknown} value */
function json(value) {
  return element("pre", {}, typeof value === "string" ? value : JSON.stringify(value, null, 2));
}
