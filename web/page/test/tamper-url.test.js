/** What is done to a URL is what is said, and nothing else. */

import { expect, test } from "vitest";
import { add, changeCharacter, difference, drop, extend, reverse, rewrite } from "../tamper-url.js";

/** @import { Tampered } from "../tamper-url.js" */

const ADDRESS = "ws://127.0.0.1:3001/prod";
const QUERY = [
  "room=lobby",
  "greeting=gr%C3%BC%C3%9F%20Gott%21",
  "grant.expires=1795161360",
  "grant.nonce=Rk9vQmFyQmF6UXV4MTIzNA",
  "X-Amz-Algorithm=AWS4-HMAC-SHA256",
  "X-Amz-Credential=ASIAEXAMPLE%2F20261120%2Feu-west-1%2Fexecute-api%2Faws4_request",
  "X-Amz-Date=20261120T075500Z",
  "X-Amz-Expires=60",
  "X-Amz-SignedHeaders=host",
  "X-Amz-Security-Token=IQoJb3JpZ2luX2VjEHM%2Fabc%3D%3D",
  `X-Amz-Signature=${"5ea0".repeat(16)}`,
];
const SIGNED = `${ADDRESS}?${QUERY.join("&")}`;
const NAMES = QUERY.map((piece) => piece.split("=")[0] ?? "");
const SECRETS = ["IQoJb3", "5ea0", "abc%3D"];

/**
 * The tampered URL has this query in the place of the signed one, and what is shown of it is no secret.
 *
 * @param {Tampered} tampered
 * @param {(string | null)[]} query
 */
function check(tampered, query) {
  expect(tampered.url).toBe(`${ADDRESS}?${query.filter((piece) => piece !== null).join("&")}`);
  checkShown(tampered);
}

/** @param {Tampered} tampered */
function checkShown({ url, before, after }) {
  for (const secret of SECRETS) expect(`${before} ${after}`).not.toContain(secret);
  // A browser opens it as it is.
  expect(new URL(url).href).toBe(url);
  expect(() => decodeURIComponent(url)).not.toThrow();
}

/**
 * @param {number} at
 * @param {string} piece
 */
function withPiece(at, piece) {
  return QUERY.map((found, index) => (index === at ? piece : found));
}

test.each(NAMES.map((name, at) => [name, at]))("one character of %s differs", (name, at) => {
  const tampered = changeCharacter(SIGNED, String(name));
  checkShown(tampered);
  const changed = takeQuery(tampered.url);
  expect(changed.length).toBe(QUERY.length);
  for (const [index, piece] of changed.entries()) {
    if (index === at) expect(distance(decode(piece), decode(QUERY[index] ?? ""))).toBe(1);
    else expect(piece).toBe(QUERY[index]);
  }
  expect(tampered.before).not.toBe(tampered.after);
});

test("the last letter or digit becomes the next of its kind", () => {
  check(changeCharacter(SIGNED, "room"), withPiece(0, "room=lobbz"));
  check(changeCharacter(SIGNED, "greeting"), withPiece(1, "greeting=gr%C3%BC%C3%9F%20Gotu%21"));
  check(changeCharacter(SIGNED, "X-Amz-Date"), withPiece(6, "X-Amz-Date=20261120T075500A"));
  check(changeCharacter(SIGNED, "X-Amz-Expires"), withPiece(7, "X-Amz-Expires=61"));
});

test("a signature stays a hexadecimal number of its length", () => {
  const tampered = changeCharacter(SIGNED, "X-Amz-Signature");
  expect(takeQuery(tampered.url).at(-1)).toMatch(/^X-Amz-Signature=[0-9a-f]{64}$/);
  expect(tampered.before).toBe("X-Amz-Signature=(hidden)");
  expect(tampered.after).toBe("X-Amz-Signature=(hidden) character 64 of 64 is another one");
});

