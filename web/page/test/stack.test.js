/** What the stack tells of itself, and what it means where it does not. */

import { describe, expect, test } from "vitest";
import { Context } from "../context.js";
import { askStack, follow, readStack } from "../stack.js";

const TOLD = {
  sign: "http://127.0.0.1:3000/sign",
  websocket: null,
  authorization: /** @type {const} */ ("JWT"),
  token: "countersign token",
  parameter: "room",
  origin: true,
  trace: false,
  region: "eu-west-1",
  issuer: "https://issuer.invalid/",
  tokenIn: { in: /** @type {const} */ ("header"), name: "authorization" },
  allow: null,
  explain: "countersign explain -",
};

describe("a stack", () => {
  test("is read as it tells itself", () => {
    expect(readStack({ ...TOLD, now: 1 })).toEqual(TOLD);
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

describe("asking for the stack", () => {
  const html = { "content-type": "text/html" };
  const plain = { "content-type": "text/plain; charset=utf-8" };

  test("its answer is the stack", async () => {
    expect(await askStack(async () => Response.json(TOLD))).toEqual(TOLD);
  });

  test.each(
    /** @type {[string, () => Response, string][]} */ ([
      ["countersign's 403", () => new Response("only the page", { status: 403, headers: plain }), "refused"],
      ["a CDN's 403", () => new Response("<h1>403", { status: 403, headers: html }), "absent"],
      ["a server of files", () => new Response("", { status: 405 }), "absent"],
      ["a page for every address", () => new Response("<!doctype html>", { headers: html }), "absent"],
      ["other JSON", () => Response.json({ hello: 1 }), "absent"],
    ]),
  )("%s is told apart", async (_, answer, missing) => {
    expect(await askStack(async () => answer())).toBe(missing);
  });

  test("no answer is no server of files", async () => {
    expect(await askStack(() => Promise.reject(new TypeError("Failed to fetch")))).toBe("lost");
  });

  test("it is not waited for without end", async () => {
    /** @type {AbortSignal | null | undefined} */
    let limit;
    await askStack((_, init) => {
      limit = init.signal;
      return Promise.resolve(Response.json(TOLD));
    });
    expect(limit).toBeInstanceOf(AbortSignal);
  });
});

describe("the context", () => {
  /** @param {...Parameters<Context["learn"]>[0]} answers */
  function learnt(...answers) {
    const context = new Context();
    let count = 0;
    context.addEventListener("stack", () => count++);
    for (const answer of answers) context.learn(answer);
    return { context, count };
  }

  test("tells a stack that is another one, and only that", () => {
    expect(learnt(TOLD, { ...TOLD }).count).toBe(1);
    expect(learnt(TOLD, { ...TOLD, token: null }).count).toBe(2);
    expect(learnt("absent", "absent").count).toBe(1);
  });

  test("keeps a stack that does not answer for a while", () => {
    const { context, count } = learnt(TOLD, "lost");
    expect([context.stack, count]).toEqual([TOLD, 1]);
  });

  test("has none where it is refused", () => {
    const { context } = learnt(TOLD, "refused");
    expect([context.stack, context.missing]).toEqual([null, "refused"]);
  });

  test("knows the ways of its own address alone", () => {
    const { context } = learnt({ ...TOLD, sign: "http://127.0.0.1:3000" });
    expect(context.stackAt(" http://127.0.0.1:3000/ ")).toBe(context.stack);
    expect(context.stackAt("http://127.0.0.1:3001/")).toBeNull();
    expect(context.stackAt("")).toBeNull();
    expect(learnt({ ...TOLD, sign: null }).context.stackAt("")).toBeNull();
  });
});

describe("a stack that is followed", () => {
  /**
   * @param {Parameters<Context["learn"]>[0]} first
   * @param {Context["watch"]["state"][]} states of the trace
   */
  function asked(first, ...states) {
    const context = new Context();
    context.learn(first);
    let count = 0;
    follow(context, () => {
      count++;
      return Promise.resolve(TOLD);
    });
    for (const state of states) {
      context.watch.state = state;
      context.watch.dispatchEvent(new Event("state"));
    }
    return count;
  }

  test("is asked for again whenever the trace begins anew", () => {
    expect(asked(TOLD, "live")).toBe(0);
    expect(asked(TOLD, "live", "lost")).toBe(0);
    expect(asked(TOLD, "live", "lost", "live", "lost", "live")).toBe(2);
  });

  test("is asked for at once where nobody has answered yet", () => {
    expect(asked("lost", "live")).toBe(1);
  });
});
