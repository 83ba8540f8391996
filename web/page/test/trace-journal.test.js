/** Events become one record for each handshake, and not more of them than are shown. */

import { expect, test } from "vitest";
import { EMPTY, eventOf, KEPT_HANDSHAKES, KEPT_LINES, told } from "../trace-journal.js";

/** @import { Arrived, TraceEvent } from "../trace-events.js" */

/**
 * @param {string} handshake
 * @returns {Arrived}
 */
function arrived(handshake) {
  return {
    event: "arrived",
    handshake,
    at: 1,
    method: "GET",
    url: "ws://h/prod?a=1",
    headers: [["Host", "h"]],
  };
}

/**
 * @param {string} handshake
 * @param {number} status
 * @returns {TraceEvent}
 */
function ended(handshake, status) {
  return { event: "ended", handshake, status, refusal: null };
}

/**
 * @param {string} handshake
 * @param {string} line
 * @returns {TraceEvent}
 */
function logged(handshake, line) {
  return { event: "logged", handshake, function: "Connect", line };
}

/** @param {TraceEvent[]} events */
function journal(...events) {
  return events.reduce(told, EMPTY);
}

test("the newest handshake is the first", () => {
  const { handshakes, arrived: count } = journal(arrived("A"), arrived("B"));
  expect(handshakes.map(({ id, number }) => [id, number])).toEqual([
    ["B", 2],
    ["A", 1],
  ]);
  expect(count).toBe(2);
});

test("what is told of a handshake goes to its record, whatever comes between", () => {
  const events = /** @type {TraceEvent[]} */ ([
    arrived("A"),
    { event: "judged", handshake: "A", rules: [], canonicalRequest: ["GET"], stringToSign: null },
    arrived("B"),
    { event: "decided", handshake: "A", principal: "p", action: "a", resource: "r", denied: null },
    { event: "invoked", handshake: "A", function: "Connect", connectionId: "c", payload: {} },
    ended("B", 403),
    { event: "stored", handshake: "A", table: "one", item: {} },
    { event: "stored", handshake: "A", table: "two", item: {} },
    { event: "answered", handshake: "A", answer: { statusCode: 200 }, error: null },
    ended("A", 101),
    { event: "disconnected", handshake: "A", statusCode: 1001, reason: "", left: 0 },
  ]);
  const [b, a] = journal(...events).handshakes;
  expect(b?.ended?.status).toBe(403);
  expect(b?.judged).toBeNull();
  expect(a).toMatchObject({
    judged: { canonicalRequest: ["GET"] },
    decided: { principal: "p" },
    invoked: { connectionId: "c" },
    stored: [{ table: "one" }, { table: "two" }],
    answered: { answer: { statusCode: 200 } },
    ended: { status: 101 },
    disconnected: { statusCode: 1001, left: 0 },
  });
});

test("a function's line that comes after the end is kept, in order", () => {
  const { handshakes } = journal(arrived("A"), logged("A", "one"), ended("A", 403), logged("A", "two"));
  expect(handshakes[0]?.logged.map(({ line }) => line)).toEqual(["one", "two"]);
});

test("the last handshakes are kept, and counted all", () => {
  const ids = Array.from({ length: KEPT_HANDSHAKES + 3 }, (_, at) => `H${at}`);
  const { handshakes, arrived: count } = journal(...ids.map(arrived));
  expect(handshakes.map(({ id }) => id)).toEqual(ids.slice(3).reverse());
  expect(count).toBe(ids.length);
});

test("a function that writes without end fills no record", () => {
  const lines = Array.from({ length: KEPT_LINES + 5 }, (_, at) => logged("A", `${at}`));
  const { handshakes } = journal(arrived("A"), ...lines);
  expect(handshakes[0]?.logged.length).toBe(KEPT_LINES);
  expect(handshakes[0]?.logged.at(-1)?.line).toBe(`${KEPT_LINES - 1}`);
});

test("what belongs to no handshake that was seen changes nothing", () => {
  const before = journal(arrived("A"));
  expect(told(before, ended("unseen", 101))).toEqual(before);
});

test("an event of a newer server changes nothing", () => {
  const before = journal(arrived("A"));
  const newer = /** @type {TraceEvent} */ (/** @type {unknown} */ ({ event: "dreamt", handshake: "A" }));
  expect(told(before, newer)).toEqual(before);
});

test("a record that was handed out does not change", () => {
  const before = journal(arrived("A"));
  const [a] = before.handshakes;
  told(before, ended("A", 101));
  expect(a?.ended).toBeNull();
});

test("lines that were missed are counted", () => {
  expect(journal({ event: "skipped", count: 3 }, { event: "skipped", count: 4 }).skipped).toBe(7);
});

test("what is no event is none", () => {
  for (const line of ["", "{", "null", "1", "[]", '{"event":1}']) expect(eventOf(line)).toBeNull();
  expect(eventOf('{"event":"watching"}')).toEqual({ event: "watching" });
});
