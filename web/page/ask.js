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
  const signed = await askFor(context.request, signal);
  context.keep(signed);
  return signed;
}

/**
 * A fresh URL, which the page does not show.
 *
 * @param {Request} request
 * @param {AbortSignal} [signal]
 * @returns {Promise<Signed>}
 */
export async function askFor({ sign, query, authorization, token }, signal = new AbortController().signal) {
  const asked = Date.now();
  const hasToken = authorization === "JWT" && token !== null;
  const headers = hasToken ? { Authorization: `Bearer ${token}` } : {};
  const url = await fetchSignedUrl(sign, { query, headers, signal });
  return { url, expiresAt: endOf(url), asked };
}
