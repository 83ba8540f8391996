/** What the parts of the page share: the stack that serves it, and the last signed URL. */

/**
 * What `countersign run` tells its page (`POST /stack`).
 *
 * @typedef {object} Stack
 * @property {string | null} sign the address of `/sign`
 * @property {string | null} websocket the address of the WebSocket API's stage
 * @property {"NONE" | "IAM" | "JWT" | null} authorization what `/sign` asks for
 * @property {string | null} token a command that prints a token, where `/sign` asks for one that `countersign` makes
 * @property {string | null} parameter a name that may be requested
 * @property {boolean} origin whether the API's CORS lets this page in
 * @property {boolean} trace whether handshakes are told
 */

/**
 * What `/sign` has answered.
 *
 * @typedef {object} Signed
 * @property {string} url
 * @property {string} expiresAt RFC 3339
 */

/**
 * Fires `signed` when there is a new URL, `tried` after a handshake of the page's own with a URL in its detail.
 */
export class Context extends EventTarget {
  /** @type {Stack | null} null where the page is served by something else */
  stack = null;

  /** @type {Signed | null} */
  signed = null;

  /** What is asked of `/sign`; the form sets it. */
  request = {
    sign: "",
    /** @type {Record<string, string>} */
    query: {},
    /** @type {string | null} a token for `Authorization: Bearer` */
    token: null,
  };

  /**
   * @param {Signed} signed
   */
  keep(signed) {
    this.signed = signed;
    this.dispatchEvent(new Event("signed"));
  }
}
