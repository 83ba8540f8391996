/** A stream of bytes, cut anywhere, is read as lines. */

import { expect, test } from "vitest";
import { linesOf } from "../trace-lines.js";

/**
 * @param {Uint8Array<ArrayBuffer>[]} chunks
 * @param {string[]} expected
 */
async function check(chunks, expected) {
  const lines = [];
  for await (const line of linesOf(stream(chunks))) lines.push(line);
  expect(lines).toEqual(expected);
}

/**
 * @param {Uint8Array<ArrayBuffer>[]} chunks
 * @returns {ReadableStream<Uint8Array<ArrayBuffer>>}
 */
function stream(chunks) {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

const TEXT = '{"room":"Küche"}\n\n{"room":"𝄞…"}\n';
const LINES = ['{"room":"Küche"}', "", '{"room":"𝄞…"}'];

test("lines are the same wherever two cuts are, within a character too", async () => {
  const bytes = new TextEncoder().encode(TEXT);
  for (let first = 0; first <= bytes.length; first++) {
    for (let second = first; second <= bytes.length; second++) {
      await check([bytes.slice(0, first), bytes.slice(first, second), bytes.slice(second)], LINES);
    }
  }
});

test("a byte at a time makes the same lines", () =>
  check(
    [...new TextEncoder().encode(TEXT)].map((byte) => new Uint8Array([byte])),
    LINES,
  ));

test("half a line at the end is dropped", () => check([new TextEncoder().encode("whole\nhal")], ["whole"]));

test("an empty stream has no line", () => check([], []));

test("a line is handed on before the next one is there", async () => {
  /** @type {ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined} */
  let controller;
  const lines = linesOf(
    new ReadableStream({
      start(it) {
        controller = it;
      },
    }),
  );
  controller?.enqueue(new TextEncoder().encode("one\ntw"));
  expect(await lines.next()).toEqual({ done: false, value: "one" });
  controller?.enqueue(new TextEncoder().encode("o\n"));
  expect(await lines.next()).toEqual({ done: false, value: "two" });
});

test("whoever stops reading lets the stream go", async () => {
  let cancelled = false;
  /** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */
  const source = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode("one\n")),
    cancel() {
      cancelled = true;
    },
  });
  for await (const line of linesOf(source)) {
    expect(line).toBe("one");
    break;
  }
  expect(cancelled).toBe(true);
});

test("a line without an end is not kept for ever", async () => {
  const chunk = new TextEncoder().encode("x".repeat(300_000));
  await expect(check([chunk, chunk, chunk, chunk], [])).rejects.toThrow("longer than 1000000 characters");
});
