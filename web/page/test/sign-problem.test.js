/** What is said of a refusal, and what would help. */

import { expect, test } from "vitest";
import { explain, notLetIn } from "../sign-problem.js";

/** @type {import("../sign-problem.js").Refused} */
const REFUSED = {
  status: 400,
  code: null,
  detail: null,
  origin: "http://127.0.0.1:8080",
  letIn: null,
  allow: null,
  authorization: "NONE",
  names: ["room"],
};

/**
 * @param {Partial<import("../sign-problem.js").Refused>} refused
 * @param {string} title
 * @param {string | null} [local] the command that would change it here
 */
function check(refused, title, local = null) {
  const problem = explain({ ...REFUSED, ...refused });
  expect([problem.title, problem.commands?.local ?? null]).toEqual([title, local]);
}

test("no answer of a stack that lets the page in means that it does not run", () => {
  check({ status: 0, letIn: true }, "No answer");
});

test("a page that is not let in is told the options that would", () => {
  const allow = "--web-port 8081 --parameter AllowedOrigins=http://localhost:8081";
  check({ status: 0, letIn: false, allow }, "This page is not let in", `cargo run -- ${allow}`);
  expect(notLetIn("http://localhost:8081", null).commands).toBeNull();
});

test("of a foreign address both are said, with the origin that must be allowed", () => {
  const { advice, commands } = explain({ ...REFUSED, status: 0 });
  expect(advice).toContain("http://127.0.0.1:8080");
  expect(commands?.local).toBe("cargo run -- --parameter AllowedOrigins=http://127.0.0.1:8080");
  expect(commands?.aws).toContain("--parameter-overrides AllowedOrigins=http://127.0.0.1:8080");
});

test("a name that may not be requested is told with what would allow it", () => {
  const names = ["room", "two words"];
  const command = "cargo run -- --parameter 'Requestable=room,two words'";
  check({ code: "name_not_allowed", names }, "A name that may not be requested", command);
});

test("a name with a comma takes all names", () => {
  const command = "cargo run -- --parameter 'Requestable=*'";
  check({ code: "name_not_allowed", names: ["a,b"] }, "A name that may not be requested", command);
});

test("a 403 of API Gateway is a scope under JWT, and a signature under IAM", () => {
  check({ status: 403, authorization: "JWT" }, "The token is not enough");
  check({ status: 403, authorization: "IAM" }, "Not allowed");
  check({ status: 403, authorization: "JWT", code: "claim_missing" }, "The token lacks a claim");
});

test.each([
  [401, "No good token"],
  [404, "Nothing there"],
  [405, "Not a /sign"],
  [413, "Too much"],
  [418, "Refused"],
  [429, "Too fast"],
  [500, "A fault of the stack"],
  [503, "A fault of the stack"],
])("%i is called %j", (status, title) => {
  check({ status }, title);
});
