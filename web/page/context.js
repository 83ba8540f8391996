/** What the parts of the page share: the stack that serves it, what is asked of `/sign`, and the last signed URL. */

import { readAddress } from "./parameters.js";
import { Watch } from "./trace-watch.js";
import { nonceOf } from "./url-parts.js";

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
 * Why there is no stack. `refused`: `countersign` serves the page, and does not tell it. `lost`: no answer in time.
 * `absent`: something else serves the page.
 *
 * @typedef {"refused" | "lost" | "absent"} Missing
 */

/**
 * What is asked of `/sign`.
 *
 * @typedef {object} Request
 * @property {string} sign its address; empty where the form has none
 * @property {Record<string, string>} query
 * @property {Authorization} authorization what it asks for
 * @property {string | null} token
 * @property {TokenPlace} tokenIn
 * @property {string | null} fault what is wrong with the form: then nothing is asked
 */

/** Where a token stands unless the stack says otherwise. */
export const AUTHORIZATION = Object.freeze({ in: /** @type {const} */ ("header"), name: "authorization" });

/**
 * What `/sign` has answered.
 *
 * @typedef {object} Signed
 * @property {string} url
 * @property {number} asked when it was asked for, or pasted, by this machine's clock, in milliseconds since 1970
 * @property {"asked" | "pasted"} how the page came to it; what is pasted may have been old by then
 */

/**
 * What a handshake came to. `given`: the client has the URL, and opens it.
 *
 * @typedef {"given" | "opened" | "refused"} Outcome
 */

/** @typedef {{ url: string, outcome: Outcome }} Tried */

/**
 * Fires `stack` when it tells something else than before; `request` when the form has changed; `signed` when there is a
 * new URL; `tried` ({@link Tried}) before and after a handshake of the page's own.
 */
export class Context extends EventTarget {
  /** @type {Stack | null} */
  stack = null;

  /** @type {Missing} why there is none, where there is none */
  missing = "lost";

  /** @type {Signed | null} */
  signed = null;

  /** @type {Request | null} what `signed` was asked for by */
  #signedFor = null;

  /** @type {Outcome | null} what has become of `signed`; null while it is untouched */
  outcome = null;

  /** The trace; trace.js runs it. */
  watch = new Watch();

  /** @type {Request} */
  request = {
    sign: "",
    query: {},
    authorization: "NONE",
    token: null,
    tokenIn: AUTHORIZATION,
    fault: "the form is not filled yet",
  };

  /**
   * The stack was asked for. One that does not answer for a while is still the one that the page is about.
   *
   * @param {Stack | Missing} told
   */
  learn(told) {
    if (told === "lost" && this.stack !== null) return;
    const before = JSON.stringify(this.stack ?? this.missing);
    if (typeof told === "string") this.missing = told;
    this.stack = typeof told === "string" ? null : told;
    if (JSON.stringify(told) !== before) this.dispatchEvent(new Event("stack"));
  }

  /**
   * The stack, if an address of `/sign` is its own: of another one it knows nothing.
   *
   * @param {string} sign
   */
  stackAt(sign) {
    const own = readAddress(this.stack?.sign ?? "");
    return own !== null && own === readAddress(sign) ? this.stack : null;
  }

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
   * A URL was tried. One that opened has spent its nonce, in whichever order its parameters stood; a changed one that
   * was refused says nothing of the URL that is shown.
   *
   * @param {string} url
   * @param {Outcome} outcome
   */
  report(url, outcome) {
    const shown = this.signed?.url ?? "";
    const isShown = url === shown || (outcome === "opened" && isOfOneNonce(url, shown));
    if (isShown && this.outcome !== "opened") this.outcome = outcome;
    this.dispatchEvent(new CustomEvent("tried", { detail: { url, outcome } }));
  }
}

/**
 * @param {string} url
 * @param {string} other
 */
function isOfOneNonce(url, other) {
  const nonce = nonceOf(url);
  return nonce !== "" && nonce === nonceOf(other);
}
