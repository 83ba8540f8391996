/** The conversation as a list: what the client did, what was sent and what came, each with its time. */

import { element, prose } from "./dom.js";

/** @import { Arrived } from "./exchange.js" */

/** So many entries are shown; the oldest go. */
const ENTRIES = 500;

/** How many characters of a message are shown. */
const SHOWN = 2000;

export class Conversation {
  list = element("ol", {
    id: "conversation",
    "aria-live": "polite",
    "aria-label": "Conversation",
    tabindex: "0",
  });

  /**
   * @param {string} name the state's
   * @param {string} text code in backquotes
   */
  state(name, text) {
    this.#add("state", element("strong", {}, name), " ", ...prose(text));
  }

  /**
   * @param {string} text
   * @param {"sent" | "queued"} how
   */
  sent(text, how) {
    this.#add("sent", label(how), " ", message(text));
  }

  /**
   * @param {Arrived} arrived
   * @param {string} frame as it came
   */
  arrived(arrived, frame) {
    const { kind, text } = arrived;
    const words = { echo: "echoed", pong: "pong", error: "error", received: "received" };
    const parts = [label(words[kind]), " ", message(text)];
    if ("roundTrip" in arrived && arrived.roundTrip !== null) {
      parts.push(" ", element("span", { class: "round-trip" }, duration(arrived.roundTrip)));
    }
    if (kind === "echo") parts.push(" ", whole(frame));
    this.#add(kind, ...parts);
  }

  /**
   * @param {string} kind
   * @param {...(Node | string)} children
   */
  #add(kind, ...children) {
    const { list } = this;
    // Who reads further up is left alone, unless it is to answer.
    const isFollowed = kind === "sent" || list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    const now = new Date();
    const time = element("time", { datetime: now.toISOString() }, clock(now));
    list.append(element("li", { "data-kind": kind }, time, element("div", {}, ...children)));
    if (list.childElementCount > ENTRIES) list.firstElementChild?.remove();
    if (isFollowed) list.scrollTop = list.scrollHeight;
  }
}

/** @param {string} text */
function label(text) {
  return element("span", { class: "what" }, text);
}

/** @param {string} text */
function message(text) {
  const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}… (${text.length} characters)` : text;
  return element("span", { class: "message" }, shown);
}

/** @param {string} frame */
function whole(frame) {
  const set = JSON.stringify(JSON.parse(frame), null, 2);
  return element("details", {}, element("summary", {}, "frame"), element("pre", { tabindex: "0" }, set));
}

/** @param {number} milliseconds */
function duration(milliseconds) {
  return milliseconds < 10 ? `${milliseconds.toFixed(1)} ms` : `${Math.round(milliseconds)} ms`;
}

/** @param {Date} date */
function clock(date) {
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  const seconds = `${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
  return `${two(date.getHours())}:${two(date.getMinutes())}:${seconds}`;
}
