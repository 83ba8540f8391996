/** Tampers with signed URLs: each button signs a fresh one, tries what it says, and shows what came of it. */

import { askFor, NotAsked, unspent } from "./ask.js";
import { button, element } from "./dom.js";
import { left } from "./life.js";
import { SignError } from "./signed-websocket.js";
import { GROUPS } from "./tamper-kinds.js";
import { tryUrl, untilTold, waitUntil } from "./tamper-try.js";
import { NotTried } from "./tamper-url.js";
import { resultView } from "./tamper-view.js";
import { resultWords } from "./tamper-words.js";
import { takeApart } from "./url-parts.js";

/** @import { Context, Signed } from "./context.js" */
/** @import { Kind } from "./tamper-kinds.js" */
/** @import { Result } from "./tamper-words.js" */

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
    status.textContent = resultWords(result);
  };
  for (const event of ["change", "state"]) {
    watch.addEventListener(event, () => {
      for (const { update } of views) update();
    });
  }

  const press = async (/** @type {Kind} */ kind, /** @type {HTMLButtonElement} */ pressed) => {
    // One that is `disabled` would lose the focus.
    if (pressed.getAttribute("aria-disabled") === "true") return;
    const chosen = parameter.value;
    pressed.setAttribute("aria-disabled", "true");
    status.textContent = `${kind.label}: under way.`;
    const { id, label, lesson, expected } = kind;
    /** @type {Result} */
    const untried = { kind: id, done: label, lesson, expected, change: null, untried: "cancelled", uses: [] };
    try {
      const tried = await attempt(kind, chosen, pressed);
      show(tried ? { ...untried, done: kind.done(chosen), untried: null, ...tried } : untried);
    } catch (error) {
      show({ ...untried, untried: { problem: problemOf(error) } });
    } finally {
      pressed.setAttribute("aria-disabled", "false");
    }
  };

  /**
   * @param {Kind} kind
   * @param {string} chosen
   * @param {HTMLElement} pressed
   * @returns {Promise<Pick<Result, "uses" | "change"> | null>} null where it was cancelled
   */
  const attempt = async ({ use }, chosen, pressed) => {
    const signed = await freshUrl(context);
    switch (use.how) {
      case "changed": {
        const change = use.change(signed.url, chosen);
        return { uses: [await useOf(change.url)], change };
      }
      case "twice": {
        const first = await useOf(signed.url, "First");
        const uses = first.opened ? [first, await useOf(signed.url, "Again")] : [first];
        return { uses, change: null };
      }
      case "old":
        if ((await oldEnough(signed, pressed)) === "cancelled") return null;
        return { uses: [await useOf(signed.url)], change: null };
    }
  };

  const useOf = exclusive(async (/** @type {string} */ url, /** @type {string} */ label = "") => {
    const record = watch.attempt(url);
    const { opened, code } = await tryUrl(url);
    context.report(url, opened ? "opened" : "refused");
    await untilTold(watch, record);
    return { label, opened, code, record };
  });

  const oldEnough = async (/** @type {Signed} */ signed, /** @type {HTMLElement} */ pressed) => {
    const cancelled = new AbortController();
    cancel.onclick = () => cancelled.abort();
    // From now on, not from when it was asked for: it is surely over then.
    const now = Date.now();
    const remaining = left({ ...signed, asked: now }, now);
    if (remaining === null) throw new NotTried("this URL does not say when it ends");
    waiting.hidden = false;
    const showSeconds = (/** @type {number} */ seconds) => {
      countdown.dataset.seconds = `${seconds}`;
      countdown.textContent = `${seconds} s until it has ended.`;
    };
    const how = await waitUntil(now + remaining.url, showSeconds, cancelled.signal);
    // What is hidden loses the focus.
    if (waiting.contains(document.activeElement)) pressed.focus({ preventScroll: true });
    waiting.hidden = true;
    return how;
  };

  const fill = () => {
    // Under IAM a URL is pasted, and the form asks for none.
    const isOfForm = context.isCurrent || context.request.authorization === "IAM";
    const names =
      context.signed && isOfForm
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
 * A URL to tamper with. Where `/sign` wants AWS credentials, the pasted one is all there is, while nothing has spent it.
 *
 * @param {Context} context
 * @returns {Promise<Signed>}
 */
async function freshUrl(context) {
  const pasted = context.request.authorization === "IAM" ? unspent(context) : null;
  return pasted ?? (await askFor(context.request));
}

/**
 * Words of the page's own alone: a browser's may hold the URL.
 *
 * @param {unknown} error
 */
function problemOf(error) {
  const isOwn = error instanceof NotTried || error instanceof NotAsked || error instanceof SignError;
  return isOwn ? error.message : "the page has a fault";
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
