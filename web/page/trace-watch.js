/** Watches the trace: reads it, puts it together, begins anew when it ends. */

import { claimed } from "./trace-attempts.js";
import { EMPTY, eventOf, told } from "./trace-journal.js";
import { linesOf } from "./trace-lines.js";

/** @import { Attempt } from "./trace-attempts.js" */
/** @import { Handshake, Journal } from "./trace-journal.js" */

/** Milliseconds before it is tried again, the first time; each further time twice as many. */
const PAUSE = 2_000;

/** At most so many. */
const LONGEST_PAUSE = 30_000;

/** Attempts that are remembered. */
const KEPT_ATTEMPTS = 50;

/**
 * - `connecting`: it has asked and is not answered.
 * - `live`: what happens is told.
 * - `full`: as many pages watch as can; it is tried again.
 * - `lost`: it has ended or could not be had, and is tried again.
 * - `resting`: nobody looks at the page, and a browser has few connections to one host.
 * - `off`: `countersign run` has `--no-trace`.
 * - `absent`: something else serves this page.
 * - `refused`: it is not for this page.
 *
 * @typedef {"connecting" | "live" | "full" | "lost" | "resting" | "off" | "absent" | "refused"} WatchState
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

  /** Aborted while nobody looks. */
  #looking = new AbortController();

  /** Ends a rest. */
  #wake = () => {};

  /** How often it could not be had since it was last told. */
  #failures = 0;

  #ask;
  #pause;

  /**
   * @param {(address: string, init: RequestInit) => Promise<Response>} ask
   * @param {(milliseconds: number, signal: AbortSignal) => Promise<void>} pause which ends when `signal` is aborted
   */
  constructor(ask = (address, init) => fetch(address, init), pause = pauseFor) {
    super();
    this.#ask = ask;
    this.#pause = pause;
  }

  /** Watches until nothing can be told any more. */
  async run() {
    for (;;) {
      const { signal } = this.#looking;
      const state = signal.aborted ? "resting" : await this.#watchOnce(signal);
      this.#enter(state);
      if (state === "resting") {
        await this.#untilLookedAt();
      } else if (state === "lost" || state === "full") {
        await this.#pause(Math.min(LONGEST_PAUSE, PAUSE * 2 ** this.#failures), signal);
        this.#failures += 1;
      } else {
        return;
      }
    }
  }

  /**
   * Whether somebody looks at the page. While nobody does nothing is watched.
   *
   * @param {boolean} isLookedAt
   */
  look(isLookedAt) {
    if (!isLookedAt) return this.#looking.abort();
    if (!this.#looking.signal.aborted) return;
    this.#looking = new AbortController();
    this.#failures = 0;
    this.#wake();
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

  /** @returns {Promise<void>} */
  #untilLookedAt() {
    if (!this.#looking.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /**
   * @param {AbortSignal} signal
   * @returns {Promise<WatchState>} how it ended
   */
  async #watchOnce(signal) {
    try {
      const response = await this.#ask("./trace", { method: "POST", signal });
      if (response.status === 404) return "off";
      if (response.status === 403) return "refused";
      if (response.status === 503) return "full";
      if (!response.ok || response.body === null) return "lost";
      for await (const line of linesOf(response.body)) this.#read(line);
    } catch {
      // The server has gone, or has not come yet.
    }
    return signal.aborted ? "resting" : "lost";
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
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function pauseFor(milliseconds, signal) {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const timer = setTimeout(finish, milliseconds);
    signal.addEventListener("abort", finish);
    if (signal.aborted) finish();
  });
}
