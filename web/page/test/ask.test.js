/** What `/sign` is asked for, what it is not asked for, and what became of its URLs. */

import { afterEach, describe, expect, test, vi } from "vitest";
import { askFor, NotAsked, unspent, withToken } from "../ask.js";
import { Context } from "../context.js";
import { readForm } from "../parameters.js";

/** @import { Form } from "../parameters.js" */

const TOKEN = "eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmVk";

/** @type {Form} */
const FORM = {
  address: "http://127.0.0.1:3000/sign",
  rows: [{ name: "room", value: "lobby" }],
  authorization: "JWT",
  token: TOKEN,
  tokenIn: { in: "header", name: "authorization" },
};

/** What `/sign` would answer. */
const SIGNED = "ws://127.0.0.1:3001/prod?grant.nonce=n1&X-Amz-Date=20261120T075500Z&grant.expires=1763625360";

/** @returns {ReturnType<typeof vi.fn>} what was asked */
function fetched() {
  const fetch = vi.fn(async () => Response.json({ url: SIGNED }));
  vi.stubGlobal("fetch", fetch);
  return fetch;
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("asking", () => {
  test("a whole form is asked for as it is", async () => {
    const fetch = fetched();
    expect(await askFor(readForm(FORM))).toMatchObject({ url: SIGNED, how: "asked" });
    expect(fetch).toHaveBeenCalledExactlyOnceWith(
      FORM.address,
      expect.objectContaining({
        headers: { authorization: `Bearer ${TOKEN}` },
        body: '{"query":{"room":"lobby"}}',
      }),
    );
  });

  test.each(
    /** @type {[Partial<Form>, string][]} */ ([
      [{ address: "" }, "address of /sign"],
      [{ address: "http:/" }, "address of /sign"],
      [{ rows: [{ name: "", value: "a" }] }, "has no name"],
      [{ token: "grüße" }, "the token has a character"],
      [{ token: "“quoted”" }, "the token has a character"],
      [{ token: "two\twords" }, "the token has a character"],
      [{ authorization: "IAM" }, "paste a new answer"],
    ]),
  )("%j is not asked, and no token leaves the page", async (part, why) => {
    const fetch = fetched();
    const asking = askFor(readForm({ ...FORM, ...part }));
    await expect(asking).rejects.toThrow(NotAsked);
    await expect(asking).rejects.toThrow(why);
    await expect(asking).rejects.not.toThrow(TOKEN);
    expect(fetch).not.toHaveBeenCalled();
  });

  test("a form that was never filled is not asked", async () => {
    const fetch = fetched();
    await expect(askFor(new Context().request)).rejects.toThrow(NotAsked);
    expect(fetch).not.toHaveBeenCalled();
  });

  test("a token that is not wanted is no fault", () => {
    expect(readForm({ ...FORM, authorization: "NONE", token: "grüße" }).fault).toBeNull();
    expect(readForm({ ...FORM, token: " " })).toMatchObject({ token: null, fault: null });
  });
});

describe("a token", () => {
  const request = readForm({ ...FORM, token: "t+t", tokenIn: { in: "header", name: "x-token" } });

  test("goes where it is looked for", () => {
    expect(withToken(request)).toEqual({ address: request.sign, headers: { "x-token": "Bearer t+t" } });
    const sign = "https://host/sign?a=b";
    expect(withToken({ ...request, sign, tokenIn: { in: "query", name: "t" } })).toEqual({
      address: "https://host/sign?a=b&t=t%2Bt",
      headers: {},
    });
  });

  test("stays here where none is asked for", () => {
    expect(withToken({ ...request, authorization: "NONE" }).headers).toEqual({});
  });
});

describe("the URL that is shown", () => {
  /** @param {Partial<Form>} [part] */
  function shown(part = {}) {
    const context = new Context();
    context.choose(readForm({ ...FORM, ...part }));
    const url = SIGNED.replace("1763625360", `${Date.UTC(2026, 10, 20, 7, 56) / 1000}`);
    context.keep({ url, asked: Date.now(), how: "asked" });
    return { context, url };
  }

  test("is good until it was tried", () => {
    const { context, url } = shown();
    expect(unspent(context)?.url).toBe(url);
    context.report(url, "refused");
    expect(unspent(context)).toBeNull();
  });

  test("is spent where its nonce was, in another order of its parameters", () => {
    const { context, url } = shown();
    const [address, query = ""] = url.split("?");
    const reversed = `${address}?${query.split("&").reverse().join("&")}`;
    context.report(reversed, "opened");
    expect(context.outcome).toBe("opened");
    expect(unspent(context)).toBeNull();
  });

  test("stays used where its second use is refused", () => {
    const { context, url } = shown();
    for (const outcome of /** @type {const} */ (["given", "opened", "refused"])) context.report(url, outcome);
    expect(context.outcome).toBe("opened");
  });

  test("stays good where a changed one was refused, or another opened", () => {
    const { context, url } = shown();
    context.report(`${url}&role=admin`, "refused");
    context.report(url.replace("n1", "n2"), "opened");
    expect(unspent(context)?.url).toBe(url);
  });

  test("is not what the form asks for once that has changed, but for a pasted one", () => {
    const { context } = shown();
    context.choose(readForm({ ...FORM, rows: [] }));
    expect(unspent(context)).toBeNull();
    context.choose(readForm({ ...FORM, authorization: "IAM" }));
    expect(unspent(context)).not.toBeNull();
  });
});
