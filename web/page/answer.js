/** What `/sign` has answered elsewhere, as it was pasted. Pure. */

import { signedAt, takeApart } from "./url-parts.js";

/**
 * The URL of an answer, or a URL by itself; null where it is no signed URL of a WebSocket.
 *
 * @param {string} pasted
 * @returns {string | null}
 */
export function readAnswer(pasted) {
  const text = pasted.trim();
  const url = text.startsWith("{") ? urlOf(text) : text;
  const isSigned =
    /^wss?:\/\/[^\s#]+$/.test(url) &&
    URL.canParse(url) &&
    signedAt(url) !== null &&
    takeApart(url).parts.some(({ name }) => name === "X-Amz-Signature");
  return isSigned ? url : null;
}

/** @param {string} json */
function urlOf(json) {
  try {
    const { url } = JSON.parse(json);
    return typeof url === "string" ? url : "";
  } catch {
    return "";
  }
}
