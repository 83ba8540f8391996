/** What is typed and pasted into the form, and what the stack tells of itself. */

import { describe, expect, test } from "vitest";
import { readAnswer } from "../answer.js";
import { withToken } from "../ask.js";
import { readAddress, readRows } from "../parameters.js";
import { readStack } from "../stack.js";

describe("rows", () => {
  /**
   * @param {[string, string][]} rows
   * @param {Record<string, string>} query
   * @param {string | null} fault
   */
  function check(rows, query, fault) {
    const read = readRows(rows.map(([name, value]) => ({ name, value })));
    expect(read).toEqual({ query, fault: fault === null ? null : expect.stringContaining(fault) });
  }

  test("each is a parameter, spaces and all", () => {
    check(
      [
        ["room", " lobby"],
        ["empty", ""],
      ],
      { room: " lobby", empty: "" },
      null,
    );
  });

  test("an empty row is none", () => {
    check([["", ""]], {}, null);
  });

  test("a value without a name is told, not dropped", () => {
    check([["", "lobby"]], {}, "has no name");
  });

  test("a name that is given twice is told, as an object could not hold both", () => {
    check(
      [
        ["room", "a"],
        ["room", "b"],
      ],
      {},
      "twice",
    );
  });

  test("any name is a name", () => {
    const { query } = readRows([{ name: "__proto__", value: "x" }]);
    expect(JSON.stringify(query)).toBe('{"__proto__":"x"}');
  });
});

describe("addresses", () => {
  test("of the web are taken", () => {
    expect(readAddress(" http://127.0.0.1:3000/sign ")).toBe("http://127.0.0.1:3000/sign");
    expect(readAddress("https://a.execute-api.eu-west-1.amazonaws.com/sign")).not.toBeNull();
  });

  test.each(["", "sign", "ws://host/sign", "javascript:alert(1)", "https://me:it@host/sign"])(
    "%j is none",
    (text) => {
      expect(readAddress(text)).toBeNull();
    },
  );
});

describe("a pasted answer", () => {
  const URL = "wss://host/prod?room=a&X-Amz-Date=20261120T075500Z&X-Amz-Signature=ff";

  test("is read as JSON, or as the URL alone", () => {
    expect(readAnswer(JSON.stringify({ url: URL, headers: {}, expiresAt: "" }, null, 2))).toBe(URL);
    expect(readAnswer(`${URL}\n`)).toBe(URL);
  });

  test.each([
    "",
    "{",
    '{"message":"Forbidden"}',
    "{}",
    '{"url":1}',
    "wss://host/prod",
    URL.replace("wss", "https"),
  ])("%j is none", (text) => {
    expect(readAnswer(text)).toBeNull();
  });
});

describe("a token", () => {
  const request = /** @type {const} */ ({
    sign: "https://host/sign?a=b",
    query: {},
    authorization: "JWT",
    token: "t&t",
    tokenIn: { in: "header", name: "x-token" },
  });

  test("goes where it is looked for", () => {
    expect(withToken(request)).toEqual({ address: request.sign, headers: { "x-token": "Bearer t&t" } });
    expect(withToken({ ...request, tokenIn: { in: "query", name: "t" } })).toEqual({
      address: "https://host/sign?a=b&t=t%26t",
      headers: {},
    });
  });

  test("stays here where none is asked for", () => {
    expect(withToken({ ...request, authorization: "NONE" }).headers).toEqual({});
  });
});

describe("a stack", () => {
  test("is read as it tells itself", () => {
    const told = {
      sign: "http://127.0.0.1:3000/sign",
      websocket: null,
      authorization: "JWT",
      token: "countersign token",
      parameter: "room",
      origin: true,
      trace: false,
      region: "eu-west-1",
      issuer: "https://issuer.invalid/",
      tokenIn: { in: "header", name: "authorization" },
      allow: null,
      explain: "countersign explain -",
    };
    expect(readStack({ ...told, now: 1 })).toEqual(told);
  });

  test("of another version is read as far as it goes", () => {
    expect(
      readStack({ sign: 1, trace: true, authorization: "LAMBDA", tokenIn: { in: "cookie", name: "a" } }),
    ).toMatchObject({
      sign: null,
      trace: true,
      authorization: null,
      tokenIn: null,
      origin: false,
    });
  });

  test.each([null, [], "stack", {}, { trace: true }])("%j is none", (value) => {
    expect(readStack(value)).toBeNull();
  });
});
