/** The connection is lost while it is used: by the network, and by the server. */

import { ask, check, connect, echo, open, pass, seen, state, story, until } from "./driver.js";

/** @import { Page } from "playwright-core" */

/**
 * What the page's socket is doing, with the back-off's delay.
 *
 * @param {Page} page
 */
async function waited(page) {
  await state(page, "waiting");
  const now = (await seen(page, "statechange")).at(-1)?.state;
  return { delay: now.delay, attempt: now.attempt, cause: now.cause.name, code: now.cause.code };
}

await story(async ({ browser, site, sign, now }) => {
  const page = await open(browser, site, { now });
  /** @type {string[]} */
  const nonces = [];
  page.on("websocket", (socket) => nonces.push(new URL(socket.url()).searchParams.get("grant.nonce") ?? ""));
  await connect(page, { sign, query: { room: "lobby" } });
  await state(page, "open");
  const connections = [(await echo(page, "first")).connection.connectionId];

  const losses = [];
  for (const way of ["cut", "close"]) {
    // What stood for a while counts as good: the failures before it are forgotten.
    await pass(page, { milliseconds: 60_000, step: 60_000 });
    await ask({ do: way });
    const loss = await waited(page);
    // By a clock that stands nothing is tried: it is not asked for a URL before its time.
    check(nonces.length === connections.length, "it waits");
    await page.evaluate((way) => window.socket.send(`queued: ${way}`), way);
    await pass(page, { milliseconds: Math.ceil(loss.delay), restless: true });
    await state(page, "open");
    await until("the message that was kept comes back", async () =>
      (await seen(page, "message")).some((event) => event.data.includes(`queued: ${way}`)),
    );
    connections.push((await echo(page, `after: ${way}`)).connection.connectionId);
    losses.push(loss);
  }
  const messages = (await seen(page, "message")).map((event) => JSON.parse(event.data).message);
  const states = (await seen(page, "statechange")).map((event) => event.state.name);
  const types = (await seen(page)).map((event) => event.type);
  check(new Set(nonces).size === 3, "each connection has a URL of its own");
  check(new Set(connections).size === 3, "each is another connection");
  const count = (/** @type {string} */ type) => types.filter((other) => other === type).length;
  return { losses, messages, states, opens: count("open"), closes: count("close"), errors: count("error") };
});
