/** Asks `/sign` for what the form says: the one way in which the page comes to URLs. */

import { isFresh } from "./life.js";
import { fetchSignedUrl } from "./signed-websocket.js";

/** @import { Context, Request, Signed } from "./context.js" */

/** Nothing was asked; its message says why, and holds no secret. */
export class NotAsked extends Error {}

/**
 * A fresh URL, which the page shows from now on.
 *
 * @param {Context} context
 * @param {AbortSignal} [signal]
 * @returns {Promise<Signed>}
 */
export async function ask(context, signal) {
  const { request } = context;
  const signed = await askFor(request, signal);
  context.keep(signed, request);
  return signed;
}

/**
 * A fresh URL, which the page does not show. Throws {@link NotAsked}, or a `SignError`.
 *
 * @param {Request} request
 * @param {AbortSignal} [signal]
 * @returns {Promise<Signed>}
 */
export async function askFor(request, signal = new AbortController().signal) {
  const why = whyNot(request);
  if (why !== null) throw new NotAsked(why);
  const asked = Date.now();
  const { address, headers } = withToken(request);
  const url = await fetchSignedUrl(address, { query: request.query, headers, signal });
  return { url, asked, how: "asked" };
}

/**
 * Why `/sign` is not asked; null where it is.
 *
 * @param {Request} request
 */
export function whyNot({ authorization, fault }) {
  if (authorization === "IAM")
    return "/sign asks for AWS credentials, which a page does not have: paste a new answer of it";
  return fault;
}

/**
 * The URL that is shown, if it can still open a connection and is what the form asks for; else null. Under IAM a
 * pasted one is, whatever the form says.
 *
 * @param {Context} context
 * @returns {Signed | null}
 */
export function unspent({ signed, outcome, isCurrent, request }) {
  const isUsable = signed !== null && outcome === null && isFresh(signed, Date.now());
  return isUsable && (isCurrent || request.authorization === "IAM") ? signed : null;
}

/**
 * The address and the headers, with the token where `/sign` looks for it.
 *
 * @param {Request} request
 * @returns {{ address: string, headers: Record<string, string> }}
 */
export function withToken({ sign, authorization, token, tokenIn }) {
  if (authorization !== "JWT" || token === null) return { address: sign, headers: {} };
  if (tokenIn.in === "header") return { address: sign, headers: { [tokenIn.name]: `Bearer ${token}` } };
  const address = new URL(sign);
  address.searchParams.set(tokenIn.name, token);
  return { address: address.href, headers: {} };
}
