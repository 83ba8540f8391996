/** A URL is tried as a page does, and waiting ends when it is to end. */

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { tryUrl, untilTold, waitUntil } from "../tamper-try.js";
import { NotTried } from "../tamper-url.js";
import { Watch } from "../trace-watch.js";

/** @import { Handshake } from "../trace-journal.js" */

/** A WebSocket that does what the test says. */
class FakeSocket extends EventTarget {
  /** @type {(number | undefined)[]} */
  closed = [];

  /** @param {number} [code] */
  close(code) {
    this.closed.push(code);
  }

  /** @param {number} code */
  end(code) {
    this.dispatchEvent(Object.assign(new Event("close"), { code }));
  }
}

/**
 * @param {(socket: FakeSocket) => void} happens
 * @param {{ opened: boolean, code: number }} expected
 * @param {number[]} closed the codes that the page closes it with
 */
async function checkTry(happens, expected, closed) {
  const socket = new FakeSocket();
  /** @type {string[]} */
  const urls = [];
  const tried = tryUrl("ws://h/prod?a=1", (url) => {
    urls.push(url);
    return /** @type {WebSocket} */ (/** @type {unknown} */ (socket));
  });
  happens(socket);
  expect(await tried).toEqual(expected);
  expect(socket.closed).toEqual(closed);
  expect(urls).toEqual(["ws://h/prod?a=1"]);
}

test("what is refused did not open, and a code is all that is told", () =>
  checkTry((socket) => socket.end(1006), { opened: false, code: 1006 }, []));

test("what opens is closed again", () =>
  checkTry(
    (socket) => {
      socket.dispatchEvent(new Event("open"));
      socket.end(1000);
    },
    { opened: true, code: 1000 },
    [1000],
  ));

test("what has opened was tried, whether or not the other side says farewell", async () => {
  const socket = new FakeSocket();
  const tried = tryUrl("ws://h/prod", () => /** @type {WebSocket} */ (/** @type {unknown} */ (socket)));
  socket.dispatchEvent(new Event("open"));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await tried).toEqual({ opened: true, code: 1006 });
});

/**
 * @param {(socket: FakeSocket) => Promise<unknown>} happens
 * @param {string} expected a part of why it was not tried
 */
async function checkNotTried(happens, expected) {
  const socket = new FakeSocket();
  const tried = tryUrl("ws://h/prod", () => /** @type {WebSocket} */ (/** @type {unknown} */ (socket)));
  const caught = tried.catch((error) => error);
  await happens(socket);
  const error = await caught;
  expect(error).toBeInstanceOf(NotTried);
  expect(error.message).toContain(expected);
}

test("what a policy blocks ends without a close", () =>
  checkNotTried(async (socket) => {
    socket.dispatchEvent(new Event("error"));
    await vi.advanceTimersByTimeAsync(1_000);
  }, "does not let the page connect"));

test("an error is no end where a close follows", () =>
  checkTry(
    (socket) => {
      socket.dispatchEvent(new Event("error"));
      socket.end(1006);
    },
    { opened: false, code: 1006 },
    [],
  ));

test("what nobody answers ends", () =>
  checkNotTried(() => vi.advanceTimersByTimeAsync(60_000), "60 seconds"));

test("what a browser says of a URL that it does not take is not told: it holds the URL", async () => {
  const url = "wss://h:99999/prod?X-Amz-Signature=5e";
  const error = await tryUrl(url, (url) => {
    throw new SyntaxError(`The URL '${url}' is invalid.`);
  }).catch((error) => error);
  expect(error).toBeInstanceOf(NotTried);
  expect(error.message).not.toContain("99999");
});

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});

afterEach(() => {
  expect(vi.getTimerCount(), "no timer is left").toBe(0);
  vi.useRealTimers();
});

/** @param {number} milliseconds */
function waiting(milliseconds) {
  /** @type {number[]} */
  const shown = [];
  const cancelled = new AbortController();
  const done = vi.fn();
  const waited = waitUntil(Date.now() + milliseconds, (seconds) => shown.push(seconds), cancelled.signal);
  void waited.then(done);
  return { shown, done, cancelled };
}

test("each second that is left is shown once, and the wait ends with the last", async () => {
  const { shown, done } = waiting(3_400);
  await vi.advanceTimersByTimeAsync(3_300);
  expect(shown).toEqual([4, 3, 2, 1]);
  expect(done).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(250);
  expect(shown).toEqual([4, 3, 2, 1, 0]);
  expect(done).toHaveBeenCalledWith("over");
});

test("a machine that slept is not too late", async () => {
  const { done } = waiting(60_000);
  vi.setSystemTime(Date.now() + 3_600_000);
  await vi.advanceTimersByTimeAsync(250);
  expect(done).toHaveBeenCalledWith("over");
});

test("a wait of no time is over at once", async () => {
  const { shown, done } = waiting(0);
  await vi.advanceTimersByTimeAsync(0);
  expect(shown).toEqual([0]);
  expect(done).toHaveBeenCalledWith("over");
});

test("a wait that is cancelled ends, once", async () => {
  const { done, cancelled } = waiting(60_000);
  await vi.advanceTimersByTimeAsync(1_000);
  cancelled.abort();
  await vi.advanceTimersByTimeAsync(120_000);
  expect(done.mock.calls).toEqual([["cancelled"]]);
});

/**
 * A live watch, and a record of it that has ended or not.
 */
function live() {
  const watch = new Watch();
  watch.state = "live";
  /** @type {Pick<Handshake, "ended">} */
  const record = { ended: null };
  const told = vi.fn();
  void untilTold(watch, () => /** @type {Handshake} */ (record)).then(told);
  return { watch, record, told };
}

test("a handshake is told when its end is", async () => {
  const { watch, record, told } = live();
  watch.dispatchEvent(new Event("change"));
  await vi.advanceTimersByTimeAsync(0);
  expect(told).not.toHaveBeenCalled();
  record.ended = { event: "ended", handshake: "A", status: 403, refusal: null };
  watch.dispatchEvent(new Event("change"));
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toHaveBeenCalled();
});

test("nobody waits for a trace that has ended", async () => {
  const { watch, told } = live();
  watch.state = "lost";
  watch.dispatchEvent(new Event("state"));
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toHaveBeenCalled();
});

test("nobody waits where there is no trace", async () => {
  const watch = new Watch();
  watch.doWithout("absent");
  await untilTold(watch, () => null);
});

test("nobody waits for ever", async () => {
  const { told } = live();
  await vi.advanceTimersByTimeAsync(3_000);
  expect(told).toHaveBeenCalled();
});
