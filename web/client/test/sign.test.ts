/** What is asked of `/sign`, and how its answers are read. */

import { expect, test } from "vitest";
import type { Answer, AnswerRequest } from "../src/environment.js";
import { SignError } from "../src/errors.js";
import { type FetchSignedUrlOptions, fetchSignedUrl } from "../src/sign.js";
import { settled } from "./fake/clock.js";
import { FakeEnvironment } from "./fake/environment.js";
import type { SignAnswer } from "./fake/gateway.js";
import { SIGN } from "./fake/world.js";

/** Asks, and lets time go by until there is an answer. */
async function ask(answer: SignAnswer, options: FetchSignedUrlOptions = {}) {
  const environment = new FakeEnvironment();
  environment.gateway.signNext.push(answer);
  const outcome = fetchSignedUrl(SIGN, { environment, ...options }).catch((error) => error);
  await environment.clock.advance(60_000);
  expect(environment.leftBehind.timers).toBe(0);
  return { outcome: await outcome, environment };
}

async function checkRefused(answer: SignAnswer, expected: Partial<SignError>) {
  const { outcome } = await ask(answer);
  expect(outcome).toBeInstanceOf(SignError);
  const { message, status, code, detail, isFinal } = outcome;
  expect({ message, status, code, detail, isFinal }).toEqual(expected);
  expect(outcome.cause).toBeUndefined();
}

test("a URL comes as it was given", async () => {
  const { outcome } = await ask("url");
  expect(outcome).toBe("wss://gateway.example/prod?nonce=1&X-Amz-Signature=SECRET");
});

test("the parameters go as JSON, the headers as headers", async () => {
  const headers = { authorization: "Bearer t" };
  const { environment } = await ask("url", { query: { room: "lobby" }, headers });
  const [request] = environment.gateway.requests;
  expect(request?.address).toBe(SIGN);
  expect(request?.request.method).toBe("POST");
  expect(request?.request.headers).toEqual(headers);
  expect(request?.request.body).toBe('{"query":{"room":"lobby"}}');
});

test("a problem is told with its code and detail", async () => {
  const detail = "the parameter `x` cannot be requested, expected one of: room";
  await checkRefused(
    {
      status: 400,
      body: { type: "about:blank", title: "Bad Request", status: 400, code: "name_not_allowed", detail },
    },
    {
      message: `/sign refused with 400: name_not_allowed: ${detail}`,
      status: 400,
      code: "name_not_allowed",
      detail,
      isFinal: true,
    },
  );
});

test("API Gateway's own refusals have no code", async () => {
  await checkRefused(
    { status: 401, body: { message: "Unauthorized" } },
    {
      message: "/sign refused with 401: Unauthorized",
      status: 401,
      code: null,
      detail: "Unauthorized",
      isFinal: true,
    },
  );
});

test("a refusal that is no JSON, or none of an object, has its status", async () => {
  for (const body of ["<html>", "", "null", "7", '"text"', { code: 1, detail: {} }]) {
    await checkRefused(
      { status: 502, body },
      { message: "/sign refused with 502", status: 502, code: null, detail: null, isFinal: false },
    );
  }
});

test("a 4xx is final but for 429, a 5xx is not", () => {
  const final = [400, 401, 403, 404, 413, 428, 429, 430, 499, 500, 503, 0, 200, 304].filter(
    (status) => new SignError("", status, null, null).isFinal,
  );
  expect(final).toEqual([400, 401, 403, 404, 413, 428, 430, 499]);
});

test("a good answer without a URL of a WebSocket is an error that shows nothing of it", async () => {
  const bodies = [
    "",
    "<html>SECRET",
    "[]",
    "null",
    { url: 1 },
    { url: "" },
    { url: "https://a.example/?SECRET" },
    { url: "/SECRET" },
  ];
  for (const body of bodies) {
    await checkRefused(
      { status: 201, body },
      {
        message: "/sign answered 201 without the URL of a WebSocket",
        status: 201,
        code: null,
        detail: null,
        isFinal: false,
      },
    );
  }
});

test("no network has the status 0", async () => {
  await checkRefused("no network", {
    message: "/sign could not be asked: no network, or its CORS does not let this origin in",
    status: 0,
    code: null,
    detail: null,
    isFinal: false,
  });
});

test("an answer that breaks off has the status 0", async () => {
  const environment = new FakeEnvironment();
  const body = () => Promise.reject(new TypeError("terminated"));
  environment.fetch = () => Promise.resolve<Answer>({ ok: true, status: 201, text: body });
  await expect(fetchSignedUrl(SIGN, { environment })).rejects.toMatchObject({ status: 0 });
});

test("a refusal whose body breaks off, or does not end, is one still", async () => {
  const environment = new FakeEnvironment();
  const aborted = (signal: AbortSignal) =>
    new Promise<string>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  for (const body of [() => Promise.reject(new TypeError("terminated")), aborted]) {
    environment.fetch = (_, { signal }) =>
      Promise.resolve<Answer>({ ok: false, status: 403, text: () => body(signal) });
    const refused = fetchSignedUrl(SIGN, { environment }).catch((error) => error);
    await environment.clock.advance(35_000);
    expect(await refused).toMatchObject({ status: 403, code: null, isFinal: true });
  }
});

test("no answer within 35 seconds is an error, and the request is aborted", async () => {
  await checkRefused("silence", {
    message: "/sign could not be asked: no answer within 35000 ms",
    status: 0,
    code: null,
    detail: null,
    isFinal: false,
  });
});

test("an aborted request rejects with the reason of its signal", async () => {
  const environment = new FakeEnvironment();
  const abort = new AbortController();
  const seen: AnswerRequest[] = [];
  const { fetch } = environment;
  environment.fetch = (address, request) => {
    seen.push(request);
    return fetch(address, request);
  };
  const outcome = fetchSignedUrl(SIGN, { environment, signal: abort.signal }).catch((error) => error);
  await settled();
  const reason = new Error("no more");
  abort.abort(reason);
  expect(await outcome).toBe(reason);
  expect(seen.map(({ signal }) => signal.aborted)).toEqual([true]);
  expect(environment.leftBehind.timers).toBe(0);
});

test("a signal that is aborted after the answer is of no consequence", async () => {
  const abort = new AbortController();
  const { environment } = await ask("url", { signal: abort.signal });
  abort.abort();
  expect(environment.gateway.requests.map(({ request }) => request.signal.aborted)).toEqual([false]);
});

test("a signal that is aborted before asks nothing", async () => {
  const environment = new FakeEnvironment();
  const signal = AbortSignal.abort();
  await expect(fetchSignedUrl(SIGN, { environment, signal })).rejects.toBe(signal.reason);
  expect(environment.gateway.requests).toEqual([]);
});
