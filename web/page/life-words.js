/** What is left of a URL, in words. Pure. */

/** @import { Outcome } from "./context.js" */

/** @typedef {{ url: number, signature: number }} Left milliseconds, as `left` in life.js tells them */

/**
 * @param {Outcome | null} outcome what has become of it
 * @param {number} seconds that are left
 * @returns {"good" | "used" | "ended"}
 */
export function standing(outcome, seconds) {
  if (outcome === "opened") return "used";
  return seconds === 0 ? "ended" : "good";
}

/**
 * What a connection with it would meet. Code in backquotes.
 *
 * @param {string} expiresAt RFC 3339
 * @param {Outcome | null} outcome
 * @param {Left | null} left
 */
export function lifeWords(expiresAt, outcome, left) {
  if (outcome === "opened") {
    return "It has opened its connection. ws-connect knows its `grant.nonce`, and takes it no second time.";
  }
  if (left === null) return "The URL does not say when it ends.";
  const end = `${expiresAt.slice(11, 19)} UTC`;
  if (left.url > 0) {
    return (
      `Good for one connection until ${end}. From then on ws-connect refuses it by \`grant.expires\`; ` +
      "API Gateway itself would take the signature for 5 minutes."
    );
  }
  if (left.signature > 0) {
    const seconds = Math.ceil(left.signature / 1000);
    return (
      `Since ${end} ws-connect refuses it by \`grant.expires\`. API Gateway itself would take the signature for ` +
      `another ${seconds} ${seconds === 1 ? "second" : "seconds"}.`
    );
  }
  return "By now API Gateway refuses it before ws-connect is asked: the signature is more than 5 minutes old.";
}
