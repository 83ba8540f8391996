/** The options, and what is said about a bad one. */

import { expect, test } from "vitest";
import type { SignedWebSocketOptions } from "../src/options.js";
import { check as checkOptions } from "../src/settings.js";

const GOOD = { sign: "https://sign.example/sign" };

function check(options: object) {
  expect(() => checkOptions({ ...GOOD, ...options })).not.toThrow();
}

function checkRefused(options: unknown, kind: typeof TypeError | typeof RangeError, message: string) {
  const all = typeof options === "object" ? { ...GOOD, ...options } : options;
  try {
    checkOptions(all as SignedWebSocketOptions);
  } catch (error) {
    expect(error).toBeInstanceOf(kind);
    expect((error as Error).message).toBe(message);
    return;
  }
  expect.unreachable("it is refused");
}

test("the defaults are those that the documentation tells", () => {
  const { backOff, keepAlive, handOver, queue, whenNotOpen, protocols, query } = checkOptions(GOOD);
  expect(backOff).toEqual({ base: 500, cap: 30_000, attempts: Number.POSITIVE_INFINITY });
  expect(keepAlive).toEqual({ idle: 240_000, answer: 15_000 });
  expect(handOver).toEqual({ after: 6_000_000, spread: 900_000, linger: 30_000 });
  expect(queue).toEqual({ messages: 1_000, bytes: 1_048_576 });
  expect({ whenNotOpen, protocols, query }).toEqual({ whenNotOpen: "queue", protocols: [], query: {} });
});

test("by default a ping goes out before API Gateway's 10 minutes, and a hand-over is over before its 2 hours", () => {
  const { keepAlive, handOver } = checkOptions(GOOD);
  expect(keepAlive.idle + keepAlive.answer).toBeLessThan(600_000);
  const { after, spread, linger } = handOver;
  expect(after + spread + linger + 2 * keepAlive.answer).toBeLessThan(7_200_000);
  expect(linger).toBeGreaterThan(29_000);
});

test("an option that is undefined has its default", () => {
  expect(checkOptions({ ...GOOD, queue: { messages: undefined } } as never).queue.messages).toBe(1_000);
  check({ backOff: undefined, query: undefined, protocols: undefined, messageId: undefined });
});

test("sign is an address or a function", () => {
  check({ sign: () => Promise.resolve("") });
  check({ sign: new URL("http://127.0.0.1:3000/sign") });
  const expected = "expected the address of /sign, or a function";
  checkRefused({ sign: undefined }, TypeError, `sign is of type undefined, ${expected}`);
  checkRefused({ sign: 1 }, TypeError, `sign is of type number, ${expected}`);
  checkRefused({ sign: null }, TypeError, `sign is of type null, ${expected}`);
});

test("an address is one of HTTP, and is not shown, as it may be anything", () => {
  const message = "sign is no address that begins with https: or http:, expected that of /sign";
  checkRefused({ sign: "" }, TypeError, message);
  checkRefused({ sign: "/sign" }, TypeError, message);
  checkRefused({ sign: "wss://gateway.example/prod?X-Amz-Signature=SECRET" }, TypeError, message);
  checkRefused({ sign: new URL("file:///sign") }, TypeError, message);
  const environment = { ...checkOptions(GOOD).environment, base: "https://page.example/a/" };
  expect(() => checkOptions({ sign: "/sign", environment })).not.toThrow();
});

test("the options are an object", () => {
  checkRefused(undefined, TypeError, "options is of type undefined, expected an object");
  checkRefused("https://sign.example", TypeError, "options is of type string, expected an object");
});

test("an option of another name is named, with the names there are", () => {
  const names =
    "sign, query, protocols, whenNotOpen, messageId, environment, backOff, keepAlive, handOver, queue";
  checkRefused({ backoff: {} }, TypeError, `backoff is no option, expected one of ${names}`);
  checkRefused(
    { keepAlive: { every: 1 } },
    TypeError,
    "keepAlive.every is no option, expected one of idle, answer",
  );
});

