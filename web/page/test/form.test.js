/** What is typed and pasted into the form. */

import { describe, expect, test } from "vitest";
import { readAnswer } from "../answer.js";
import { readAddress, readRows } from "../parameters.js";

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
    URL.replace("host", "host:99999"),
  ])("%j is none", (text) => {
    expect(readAnswer(text)).toBeNull();
  });
});
