/** A handshake of the trace is found by its masked URL and by the order. */

import { expect, test } from "vitest";
import { claimed, isMaskOf } from "../trace-attempts.js";
import { EMPTY, told } from "../trace-journal.js";

/** @import { TraceEvent } from "../trace-events.js" */

const URL_ =
  "ws://127.0.0.1:3001/prod?room=lobby&grant.nonce=abc&X-Amz-Security-Token=T%2F1&X-Amz-Signature=5e";
const MASKED =
  "ws://127.0.0.1:3001/prod?room=lobby&grant.nonce=abc&X-Amz-Security-Token=(hidden)&X-Amz-Signature=(hidden)";

/**
 * Attempts as `[url, after]`, arrivals as masked URLs; expected are the arrivals' numbers, from 1.
 *
 * @param {[string, number][]} attempts
 * @param {string[]} arrivals
 * @param {(number | null)[]} expected
 */
function check(attempts, arrivals, expected) {
  const { handshakes } = arrivals
    .map((url, at) => /** @type {TraceEvent} */ ({ event: "arrived", handshake: `${at + 1}`, url }))
    .reduce(told, EMPTY);
  const begun = attempts.map(([url, after], number) => ({ number, url, after, handshake: null }));
  const found = claimed(begun, handshakes).map(({ handshake }) => handshake && Number(handshake));
  expect(found).toEqual(expected);
}

test("an attempt finds its handshake among others'", () =>
  check([[URL_, 0]], ["/prod?room=other", MASKED, "/prod"], [2]));

test("an attempt whose handshake is not told yet has none", () => check([[URL_, 0]], ["/prod"], [null]));

test("a handshake from before the attempt is not its own", () => check([[URL_, 1]], [MASKED, MASKED], [2]));

test("of one URL that is used twice, each attempt has its own handshake, in order", () =>
  check(
    [
      [URL_, 0],
      [URL_, 1],
    ],
    [MASKED, MASKED],
    [1, 2],
  ));

test("two attempts do not share a handshake", () =>
  check(
    [
      [URL_, 0],
      [URL_, 0],
    ],
    [MASKED],
    [1, null],
  ));

test("a claim stays when more arrive", () => {
  const attempts = [{ number: 1, url: URL_, after: 0, handshake: "1" }];
  const arrived = /** @type {TraceEvent} */ ({ event: "arrived", handshake: "2", url: MASKED });
  expect(claimed(attempts, told(EMPTY, arrived).handshakes)).toEqual(attempts);
});

/**
 * @param {string} masked
 * @param {string} url
 * @param {boolean} expected
 */
function checkMask(masked, url, expected) {
  expect(isMaskOf(masked, url), `${masked} of ${url}`).toBe(expected);
}

test("what is hidden may be anything, what is shown is the same", () => {
  checkMask(MASKED, URL_, true);
  checkMask(MASKED, URL_.replace("lobby", "lobbz"), false);
  checkMask(MASKED, URL_.replace("5e", "6e"), true);
  checkMask(MASKED, URL_.replace("&X-Amz-Signature=5e", ""), false);
  checkMask(MASKED, `${URL_}&role=admin`, false);
  checkMask(MASKED, URL_.replace("room=lobby&grant.nonce=abc", "grant.nonce=abc&room=lobby"), false);
});

test("what was cut begins the same", () => {
  checkMask("/prod?room=01234567…", "ws://h/prod?room=0123456789abcdef", true);
  checkMask("/prod?room=01234567…", "ws://h/prod?room=1123456789abcdef", false);
  checkMask("/prod?01234567…=1", "ws://h/prod?0123456789abcdef=1", true);
});

test("a name that is hidden without a value fits itself", () => {
  checkMask("/prod?X-Amz-Signature", "ws://h/prod?X-Amz-Signature", true);
  checkMask("/prod?X-Amz-Signature=(hidden)", "ws://h/prod?X-Amz-Signature=", true);
  checkMask("/prod?X-Amz-Signature=(hidden)", "ws://h/prod?X-Amz-SignatureX", true);
});

test("nothing of a URL is a pattern", () => {
  checkMask("/prod?a=1.2", "ws://h/prod?a=1.2", true);
  checkMask("/prod?a=1.2", "ws://h/prod?a=1x2", false);
  checkMask("/prod?(.*)", "ws://h/prod?a", false);
});

test("scheme and host do not count, the path does", () => {
  checkMask("/prod?a=1", "ws://h/prod?a=1", true);
  checkMask("ws://other:1/prod?a=1", "ws://h/prod?a=1", true);
  checkMask("/prod/?a=1", "ws://h/prod?a=1", false);
});

test("a URL that no browser takes fits nothing", () =>
  checkMask("/prod?a=2", "wss://h:99999/prod?a=1", false));

test("a URL is compared as a browser sends it", () => checkMask("/prod?a=%C3%BC", "ws://h/prod?a=ü", true));