test("a number has its range", () => {
  const times = 2 ** 30 - 1;
  check({
    backOff: { base: 100, cap: times, attempts: 1 },
    handOver: { after: 10_000, spread: 0, linger: 0 },
  });
  check({ keepAlive: { idle: 1_000, answer: 1_000 } });
  check({ backOff: { attempts: Number.POSITIVE_INFINITY }, queue: { messages: 0, bytes: 0 } });
  checkRefused(
    { backOff: { base: 99 } },
    RangeError,
    `backOff.base is 99, expected a number from 100 to ${times}`,
  );
  checkRefused(
    { backOff: { cap: 2 ** 30 } },
    RangeError,
    `backOff.cap is 1073741824, expected a number from 100 to ${times}`,
  );
  checkRefused(
    { backOff: { attempts: 0 } },
    RangeError,
    "backOff.attempts is 0, expected a number from 1 to Infinity",
  );
  checkRefused(
    { keepAlive: { idle: 999 } },
    RangeError,
    `keepAlive.idle is 999, expected a number from 1000 to ${times}`,
  );
  checkRefused(
    { keepAlive: { answer: 999 } },
    RangeError,
    `keepAlive.answer is 999, expected a number from 1000 to ${times}`,
  );
  for (const after of [9_999, Number.NaN]) {
    checkRefused(
      { handOver: { after } },
      RangeError,
      `handOver.after is ${after}, expected a number from 10000 to ${times}`,
    );
  }
  checkRefused(
    { queue: { bytes: -1 } },
    RangeError,
    "queue.bytes is -1, expected a number from 0 to 9007199254740991",
  );
});

test("a number is a number", () => {
  checkRefused(
    { handOver: { linger: "30" } },
    TypeError,
    "handOver.linger is of type string, expected a number from 0 to 1073741823",
  );
  checkRefused({ queue: 5 }, TypeError, "queue is of type number, expected an object");
  checkRefused(
    { keepAlive: { idle: null } },
    TypeError,
    "keepAlive.idle is of type null, expected a number from 1000 to 1073741823",
  );
});

test("query is an object of strings, whose values are not shown", () => {
  check({ query: { room: "" } });
  checkRefused({ query: { room: 1 } }, TypeError, "query.room is of type number, expected a string");
  checkRefused({ query: ["room"] }, TypeError, "query is of type array, expected an object of strings");
});

test("protocols are what a WebSocket takes", () => {
  check({ protocols: "chat" });
  check({ protocols: ["chat", "chat.v2"] });
  const characters = "other characters, expected one or more of a-z A-Z 0-9 !#$%&'*+-.^_`|~";
  checkRefused(
    { protocols: 1 },
    TypeError,
    "protocols is of type number, expected a string, or an array of strings",
  );
  checkRefused({ protocols: ["chat", ""] }, TypeError, `protocols[1] has ${characters}`);
  checkRefused({ protocols: "a b" }, TypeError, `protocols[0] has ${characters}`);
  checkRefused({ protocols: ["é"] }, TypeError, `protocols[0] has ${characters}`);
  checkRefused({ protocols: ["a", 1] }, TypeError, "protocols[1] is of type number, expected a string");
  checkRefused({ protocols: ["a", "a"] }, TypeError, "protocols[1] is there before, expected each name once");
});

test("whenNotOpen and messageId are checked", () => {
  checkRefused({ whenNotOpen: "drop" }, TypeError, 'whenNotOpen is "drop", expected "queue" or "refuse"');
  checkRefused({ messageId: "id" }, TypeError, "messageId is of type string, expected a function");
});

test("what the page changes later changes nothing", () => {
  const query = { room: "a" };
  const protocols = ["chat"];
  const settings = checkOptions({ ...GOOD, query, protocols });
  query.room = "b";
  protocols.push("other");
  expect(settings.query).toEqual({ room: "a" });
  expect(settings.protocols).toEqual(["chat"]);
});
