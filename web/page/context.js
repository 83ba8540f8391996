/** What the parts of the page share: the stack that serves it, what is asked of `/sign`, and the last signed URL. */

import { Watch } from "./trace-watch.js";

/** @typedef {"NONE" | "IAM" | "JWT"} Authorization */

/** @typedef {{ in: "header" | "query", name: string }} TokenPlace where a request has its token */

/**
 * What `countersign run` tells its page (`POST /stack`).
 *
 * @typedef {object} Stack
 * @property {string | null} sign the address of `/sign`
 * @property {string | null} websocket the address of the WebSocket API's stage
 * @property {Authorization | null} authorization what `/sign` asks for
 * @property {string | null} token a command that prints a token, where `/sign` asks for one that `countersign` makes
 * @property {string | null} parameter a name that may be requested
 * @property {boolean} origin whether the API's CORS lets this page in
 * @property {boolean} trace whether handshakes are told
 * @property {string | null} region
 * @property {string | null} issuer whose tokens `/sign` takes
 * @property {TokenPlace | null} tokenIn where it looks for them
 * @property {string | null} allow options of `countersign run` that would let this page in, where it is not
 * @property {string | null} explain a command that reads a URL, and says what would become of it here
 */

/**
 * What is asked of `/sign`.
 *
 * @typedef {object} Request
 * @property {string} sign its address
 * @property {Record<string, string>} query
 * @property {Authorization} authorization what it asks for
 * @property {string | null} token
 * @property {TokenPlace} tokenIn
 */

/** Where a token stands unless the stack says otherwise. */
export const AUTHORIZATION = Object.freeze({ in: /** @type {const} */ ("header"), name: "authorization" });

/**
 * What `/sign` has answered.
 *
 * @typedef {object} Signed
 * @property {string} url
 * @property {string} expiresAt RFC 3339
 * @property {number} asked when it was asked for, by this machine's clock, in milliseconds since 1970
 */

/**
 * What a handshake came to. `given`: the client has the URL, and opens it.
 *
 * @typedef {"given" | "opened" | "refused"} Outcome
 */

/** @typedef {{ url: string, outcome: Outcome }} Tried */

/**
 * Fires `request` when the form has changed; `signed` when there is a new URL; `tried` ({@link Tried}) before and
 * after a handshake of the page's own.
 */
export class Context extends EventTarget {
  /** @type {Stack | null} null where the page is served by something else */
  stack = null;

  /** @type {Signed | null} */
  signed = null;

  /** @type {Request | null} what `signed` was asked for by */
  #signedFor = null;

  /** @type {Outcome | null} what has become of `signed`; null while it is untouched */
  outcome = null;

  /** The trace; trace.js runs it. */
  watch = new Watch();

  /** @type {Request} */
  request = { sign: "", query: {}, authorization: "NONE", token: null, tokenIn: AUTHORIZATION };

  /**
   * The form says something else.
   *
   * @param {Request} request
   */
  choose(request) {
    this.request = request;
    this.dispatchEvent(new Event("request"));
  }

  /**
   * There is a new URL.
   *
   * @param {Signed} signed
   * @param {Request} request what it was asked for by
   */
  keep(signed, request = this.request) {
    this.signed = signed;
    this.#signedFor = request;
    this.outcome = null;
    this.dispatchEvent(new Event("signed"));
  }

  /** Whether the form still says what `signed` was asked for by. */
  get isCurrent() {
    return this.#signedFor === this.request;
  }

  /**
   * A URL was tried.
   *
   * @param {string} url
   * @param {Outcome} outcome
   */
  report(url, outcome) {
    if (url === this.signed?.url) this.outcome = outcome;
    this.dispatchEvent(new CustomEvent("tried", { detail: { url, outcome } }));
  }
}
