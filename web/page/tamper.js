/** Tampers with signed URLs: each button signs a fresh one, tries what it says, and shows what came of it. */

import { askFor } from "./ask.js";
import { button, element } from "./dom.js";
import { left } from "./life.js";
import { GROUPS } from "./tamper-kinds.js";
import { tryUrl, untilTold, waitUntil } from "./tamper-try.js";
import { resultView, sentence } from "./tamper-view.js";
import { takeApart } from "./url-parts.js";

/** @import { Context, Signed } from "./context.js" */
/** @import { Kind } from "./tamper-kinds.js" */
/** @import { Result, Use } from "./tamper-view.js" */

/** Results that are kept. */
const KEPT_RESULTS = 20;

/** What every signed URL has, before there is one. */
const ALWAYS = [
  "grant.expires",
  "grant.nonce",
  "X-Amz-Algorithm",
  "X-Amz-Credential",
  "X-Amz-Date",
  "X-Amz-Expires",
  "X-Amz-SignedHeaders",
  "X-Amz-Security-Token",
  "X-Amz-Signature",
];

/**
 * @param {HTMLElement} section
 * @param {Context} context
 */
export function mount(section, context) {
  const { watch } = context;
  const parameter = element("select", { id: "tamper-parameter", "aria-label": "Parameter" });
  const status = element("p", { id: "tamper-status", role: "status" });
  const countdown = element("span", { id: "tamper-countdown", role: "timer" });
  const cancel = element("button", { type: "button", id: "tamper-cancel" }, "Cancel");
  const waiting = element("p", { class: "row", hidden: true }, countdown, cancel);
  const results = element("ol", { id: "tamper-results", "aria-label": "Results, the newest first" });

  /** @type {ReturnType<typeof resultView>[]} */
  let views = [];
  const show = (/** @type {Result} */ result) => {
    for (const { fold } of views) fold();
    const view = resultView(result, watch);
    results.prepend(view.item);
    views = [view, ...views].slice(0, KEPT_RESULTS);
    while (results.children.length > KEPT_RESULTS) results.lastElementChild?.remove();
    status.textContent = sentence(result);
  };
  for (const event of ["change", "state"]) {
    watch.addEventListener(event, () => {
      for (const { update } of views) update();
    });
  }

  const press = async (/** @type {Kind} */ kind, /** @type {HTMLButtonElement} */ pressed) => {
    const chosen = parameter.value;
    const hadFocus = document.activeElement === pressed;
    pressed.disabled = true;
    status.textContent = `${kind.label}: under way.`;
    const { id, label, lesson } = kind;
    const untried = { kind: id, done: label, lesson, change: null, problem: "", uses: [] };
    try {
      const tried = await attempt(kind, chosen);
      show(tried ? { ...untried, done: kind.done(chosen), ...tried } : { ...untried, outcome: "cancelled" });
    } catch (error) {
      show({ ...untried, outcome: "failed", problem: error instanceof Error ? error.message : "unknown" });
    } finally {
      pressed.disabled = false;
      // A button that is disabled loses it.
      if (hadFocus && document.activeElement === document.body) pressed.focus({ preventScroll: true });
    }
  };

  /**
   * @param {Kind} kind
   * @param {string} chosen
   * @returns {Promise<Pick<Result, "outcome" | "uses" | "change"> | null>} null where it was cancelled
   */
  const attempt = async ({ use }, chosen) => {
    const signed = await freshUrl(context);
    switch (use.how) {
      case "changed": {
        const change = use.change(signed.url, chosen);
        return outcomeOf([await useOf(change.url)], change);
      }
      case "twice": {
        const first = await useOf(signed.url, "First");
        return outcomeOf([first, await useOf(signed.url, "Again")]);
      }
      case "old":
        return (await oldEnough(signed)) === "over" ? outcomeOf([await useOf(signed.url)]) : null;
    }
  };

  const useOf = exclusive(async (/** @type {string} */ url, /** @type {string} */ label = "") => {
    const record = watch.attempt(url);
    const { opened, code } = await tryUrl(url);
    context.report(url, opened ? "opened" : "refused");
    await untilTold(watch, record);
    return { label, opened, code, record };
  });

  const oldEnough = async (/** @type {Signed} */ signed) => {
    const cancelled = new AbortController();
    cancel.onclick = () => cancelled.abort();
    // From now on, not from when it was asked for: it is surely over then.
    const now = Date.now();
    const remaining = left({ ...signed, asked: now }, now);
    if (remaining === null) throw new Error("this URL does not say when it ends");
    waiting.hidden = false;
    const showSeconds = (/** @type {number} */ seconds) => {
      countdown.dataset.seconds = `${seconds}`;
      countdown.textContent = `${seconds} s until it has ended.`;
    };
    const how = await waitUntil(now + remaining.url, showSeconds, cancelled.signal);
    waiting.hidden = true;
    return how;
  };

  const fill = () => {
    const names = context.signed
      ? takeApart(context.signed.url).parts.map(({ name }) => name)
      : [...Object.keys(context.request.query), ...ALWAYS];
    const before = parameter.value;
    parameter.replaceChildren(...[...new Set(names)].map((name) => element("option", { value: name }, name)));
    if (names.includes(before)) parameter.value = before;
  };
  context.addEventListener("request", fill);
  context.addEventListener("signed", fill);
  fill();

  const groups = GROUPS.map(({ title, kinds }) => {
    const buttons = kinds.map((kind) => {
      const made = button(kind.label, { id: `tamper-${kind.id}` }, () => void press(kind, made));
      return made;
    });
    const choosing = kinds.some(({ use }) => use.how === "changed" && use.ofParameter);
    return element(
      "fieldset",
      { class: "tamper-group" },
      element("legend", {}, title),
      ...(choosing ? [parameter] : []),
      element("div", { class: "row" }, ...buttons),
    );
  });
  section.append(
    element(
      "div",
      { class: "body" },
      element("div", { class: "tamper-groups" }, ...groups),
      waiting,
      status,
      results,
    ),
  );
}

/**
 * Where `/sign` wants AWS credentials, the pasted URL is all there is.
 *
 * @param {Context} context
 * @returns {Promise<Signed>}
 */
async function freshUrl({ request, signed }) {
  if (request.authorization === "IAM" && signed) return signed;
  if (request.sign === "") throw new Error("the address of /sign is not known: type it into the form above");
  return await askFor(request);
}

/**
 * @param {Use[]} uses
 * @param {{ before: string, after: string } | null} [change]
 */
function outcomeOf(uses, change = null) {
  /** @type {"opened" | "refused"} */
  const outcome = uses.at(-1)?.opened ? "opened" : "refused";
  return { outcome, uses, change };
}

/**
 * The same, one call after the other: handshakes are told apart by their order.
 *
 * @template {unknown[]} Arguments
 * @template Value
 * @param {(...given: Arguments) => Promise<Value>} task
 * @returns {(...given: Arguments) => Promise<Value>}
 */
function exclusive(task) {
  /** @type {Promise<unknown>} */
  let last = Promise.resolve();
  return (...given) => {
    const next = last.then(() => task(...given));
    last = next.catch(() => {});
    return next;
  };
}
