/** What becomes of the URLs that the client is given, as far as its states and errors tell. Pure. */

/** @import { Outcome } from "./context.js" */
/** @import { State } from "./signed-websocket.js" */

export class GivenUrl {
  /** @type {string | null} the one of which it is not known yet */
  #url = null;
  #report;

  /** @param {(url: string, outcome: Outcome) => void} report */
  constructor(report) {
    this.#report = report;
  }

  /**
   * The client has it, and opens it.
   *
   * @param {string} url
   */
  give(url) {
    this.#url = url;
    this.#report(url, "given");
  }

  /**
   * The client has changed its state.
   *
   * @param {State} state
   */
  changed(state) {
    if (state.name === "open") this.#settle("opened");
    if (state.name === "waiting" || (state.name === "closed" && state.cause)) this.#settle("refused");
    // Closed by hand while it was opened: nobody knows.
    if (state.name === "closed") this.#url = null;
  }

  /**
   * The client has told an error, in this state. While it goes on to connect the error is of the connection before.
   *
   * @param {State} state
   */
  failed(state) {
    if (state.name !== "signing" && state.name !== "connecting") this.#settle("refused");
  }

  /** @param {"opened" | "refused"} outcome */
  #settle(outcome) {
    if (this.#url !== null) this.#report(this.#url, outcome);
    this.#url = null;
  }
}
