/** Asks `/sign` for a URL, and reads its refusals. */

import { type Answer, browser, type Environment } from "./environment.js";
import { SignError } from "./errors.js";
import { SIGN_TIMEOUT } from "./limits.js";

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
  const ended = new AbortController();
  const abort = () => ended.abort();
  const timer = environment.setTimeout(abort, SIGN_TIMEOUT);
  signal?.addEventListener("abort", abort);
  try {
    const request = {
      method: "POST",
      headers,
      body: JSON.stringify({ query }),
      signal: ended.signal,
    } as const;
    const answer = await environment.fetch(sign, request);
    return read(answer, await answer.text());
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof SignError) throw error;
    // The error of fetch is left out: it tells no more, and some name the address.
    const why = ended.signal.aborted
      ? `no answer within ${SIGN_TIMEOUT} ms`
      : "no network, or its CORS does not let this origin in";
    throw new SignError(`/sign could not be asked: ${why}`, 0, null, null);
  } finally {
    environment.clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

/** The URL as it was parsed, or null where it is none of a WebSocket. */
export function webSocketUrl(url: unknown): URL | null {
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
