/** What may be sent: text, in one frame. */

import { SendError } from "./errors.js";
import { MESSAGE_BYTES } from "./limits.js";

const encoder = new TextEncoder();

/**
 * The length of a message in bytes of UTF-8, as a WebSocket sends it: half of a surrogate pair becomes U+FFFD.
 * A {@link SendError} with `not-text` or `too-large` where API Gateway would close the connection for it.
 */
export function messageBytes(data: unknown): number {
  if (typeof data !== "string") {
    const kind = data === null ? "null" : typeof data;
    throw new SendError(`the message is ${kind}, expected a string: API Gateway takes text only`, "not-text");
  }
  // No character takes less than a byte: what is far too long is not encoded.
  const bytes = data.length > MESSAGE_BYTES ? data.length : encoder.encode(data).length;
  if (bytes > MESSAGE_BYTES) {
    throw new SendError(
      `the message has at least ${bytes} bytes in UTF-8, expected at most ${MESSAGE_BYTES}: ` +
        "a browser sends it as one frame, and API Gateway takes no longer one",
      "too-large",
    );
  }
  return bytes;
}
