/** Which handshake of the trace was made by which attempt of this page. Pure. */

/** @import { Handshake } from "./trace-journal.js" */

/**
 * @typedef {object} Attempt
 * @property {number} number counts the attempts
 * @property {string} url as it was opened, with its secrets
 * @property {number} after how many handshakes were seen to arrive before it
 * @property {string | null} handshake the id of its handshake, once it is told
 */

/**
 * The attempts with their handshakes. An attempt's is the first that arrived after it began, has its URL, and is no
 * other attempt's: with the same URL twice, the first attempt has the first handshake.
 *
 * @param {readonly Attempt[]} attempts the oldest first
 * @param {readonly Handshake[]} handshakes the newest first
 * @returns {readonly Attempt[]}
 */
export function claimed(attempts, handshakes) {
  const taken = new Set(attempts.map(({ handshake }) => handshake));
  const inOrder = [...handshakes].reverse();
  return attempts.map((attempt) => {
    if (attempt.handshake !== null) return attempt;
    const found = inOrder.find(
      ({ id, number, arrived }) =>
        number > attempt.after && !taken.has(id) && isMaskOf(arrived.url, attempt.url),
    );
    if (found === undefined) return attempt;
    taken.add(found.id);
    return { ...attempt, handshake: found.id };
  });
}

/**
 * Whether a masked URL could be that of this one: what it shows is the same. It shows `(hidden)` for a secret, and the
 * beginning and `…` of what could be one. Scheme and host do not count: a request has the path alone.
 *
 * @param {string} masked
 * @param {string} url
 */
export function isMaskOf(masked, url) {
  const shown = pathOf(masked).split("&");
  const sent = pathOf(written(url)).split("&");
  return (
    shown.length === sent.length &&
    shown.every((piece, at) => pattern(piece).test(/** @type {string} */ (sent[at])))
  );
}

/**
 * As a browser writes it on the wire; as it is where it is none, which is never sent.
 *
 * @param {string} url
 */
function written(url) {
  try {
    return new URL(url).href;
  } catch {
    return url;
  }
}

/**
 * Path and query.
 *
 * @param {string} url
 */
function pathOf(url) {
  return url.replace(/^[a-z]+:\/\/[^/?]*/i, "");
}

/**
 * What fits a masked piece. The `=` before `(hidden)` may be the mask's own.
 *
 * @param {string} piece
 */
function pattern(piece) {
  const parts = piece.split(/=?\(hidden\)|…/).map((part) => part.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s");
}
