/** How long a URL is still good. Pure: times are arguments. */

import { endOf, signedAt } from "./url-parts.js";

/** @import { Signed } from "./context.js" */

/**
 * API Gateway takes a signature for so long after its date, in milliseconds.
 * ("Elements of an AWS API request signature", IAM User Guide; README, "Limits".)
 */
const SIGNATURE_LIFE = 5 * 60 * 1000;

/**
 * Milliseconds until ws-connect refuses it, and until API Gateway does; null where the URL does not say.
 *
 * Both count from when the page asked for it, or got it. How long it lives is a matter of the signer's clock, so that a wrong clock on
 * this machine changes nothing; it was signed a little later, so a little less is told than there is. Of a URL that was
 * pasted this is the most that may be left.
 *
 * @param {Signed} signed
 * @param {number} now by this machine's clock, in milliseconds since 1970
 * @returns {{ url: number, signature: number } | null}
 */
export function left({ url, asked }, now) {
  const end = Date.parse(endOf(url));
  const start = signedAt(url);
  if (Number.isNaN(end) || start === null) return null;
  const age = Math.max(0, now - asked);
  return { url: Math.max(0, end - start - age), signature: Math.max(0, SIGNATURE_LIFE - age) };
}

/**
 * Whether a connection may be tried with it.
 *
 * @param {Signed} signed
 * @param {number} now
 */
export function isFresh(signed, now) {
  const remaining = left(signed, now);
  return remaining !== null && remaining.url > 0;
}
