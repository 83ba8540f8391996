/** Asks `/sign` for a URL, and reads its refusals. */

import { type Answer, browser, type Environment } from "./environment.js";
import { SignError } from "./errors.js";
import { SIGN_FUNCTION_TIMEOUT, SIGN_TIMEOUT } from "./limits.js";
import type { Sign, SignRequest } from "./options.js";

/** What {@link fetchSignedUrl} asks with. */
export interface FetchSignedUrlOptions {
  /** The parameters to be signed. */
  readonly query?: Readonly<Record<string, string>> | undefined;
  /** Headers of the request itself, such as `Authorization`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Ends the request when it is aborted. */
  readonly signal?: AbortSignal | undefined;
  /** For tests. Default: the browser's. */
  readonly environment?: Environment | undefined;
}

/**
 * Asks `/sign`, at the address `sign`, for a signed URL. It is good for one connection, for a short while, and a
 * secret until it is used.
 *
 * Rejects with a {@link SignError} for a refusal, an answer without a URL, no network, CORS, or no answer within 35
 * seconds; with the reason of `signal` where that is aborted.
 */
export async function fetchSignedUrl(
  sign: string | URL,
  { query = {}, headers = {}, signal, environment = browser }: FetchSignedUrlOptions = {},
): Promise<string> {
  signal?.throwIfAborted();
  const limit = limited(SIGN_TIMEOUT, environment, signal);
  try {
    const request = {
      method: "POST",
      headers,
      body: JSON.stringify({ query }),
      signal: limit.signal,
    } as const;
    const answer = await environment.fetch(sign, request);
    const body = answer.text();
    // A refusal is one by its status, though its body breaks off.
    return read(answer, await (answer.ok ? body : body.catch(() => "")));
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof SignError) throw error;
    // The error of fetch is left out: it tells no more, and some name the address.
    const why = limit.signal.aborted
      ? `no answer within ${SIGN_TIMEOUT} ms`
      : "no network, or its CORS does not let this origin in";
    throw unanswered(`/sign could not be asked: ${why}`);
  } finally {
    limit.clear();
  }
}

/**
 * Asks a function for a signed URL, and takes nothing else of it: rejects with an error for anything that is none of a
 * WebSocket, and with a {@link SignError} where there is no answer within 2 minutes.
 */
export async function askSign(
  sign: Sign,
  { query, signal }: SignRequest,
  environment: Environment,
): Promise<URL> {
  // Not before who asks has returned, as the function is the page's.
  await null;
  signal.throwIfAborted();
  const limit = limited(SIGN_FUNCTION_TIMEOUT, environment, signal);
  const late = new Promise<never>((_, reject) => {
    limit.signal.addEventListener("abort", () =>
      reject(unanswered(`the function gave no URL within ${SIGN_FUNCTION_TIMEOUT} ms`)),
    );
  });
  // It may be given up before anybody waits for it.
  late.catch(() => {});
  try {
    const given = await Promise.race([sign({ query: { ...query }, signal: limit.signal }), late]);
    const url = webSocketUrl(given);
    if (url) return url;
  } catch (error) {
    throw error instanceof Error ? error : unanswered("the function has thrown what is no error");
  } finally {
    limit.clear();
  }
  throw unanswered("the function gave no URL of a WebSocket, expected one that begins with wss: or ws:");
}

/** A signal that is aborted with another, or after so many milliseconds, until it is cleared. */
function limited(delay: number, environment: Environment, outer?: AbortSignal) {
  const controller = new AbortController();
  const clear = () => {
    environment.clearTimeout(timer);
    outer?.removeEventListener("abort", abort);
  };
  const abort = () => {
    clear();
    controller.abort(outer?.reason);
  };
  const timer = environment.setTimeout(abort, delay);
  outer?.addEventListener("abort", abort);
  return { signal: controller.signal, clear };
}

/** The URL as it was parsed, or null where it is none of a WebSocket. */
function webSocketUrl(url: unknown): URL | null {
  try {
    const parsed = new URL(url as string);
    return parsed.protocol === "wss:" || parsed.protocol === "ws:" ? parsed : null;
  } catch {
    return null;
  }
}

function read({ ok, status }: Answer, body: string): string {
  const answer = fields(body);
  if (ok) {
    const { url } = answer;
    if (typeof url === "string" && webSocketUrl(url)) return url;
    throw new SignError(`/sign answered ${status} without the URL of a WebSocket`, status, null, null);
  }
  const code = text(answer.code);
  // API Gateway's own refusals have a message, and neither of the others.
  const detail = text(answer.detail) ?? text(answer.message);
  const message = [`/sign refused with ${status}`, code, detail].filter((part) => part !== null).join(": ");
  throw new SignError(message, status, code, detail);
}

function unanswered(message: string): SignError {
  return new SignError(message, 0, null, null);
}

function fields(body: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(body));
  } catch {
    return {};
  }
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
