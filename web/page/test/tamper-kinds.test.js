/** Every button does what it says, to a URL as `/sign` makes them. */

import { expect, test } from "vitest";
import { GROUPS } from "../tamper-kinds.js";

const SIGNED =
  "ws://h/prod?room=lobby&grant.expires=1795161360&grant.nonce=n0&X-Amz-Credential=A%2Fb&X-Amz-Signature=00";
const KINDS = GROUPS.flatMap(({ kinds }) => kinds);

test("no two kinds share a name", () => {
  expect(new Set(KINDS.map(({ id }) => id)).size).toBe(KINDS.length);
  expect(new Set(KINDS.map(({ label }) => label)).size).toBe(KINDS.length);
});

test.each(KINDS.map((kind) => [kind.id, kind]))("%s changes the URL, or uses it as it is", (_, kind) => {
  const { use } = /** @type {(typeof KINDS)[number]} */ (kind);
  if (use.how !== "changed") return expect(["twice", "old"]).toContain(use.how);
  const { url, before, after } = use.change(SIGNED, "room");
  expect(url).not.toBe(SIGNED);
  expect(before).not.toBe(after);
  return expect(`${before}${after}`).not.toContain("Signature=0");
});

test("what says the same should open, all else should be refused in the end", () => {
  const last = Object.fromEntries(KINDS.map(({ id, expected }) => [id, expected.at(-1)]));
  const opened = Object.keys(last).filter((id) => last[id] === "opened");
  expect(opened).toEqual(["order", "rewrite"]);
  expect(KINDS.find(({ id }) => id === "twice")?.expected).toEqual(["opened", "refused"]);
});

test("what is not refused says the same: the same names with the same values", () => {
  const said = (/** @type {string} */ url) => [...new URL(url).searchParams].map(String).sort();
  for (const id of ["order", "rewrite"]) {
    const use = KINDS.find((kind) => kind.id === id)?.use;
    expect(use?.how === "changed" && said(use.change(SIGNED, "").url)).toEqual(said(SIGNED));
  }
});
