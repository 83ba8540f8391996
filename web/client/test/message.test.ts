/** What may be sent. */

import { expect, test } from "vitest";
import { SendError } from "../src/errors.js";
import { messageBytes } from "../src/message.js";

function check(data: string, bytes: number) {
  expect(messageBytes(data)).toBe(bytes);
}

function checkRefused(data: unknown, code: string, message: RegExp) {
  try {
    messageBytes(data);
  } catch (error) {
    expect(error).toBeInstanceOf(SendError);
    expect((error as SendError).code).toBe(code);
    expect((error as SendError).message).toMatch(message);
    return;
  }
  expect.unreachable("it is refused");
}

test("a message is as long as it is in UTF-8", () => {
  check("", 0);
  check("a", 1);
  check("é", 2);
  check("€", 3);
  check("😀", 4);
});

test("half of a surrogate pair is sent as U+FFFD", () => {
  check("\ud83d", 3);
  check("\ude00", 3);
  check("\ude00\ud83d", 6);
  check("a\ud83d", 4);
});

test("32768 bytes pass, and not one more", () => {
  check("a".repeat(32_768), 32_768);
  checkRefused("a".repeat(32_769), "too-large", /at least 32769 bytes in UTF-8, expected at most 32768/);
  check(`${"€".repeat(10_922)}aa`, 32_768);
  checkRefused(`${"€".repeat(10_922)}aaa`, "too-large", /at least 32769 bytes/);
  checkRefused(`${"a".repeat(32_766)}\ud83d`, "too-large", /at least 32769 bytes/);
});

test("what is no text is refused", () => {
  checkRefused(new Uint8Array(1), "not-text", /is object, expected a string/);
  checkRefused(new Blob([]), "not-text", /is object/);
  checkRefused(new String("a"), "not-text", /is object/);
  checkRefused(null, "not-text", /is null/);
  checkRefused(undefined, "not-text", /is undefined/);
  checkRefused(1, "not-text", /is number/);
});
