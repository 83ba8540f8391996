/** The conversation as a list: what the client did, what was sent and what came, each with its time. */

import { element, prose } from "./dom.js";
import { listing } from "./state-words.js";

/** @import { Arrived } from "./exchange.js" */
/** @import { State } from "./signed-websocket.js" */

/** So many entries are shown; the oldest go. */
const ENTRIES = 500;

/** How many characters of a message are shown. */
const SHOWN = 2000;

export class Conversation {
  list = element("ol", {
    id: "conversation",
    "aria-live": "polite",
    "aria-label": "Conversation, with times in UTC",
    tabindex: "0",
  });

  /** @type {{ name: State["name"], line: HTMLLIElement } | null} the last state that is listed */
  #last = null;

  /**
   * @param {State["name"]} name
   * @param {string} word for it
   * @param {string} text code in backquotes
   */
  state(name, word, text) {
    const how = listing(this.#last?.name ?? null, name);
    if (how === "skip") return;
    if (how === "replace") this.#last?.line.remove();
    this.#last = { name, line: this.#add("state", element("strong", {}, word), " ", ...prose(text)) };
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
    const time = element("time", { datetime: now.toISOString() }, now.toISOString().slice(11, 23));
    const line = element("li", { "data-kind": kind }, time, element("div", {}, ...children));
    list.append(line);
    if (list.childElementCount > ENTRIES) list.firstElementChild?.remove();
    if (isFollowed) list.scrollTop = list.scrollHeight;
    return line;
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

/**
 * Made when it is looked at: few are.
 *
 * @param {string} frame
 */
function whole(frame) {
  const details = element("details", {}, element("summary", {}, "frame"));
  const fill = () =>
    details.append(element("pre", { tabindex: "0" }, JSON.stringify(JSON.parse(frame), null, 2)));
  details.addEventListener("toggle", fill, { once: true });
  return details;
}

/** @param {number} milliseconds */
function duration(milliseconds) {
  return milliseconds < 10 ? `${milliseconds.toFixed(1)} ms` : `${Math.round(milliseconds)} ms`;
}
