/** A URL taken apart. */

import { expect, test } from "vitest";
import { endOf, signedAt, takeApart, utc } from "../url-parts.js";

const URL =
  "ws://127.0.0.1:3001/prod?room=lob%20by&grant.userId=alice&grant.expires=1795161360&grant.nonce=abc" +
  "&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ASIA1%2F20261120%2Feu-west-1%2Fexecute-api%2Faws4_request" +
  "&X-Amz-Date=20261120T075500Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Security-Token=t%2F%3D&X-Amz-Signature=ff";

/**
 * @param {string} query
 * @param {Partial<import("../url-parts.js").Part>[]} expected
 */
function check(query, expected) {
  expect(takeApart(`wss://host/prod?${query}`).parts).toMatchObject(expected);
}

test("every parameter is there in its order with who set it", () => {
  const { address, parts } = takeApart(URL);
  expect(address).toBe("ws://127.0.0.1:3001/prod");
  expect(parts.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
    "requested room",
    "granted grant.userId",
    "limit grant.expires",
    "limit grant.nonce",
    "signature X-Amz-Algorithm",
    "signature X-Amz-Credential",
    "signature X-Amz-Date",
    "signature X-Amz-Expires",
    "signature X-Amz-SignedHeaders",
    "signature X-Amz-Security-Token",
    "signature X-Amz-Signature",
  ]);
});

test("the raw parts put together are the URL", () => {
  const { address, parts } = takeApart(URL);
  expect(`${address}?${parts.map(({ raw }) => raw).join("&")}`).toBe(URL);
});

test("token and signature are secrets, and nothing else", () => {
  const secrets = takeApart(URL).parts.filter(({ isSecret }) => isSecret);
  expect(secrets.map(({ name }) => name)).toEqual(["X-Amz-Security-Token", "X-Amz-Signature"]);
});

test("no meaning shows a secret", () => {
  for (const { meaning } of takeApart(URL.replace("t%2F%3D", "SECRET").replace("=ff", "=SECRET")).parts) {
    expect(meaning).not.toContain("SECRET");
  }
});

test("values are decoded once and a plus is a plus", () => {
  check("a=%2541+b", [{ name: "a", value: "%41+b" }]);
});

test("what cannot be decoded stays as it is", () => {
  check("a=%zz", [{ name: "a", value: "%zz" }]);
});

test("a parameter without a value has an empty one, and an equals sign may stand in a value", () => {
  check("a&b=c=d", [
    { name: "a", value: "" },
    { name: "b", value: "c=d" },
  ]);
});

test("a name with an encoded dot is a grant, as API Gateway reads it", () => {
  check("grant%2Eplan=gold", [{ name: "grant.plan", kind: "granted" }]);
});

test("a URL without a query has no parameters", () => {
  expect(takeApart("wss://host/prod")).toEqual({ address: "wss://host/prod", parts: [] });
});

test("times are said as times of the day", () => {
  check("grant.expires=1795161360", [{ meaning: expect.stringContaining("07:56:00 UTC") }]);
  check("X-Amz-Date=20261120T075500Z", [{ meaning: expect.stringContaining("07:55:00 UTC") }]);
});

test("what is no time is called so, and breaks nothing", () => {
  check("grant.expires=x&X-Amz-Date=20261399T999999Z", [
    { meaning: expect.stringContaining("not a time") },
    {},
  ]);
});

test("end and date are told as the URL has them", () => {
  expect(endOf(URL)).toBe("2026-11-20T07:56:00Z");
  expect(signedAt(URL)).toBe(Date.parse("2026-11-20T07:55:00Z"));
  expect(utc(0)).toBe("1970-01-01T00:00:00Z");
});

test("a URL that does not say when it ends has no end", () => {
  expect(endOf("wss://host/prod?grant.expires=soon")).toBe("");
  expect(signedAt("wss://host/prod")).toBeNull();
});
