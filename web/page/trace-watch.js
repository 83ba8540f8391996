/** Watches the trace: reads it, puts it together, begins anew when it ends. */

import { claimed } from "./trace-attempts.js";
import { EMPTY, eventOf, told } from "./trace-journal.js";
import { linesOf } from "./trace-lines.js";

/** @import { Attempt } from "./trace-attempts.js" */
/** @import { Handshake, Journal } from "./trace-journal.js" */

/** Milliseconds before it is tried again, the first time; each further time twice as many. */
const PAUSE = 2_000;

/** At most so many. */
const LONGEST_PAUSE = 10_000;

/** Attempts that are remembered. */
const KEPT_ATTEMPTS = 50;

/**
 * - `connecting`: it has asked and is not answered.
 * - `live`: what happens is told.
 * - `full`: as many pages watch as can; it is tried again.
 * - `lost`: it has ended or could not be had, and is tried again.
 * - `off`: `countersign run` has `--no-trace`.
 * - `absent`: something else serves this page.
 * - `refused`: it is not for this page.
 *
 * @typedef {"connecting" | "live" | "full" | "lost" | "off" | "absent" | "refused"} WatchState
 */

/** Fires `state` when it is another one; `change` with an event of the trace that is in the journal. */
export class Watch extends EventTarget {
  /** @type {WatchState} */
  state = "connecting";

  /** @type {Journal} */
  journal = EMPTY;

  /** @type {readonly Attempt[]} */
  #attempts = [];

  /** Counts the attempts. */
  #begun = 0;

  /** How often it could not be had since it was last told. */
  #failures = 0;

  #ask;
  #pause;

  /**
   * @param {(address: string, init: RequestInit) => Promise<Response>} ask
   * @param {(milliseconds: number) => Promise<void>} pause
   */
  constructor(ask = (address, init) => fetch(address, init), pause = pauseFor) {
    super();
    this.#ask = ask;
    this.#pause = pause;
  }

  /** Watches until nothing can be told any more. */
  async run() {
    for (;;) {
      const state = await this.#watchOnce();
      this.#enter(state);
      if (state !== "lost" && state !== "full") return;
      await this.#pause(Math.min(LONGEST_PAUSE, PAUSE * 2 ** this.#failures));
      this.#failures += 1;
    }
  }

  /**
   * Watches nothing, as nothing is told here.
   *
   * @param {"off" | "absent" | "refused"} state
   */
  doWithout(state) {
    this.#enter(state);
  }

  /**
   * To be called right before a handshake of the page's own. Returns what finds its record.
   *
   * @param {string} url
   * @returns {() => Handshake | null}
   */
  attempt(url) {
    const number = ++this.#begun;
    const attempt = { number, url, after: this.journal.arrived, handshake: null };
    this.#attempts = [...this.#attempts, attempt].slice(-KEPT_ATTEMPTS);
    return () => {
      const id = this.#attempts.find((attempt) => attempt.number === number)?.handshake;
      return this.journal.handshakes.find((handshake) => handshake.id === id) ?? null;
    };
  }

  /**
   * Whether an attempt of this page made it.
   *
   * @param {Handshake} handshake
   */
  isOwn({ id }) {
    return this.#attempts.some(({ handshake }) => handshake === id);
  }

  /** @returns {Promise<WatchState>} how it ended */
  async #watchOnce() {
    try {
      const response = await this.#ask("./trace", { method: "POST" });
      if (response.status === 404) return "off";
      if (response.status === 403) return "refused";
      if (response.status === 503) return "full";
      if (!response.ok || response.body === null) return "lost";
      for await (const line of linesOf(response.body)) this.#read(line);
    } catch {
      // The server has gone, or has not come yet.
    }
    return "lost";
  }

  /** @param {string} line */
  #read(line) {
    const event = eventOf(line);
    if (event === null) return;
    this.journal = told(this.journal, event);
    if (event.event === "arrived") this.#attempts = claimed(this.#attempts, this.journal.handshakes);
    if (event.event === "watching") {
      this.#failures = 0;
      this.#enter("live");
    }
    this.dispatchEvent(new CustomEvent("change", { detail: event }));
  }

  /** @param {WatchState} state */
  #enter(state) {
    // Who listens may read it aloud.
    if (state === this.state) return;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}

/**
 * @param {number} milliseconds
 * @returns {Promise<void>}
 */
function pauseFor(milliseconds) {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