test("what stands in characters of more than one byte stays whole", () => {
  const url = `${ADDRESS}?name=a%F0%9D%84%9E&X-Amz-Signature=00`;
  expect(changeCharacter(url, "name").url).toBe(`${ADDRESS}?name=b%F0%9D%84%9E&X-Amz-Signature=00`);
});

test("without a letter or a digit no character is changed", () => {
  expect(() => changeCharacter(`${ADDRESS}?a=%C3%BC&b=1`, "a")).toThrow(
    "`a` has no letter and no digit to change",
  );
  expect(() => changeCharacter(`${ADDRESS}?a=&b=1`, "a")).toThrow("`a` has no letter");
});

test.each(NAMES.map((name, at) => [name, at]))("%s is dropped, and nothing else", (name, at) => {
  const tampered = drop(SIGNED, String(name));
  check(
    tampered,
    QUERY.filter((_, index) => index !== at),
  );
  expect(tampered.after).toBe("");
});

test("of one that is there twice the first is dropped", () => {
  expect(drop(`${ADDRESS}?a=1&b=2&a=3`, "a").url).toBe(`${ADDRESS}?b=2&a=3`);
});

test("the only parameter leaves the address", () => expect(drop(`${ADDRESS}?a=1`, "a").url).toBe(ADDRESS));

test("a parameter that is not there is neither changed nor dropped", () => {
  expect(() => drop(SIGNED, "floor")).toThrow("this URL has no parameter `floor`");
  expect(() => changeCharacter(SIGNED, "Room")).toThrow("this URL has no parameter `Room`");
});

test("a parameter is added at the end", () => {
  check(add(SIGNED, "grant.plan", "gold"), [...QUERY, "grant.plan=gold"]);
  check(add(SIGNED, "a&b", "c=d (e)"), [...QUERY, "a%26b=c%3Dd%20%28e%29"]);
});

test("the end is moved, and nothing else", () => {
  check(extend(SIGNED, 3600), withPiece(2, "grant.expires=1795164960"));
  expect(() => extend(`${ADDRESS}?grant.expires=soon`, 1)).toThrow("not a number of seconds");
});

test("the order is reversed, twice is as before", () => {
  check(reverse(SIGNED), [...QUERY].reverse());
  expect(reverse(reverse(SIGNED).url).url).toBe(SIGNED);
  expect(() => reverse(`${ADDRESS}?a=1`)).toThrow("no order");
});

test("another writing decodes to the same", () => {
  const tampered = rewrite(SIGNED);
  checkShown(tampered);
  expect(tampered.url).not.toBe(SIGNED);
  expect(takeQuery(tampered.url).map(decode)).toEqual(QUERY.map(decode));
  expect(tampered.after).toContain("gr%c3%bc");
  expect(() => rewrite(`${ADDRESS}?a=1`)).toThrow("nothing in this URL is percent-encoded");
});

test("a difference is between what is the same", () => {
  expect(difference("room=lobby", "room=lobbz")).toEqual({
    start: "room=lobb",
    before: "y",
    after: "z",
    end: "",
  });
  expect(difference("a=11", "a=1")).toEqual({ start: "a=1", before: "1", after: "", end: "" });
  expect(difference("a𝄞c", "a𝄢c")).toEqual({ start: "a", before: "𝄞", after: "𝄢", end: "c" });
  expect(difference("", "b=1")).toEqual({ start: "", before: "", after: "b=1", end: "" });
});

/** @param {string} url */
function takeQuery(url) {
  return url.slice(url.indexOf("?") + 1).split("&");
}

/** @param {string} piece */
function decode(piece) {
  return decodeURIComponent(piece);
}

/**
 * How many characters differ, of two texts of one length.
 *
 * @param {string} one
 * @param {string} other
 */
function distance(one, other) {
  const others = [...other];
  expect([...one].length).toBe(others.length);
  return [...one].filter((character, at) => character !== others[at]).length;
}
