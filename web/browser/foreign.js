/** A page of another origin asks for a URL, and opens one that it has got hold of. */

import { ask, check, open, story, until } from "./driver.js";

/** @import { Given } from "./driver.js" */
/** @import { Page } from "playwright-core" */

/**
 * What a page gets for `POST /sign`: the answer's status, or the error.
 *
 * @param {Page} page
 * @param {string} sign
 */
function signed(page, sign) {
  return page.evaluate(async (sign) => {
    try {
      const response = await fetch(sign, {
        method: "POST",
        body: JSON.stringify({ query: { room: "lobby" } }),
      });
      return { status: response.status, url: (await response.json()).url };
    } catch (error) {
      return { error: String(error) };
    }
  }, sign);
}

/**
 * What a page sees of a WebSocket, up to its first event.
 *
 * @param {Page} page
 * @param {string} url
 * @returns {Promise<string>}
 */
function connected(page, url) {
  return page.evaluate(
    (url) =>
      new Promise((resolve) => {
        const socket = new WebSocket(url);
        socket.onopen = () => resolve("open");
        socket.onclose = ({ code, reason }) => resolve(`${code} ${reason}`);
      }),
    url,
  );
}

await story(async (/** @type {Given & { foreign: string }} */ { browser, site, foreign, sign }) => {
  const own = await open(browser, site);
  const other = await open(browser, foreign);
  const refused = await signed(other, sign);
  const { status, url } = await signed(own, sign);
  check(status === 201, "the page of the allowed origin is given a URL");
  const elsewhere = await connected(other, url);
  await until("the log says why", () =>
    ask({ do: "log", function: "ConnectFunction", text: "origin_not_allowed" }),
  );
  // The refusal has not spent it.
  const here = await connected(own, url);
  return { refused, elsewhere, here };
});
