/** The watch begins anew after an end, and stops where nothing will be told. */

import { expect, test } from "vitest";
import { Watch } from "../trace-watch.js";

/**
 * Answers as `fetch` gives them, one after the other; then the pause never ends. Expected are the states.
 *
 * @param {(Response | Error)[]} answers
 * @param {string[]} expected
 */
async function check(answers, expected) {
  const left = [...answers];
  /** @type {string[]} */
  const states = [];
  /** @type {number[]} */
  const pauses = [];
  /** @type {(value?: unknown) => void} */
  let finished = () => {};
  const done = new Promise((resolve) => {
    finished = resolve;
  });
  const watch = new Watch(
    () => {
      const answer = left.shift();
      return answer instanceof Response ? Promise.resolve(answer) : Promise.reject(answer);
    },
    (milliseconds) => {
      pauses.push(milliseconds);
      if (left.length > 0) return Promise.resolve();
      finished();
      return new Promise(() => {});
    },
  );
  watch.addEventListener("state", () => states.push(watch.state));
  await Promise.race([watch.run(), done]);
  expect(states).toEqual(expected);
  // Never in a tight loop.
  expect(pauses.every((pause) => pause >= 1_000)).toBe(true);
  return { watch, pauses };
}

/** @param {object[]} events */
function told(...events) {
  return new Response(events.map((event) => `${JSON.stringify(event)}\n`).join(""));
}

const WATCHING = { event: "watching" };

test("without a trace it stops", () => check([new Response("", { status: 404 })], ["off"]).then(() => {}));

test("refused, it stops", () => check([new Response("", { status: 403 })], ["refused"]).then(() => {}));

test("after an end it watches again", () =>
  check([told(WATCHING), told(WATCHING)], ["live", "lost", "live", "lost"]).then(() => {}));

test("it tries again while there is no server", () =>
  check(
    [new TypeError("Failed to fetch"), new Response("", { status: 500 }), told(WATCHING)],
    ["lost", "live", "lost"],
  ).then(() => {}));

test("the longer it cannot be had, the more rarely it is asked for; once told, it begins anew", async () => {
  const failures = Array.from({ length: 6 }, () => new TypeError("Failed to fetch"));
  const { pauses } = await check([...failures, told(WATCHING)], ["lost", "live", "lost"]);
  expect(pauses).toEqual([2_000, 4_000, 8_000, 10_000, 10_000, 10_000, 2_000]);
});

test("where as many watch as can, it asks again", () =>
  check([new Response("", { status: 503 }), told(WATCHING)], ["full", "live", "lost"]).then(() => {}));

test("what was told before an end is kept", async () => {
  const arrived = (/** @type {string} */ handshake) => ({ event: "arrived", handshake, url: "/prod" });
  const { watch } = await check(
    [told(WATCHING, arrived("A")), told(WATCHING, arrived("B"))],
    ["live", "lost", "live", "lost"],
  );
  expect(watch.journal.handshakes.map(({ id }) => id)).toEqual(["B", "A"]);
});

/** A watch whose trace the test tells. */
function driven() {
  /** @type {ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined} */
  let controller;
  const body = new ReadableStream({
    start(it) {
      controller = it;
    },
  });
  const watch = new Watch(
    () => Promise.resolve(new Response(body)),
    () => new Promise(() => {}),
  );
  const tell = (/** @type {object} */ event) => {
    const changed = new Promise((resolve) => watch.addEventListener("change", resolve, { once: true }));
    controller?.enqueue(new TextEncoder().encode(`${JSON.stringify(event)}\n`));
    return changed;
  };
  return { watch, tell };
}

test("a URL that no browser takes ends no trace", async () => {
  const { watch, tell } = driven();
  void watch.run();
  await tell(WATCHING);
  const record = watch.attempt("wss://h:99999/prod?a=1");
  await tell({ event: "arrived", handshake: "A", url: "/prod?b=1" });
  expect(record()).toBeNull();
  expect(watch.state).toBe("live");
});

test("an attempt finds its record, and the record is the page's own", async () => {
  const { watch, tell } = driven();
  void watch.run();
  await tell({ event: "arrived", handshake: "A", url: "/prod?a=1" });
  const record = watch.attempt("ws://h/prod?a=1");
  expect(record()).toBeNull();
  await tell({ event: "arrived", handshake: "B", url: "/prod?a=1" });
  await tell({ event: "ended", handshake: "B", status: 101, refusal: null });
  expect(record()).toMatchObject({ id: "B", ended: { status: 101 } });
  expect(watch.journal.handshakes.map((handshake) => watch.isOwn(handshake))).toEqual([true, false]);
});
