/** What came, and to which message it is the answer; rows and states in words. */

import { describe, expect, test } from "vitest";
import { attributes, holds } from "../attributes.js";
import { Exchange } from "../exchange.js";
import { GivenUrl } from "../given-url.js";
import { ConnectionError } from "../signed-websocket.js";
import { listing, words } from "../state-words.js";

const CONNECTION = { connectionId: "a=", connectedAt: 1, granted: {}, requested: { room: "lobby" } };

/** @param {string} message */
function echo(message) {
  return JSON.stringify({ message, connection: CONNECTION, requestId: "r" });
}

describe("an exchange", () => {
  test("an echo tells the connection and how long it took", () => {
    const exchange = new Exchange();
    exchange.sent("hello", 10, "sent");
    expect(exchange.arrived(echo("hello"), 25)).toEqual({
      kind: "echo",
      text: "hello",
      connection: CONNECTION,
      roundTrip: 15,
    });
  });

  test("of the same messages the oldest is answered first", () => {
    const exchange = new Exchange();
    for (const at of [1, 2]) exchange.sent("hello", at, "sent");
    exchange.sent("other", 3, "sent");
    const took = ["other", "hello", "hello"].map((text) => exchange.arrived(echo(text), 10));
    expect(took).toMatchObject([{ roundTrip: 7 }, { roundTrip: 9 }, { roundTrip: 8 }]);
  });

  test("an echo of what nobody sent took no time that is known", () => {
    expect(new Exchange().arrived(echo("hello"), 10)).toMatchObject({ kind: "echo", roundTrip: null });
  });

  test("a pong answers the ping with its id", () => {
    const exchange = new Exchange();
    exchange.sent('{"type":"ping","id":1}', 0, "sent");
    exchange.sent('{ "id": 2, "type": "ping" }', 5, "sent");
    expect(exchange.arrived('{"type":"pong","id":2}', 10)).toMatchObject({ kind: "pong", roundTrip: 5 });
  });

  test("errors of ws-default are told as such", () => {
    const frame = '{"error":"unknown_connection","requestId":"r"}';
    expect(new Exchange().arrived(frame, 0)).toEqual({ kind: "error", text: "unknown_connection" });
  });

  test("a failure of API Gateway is an error, and answers the oldest", () => {
    const exchange = new Exchange();
    for (const at of [1, 2]) exchange.sent("hello", at, "sent");
    const frame = '{"message":"Internal server error","connectionId":"a=","requestId":"r"}';
    expect(exchange.arrived(frame, 5)).toEqual({ kind: "error", text: "Internal server error" });
    expect(exchange.arrived(echo("hello"), 10)).toMatchObject({ roundTrip: 8 });
  });

  test("what was sent on a connection that is lost is answered no more", () => {
    const exchange = new Exchange();
    exchange.sent("hello", 1, "sent");
    exchange.lost();
    exchange.sent("hello", 5, "queued");
    exchange.lost();
    exchange.opened();
    expect(exchange.arrived(echo("hello"), 10)).toMatchObject({ roundTrip: 5 });
    expect(exchange.arrived(echo("hello"), 10)).toMatchObject({ roundTrip: null });
  });

  test("what was queued is lost with the connection on which it went out", () => {
    const exchange = new Exchange();
    exchange.sent("hello", 1, "queued");
    exchange.opened();
    exchange.lost();
    expect(exchange.arrived(echo("hello"), 10)).toMatchObject({ roundTrip: null });
  });

  test.each(["plain", "[1]", "null", '{"message":"a","connection":{"connectionId":1}}'])(
    "%j is what it is, pushed by somebody",
    (text) => {
      expect(new Exchange().arrived(text, 0)).toEqual({ kind: "received", text });
    },
  );

  test("answers that never come are forgotten", () => {
    const exchange = new Exchange();
    exchange.sent("first", 0, "sent");
    for (let count = 0; count < 1000; count++) exchange.sent("later", 1, "sent");
    expect(exchange.arrived(echo("first"), 9)).toMatchObject({ roundTrip: null });
  });
});

