/** What is said of a handshake is what was told. */

import { expect, test } from "vitest";
import { EMPTY, told } from "../trace-journal.js";
import {
  canonicalLines,
  leftWords,
  logWords,
  outcome,
  reasonOf,
  shortRequest,
  stringLines,
  timeOfDay,
} from "../trace-words.js";

/** @import { TraceEvent } from "../trace-events.js" */

/**
 * @param {string} expected
 * @param {...object} events what follows the arrival
 */
function checkOutcome(expected, ...events) {
  const all = [{ event: "arrived" }, ...events].map((event) => ({ handshake: "A", ...event }));
  const [handshake] = /** @type {TraceEvent[]} */ (all).reduce(told, EMPTY).handshakes;
  expect(handshake && outcome(handshake)).toBe(expected);
}

const REFUSAL = { rule: 7, name: "the signature is not too old", found: "it is 6 minutes old" };

test("a handshake goes on, opens, is closed, or is refused", () => {
  checkOutcome("under way");
  checkOutcome("open", { event: "ended", status: 101, refusal: null });
  checkOutcome(
    "closed with 1001",
    { event: "ended", status: 101, refusal: null },
    { event: "disconnected", statusCode: 1001, reason: "", left: 0 },
  );
  checkOutcome("refused by rule 7: it is 6 minutes old", { event: "ended", status: 403, refusal: REFUSAL });
  checkOutcome(
    "refused by rule 28: nonce_spent",
    { event: "logged", function: "f", line: "INFO asked" },
    { event: "logged", function: "f", line: "INFO refused reason=nonce_spent" },
    { event: "ended", status: 403, refusal: { rule: 28, name: "", found: "it answered 403" } },
  );
  checkOutcome("refused", { event: "ended", status: 503, refusal: null });
});

test("a client that goes away before the answer leaves a connection that is closed", () =>
  checkOutcome("closed with 1006", { event: "disconnected", statusCode: 1006, reason: "", left: 0 }));

test("a client that is gone is said to be, whatever becomes of its handshake", () => {
  const words = "the client went away before it was answered";
  checkOutcome(words, { event: "gone" });
  checkOutcome(words, { event: "gone" }, { event: "answered", answer: { statusCode: 403 }, error: null });
  checkOutcome(words, { event: "gone" }, { event: "disconnected", statusCode: 1006, reason: "", left: 0 });
});

test("what the trace has missed is said to be missed, until its end is told", () => {
  const again = { event: "watching" };
  const opened = { event: "ended", status: 101, refusal: null };
  checkOutcome("not told to its end", again);
  checkOutcome("opened, and not told to its end", opened, again);
  checkOutcome("refused", { event: "ended", status: 403, refusal: null }, again);
  checkOutcome("closed with 1006", opened, again, {
    event: "disconnected",
    statusCode: 1006,
    reason: "",
    left: 0,
  });
});

test("a request is known by what is not of the signature", () => {
  const url =
    "ws://127.0.0.1:3001/prod?room=lobby&grant.expires=1&grant.nonce=n&grant.plan=gold&X-Amz-Date=d";
  expect(shortRequest("GET", url)).toBe("GET /prod?room=lobby&grant.plan=gold");
  expect(shortRequest("GET", "/prod?X-Amz-Date=d")).toBe("GET /prod");
  expect(shortRequest("POST", "/")).toBe("POST /");
});

test("the lines of a canonical request are named, however many headers there are", () => {
  const lines = ["GET", "/prod", "a=1", "host:h", "x-other:1", "", "host;x-other", "e3b0"];
  expect(canonicalLines(lines)).toEqual([
    ["method", "GET"],
    ["path", "/prod"],
    ["query", "a=1"],
    ["header", "host:h"],
    ["header", "x-other:1"],
    ["end of headers", ""],
    ["signed headers", "host;x-other"],
    ["hash of the body", "e3b0"],
  ]);
});

test("the query of a canonical request may be empty", () =>
  expect(canonicalLines(["GET", "/prod", "", "host:h", "", "host", "e3b0"])[2]).toEqual(["query", ""]));

test("the lines of a string to sign are named", () => {
  expect(stringLines(["AWS4-HMAC-SHA256", "d", "s", "h"]).map(([name]) => name)).toEqual([
    "algorithm",
    "date",
    "scope",
    "hash of the request",
  ]);
});

test("a reason is found in text and in JSON", () => {
  expect(reasonOf("INFO refused connection_id=a= reason=nonce_spent")).toBe("nonce_spent");
  expect(reasonOf('INFO refused reason="url_expired"')).toBe("url_expired");
  expect(reasonOf('{"level":"INFO","message":"refused","reason":"nonce_spent"}')).toBe("nonce_spent");
  expect(reasonOf("INFO admitted")).toBeNull();
});

test("a time is as in the log", () => expect(timeOfDay(1_795_161_360_000)).toBe("07:56:00"));

test("a line of JSON is told in words, with its fields", () => {
  const line = {
    timestamp: "2026-11-20T16:03:29.502201Z",
    level: "INFO",
    message: "refused",
    connection_id: "SCW3=",
    reason: "nonce_spent",
    attempts: 2,
    target: "ws_connect::handler",
    span: { name: "invocation" },
    spans: [],
  };
  expect(logWords(JSON.stringify(line))).toBe(
    "INFO refused connection_id=SCW3= reason=nonce_spent attempts=2",
  );
});

test("any other line is told as it is", () => {
  for (const line of ["START", "null", "[1]", '{"_aws":{},"Connected":1}', '{"level":1,"message":"m"}']) {
    expect(logWords(line)).toBe(line);
  }
});

test("rows that are left are counted, and what could not be read is not taken for none", () => {
  expect(leftWords(0)).toBe("Nothing of it is stored any more.");
  expect(leftWords(1)).toBe("Rows that are still there: 1.");
  expect(leftWords(null)).toBe("What is still stored of it could not be read in time.");
});
