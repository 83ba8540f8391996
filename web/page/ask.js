/** Asks `/sign` for what the form says: the one way in which the page comes to URLs. */

import { fetchSignedUrl } from "./signed-websocket.js";
import { endOf } from "./url-parts.js";

/** @import { Context, Request, Signed } from "./context.js" */

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
 * A fresh URL, which the page does not show.
 *
 * @param {Request} request
 * @param {AbortSignal} [signal]
 * @returns {Promise<Signed>}
 */
export async function askFor(request, signal = new AbortController().signal) {
  const asked = Date.now();
  const { address, headers } = withToken(request);
  const url = await fetchSignedUrl(address, { query: request.query, headers, signal });
  return { url, expiresAt: endOf(url), asked };
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