describe("an item", () => {
  const item = {
    connectionId: { S: "a=" },
    expires: { N: "12" },
    granted: { M: { userId: { S: "alice" } } },
    headers: { M: {} },
    flag: { BOOL: true },
  };

  test("is told in plain names and texts", () => {
    expect(attributes(item)).toEqual([
      ["connectionId", "a="],
      ["expires", "12"],
      ["granted.userId", "alice"],
      ["headers", "{}"],
      ["flag", "true"],
    ]);
  });

  test("is found by a text that it holds", () => {
    expect(holds(item, "a=")).toBe(true);
    expect(holds(item, "b=")).toBe(false);
    expect(holds(null, "a=")).toBe(false);
  });
});

describe("states", () => {
  const cause = new ConnectionError("it was refused", 1006);
  const waiting = /** @type {const} */ ({ name: "waiting", delay: 4200, attempt: 2, cause });

  test("a wait says how long, and why", () => {
    expect(words(waiting).text).toBe("tries again in 5 seconds, after 2 failures: it was refused");
    expect(words(waiting, 0).text).toMatch(/^tries again in a second, /);
    expect(words({ ...waiting, attempt: 1 }, 900).text).toBe(
      "tries again in a second, after a failure: it was refused",
    );
    expect(words({ ...waiting, attempt: 0 }).text).toMatch(/^tries again in \d+ seconds: it was refused$/);
  });

  test("an end says with which code, or why", () => {
    expect(words({ name: "closed", code: 1000, reason: "by hand" }).text).toBe("with code 1000: by hand");
    expect(words({ name: "closed", code: 1000, reason: "" }).text).toBe("with code 1000");
    expect(words({ name: "closed", code: 1006, reason: "", cause }).text).toBe("it is over: it was refused");
  });

  test("of a retry without end the list has one line", () => {
    /** @type {import("../signed-websocket.js").State["name"][]} */
    const states = ["signing", "connecting", "open", "waiting"];
    for (let retry = 0; retry < 3; retry++) states.push("signing", "connecting", "waiting");
    states.push("signing", "connecting", "open", "closing", "closed");
    /** @type {typeof states} */
    const list = [];
    for (const name of states) {
      const how = listing(list.at(-1) ?? null, name);
      if (how === "replace") list.pop();
      if (how !== "skip") list.push(name);
    }
    expect(list).toEqual(["signing", "connecting", "open", "waiting", "open", "closing", "closed"]);
  });
});

describe("a URL that the client was given", () => {
  const cause = new ConnectionError("it was refused", 1006);

  /** @param {(given: GivenUrl) => void} use */
  function told(use) {
    /** @type {string[]} */
    const reports = [];
    use(new GivenUrl((url, outcome) => reports.push(`${url} ${outcome}`)));
    return reports;
  }

  test("has opened where the client is open", () => {
    const reports = told((given) => {
      given.give("a");
      given.changed({ name: "connecting" });
      given.changed({ name: "open" });
      given.changed({ name: "waiting", delay: 1, attempt: 1, cause });
    });
    expect(reports).toEqual(["a given", "a opened"]);
  });

  test("was refused where the client waits, or gives up", () => {
    for (const state of /** @type {const} */ ([
      { name: "waiting", delay: 1, attempt: 1, cause },
      { name: "closed", code: 1006, reason: "given up", cause },
    ])) {
      const reports = told((given) => {
        given.give("a");
        given.changed(state);
        given.failed(state);
      });
      expect(reports).toEqual(["a given", "a refused"]);
    }
  });

  test("was refused where a hand-over fails, which changes no state, and the next one has opened", () => {
    const reports = told((given) => {
      given.give("a");
      given.failed({ name: "handing-over" });
      given.give("b");
      given.changed({ name: "open" });
    });
    expect(reports).toEqual(["a given", "a refused", "b given", "b opened"]);
  });

  test("is still being opened where the connection before is lost", () => {
    const reports = told((given) => {
      given.give("a");
      given.changed({ name: "connecting" });
      given.failed({ name: "connecting" });
      given.changed({ name: "open" });
    });
    expect(reports).toEqual(["a given", "a opened"]);
  });

  test("is of no known fate where the client was closed by hand", () => {
    const reports = told((given) => {
      given.give("a");
      given.changed({ name: "closing" });
      given.changed({ name: "closed", code: 1000, reason: "" });
      given.failed({ name: "closed", code: 1000, reason: "" });
    });
    expect(reports).toEqual(["a given"]);
  });
});
