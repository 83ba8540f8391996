/** The lines of a stream of bytes, each as soon as it is whole. */

/** A longer one is no line of a trace: of what has more than 64 KiB the size alone is told. */
const LONGEST_LINE = 1_000_000;

/**
 * Yields the lines without their ends. What stands behind the last end is half a line, and is dropped.
 *
 * @param {ReadableStream<Uint8Array<ArrayBuffer>>} stream
 * @returns {AsyncGenerator<string, void, void>}
 */
export async function* linesOf(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const [first = "", ...others] = value.split("\n");
      rest += first;
      if (rest.length > LONGEST_LINE)
        throw new Error(`a line of the trace is longer than ${LONGEST_LINE} characters`);
      for (const other of others) {
        yield rest;
        rest = other;
      }
    }
  } finally {
    // Whoever stops reading lets the connection go.
    await reader.cancel().catch(() => {});
  }
}
