/** A page with a Content-Security-Policy: one that lets the client connect, and one that does not. */

import { connect, echo, open, pass, seen, state, story, until } from "./driver.js";

await story(async ({ browser, site, sign, now }) => {
  const page = await open(browser, `${site}/strict`);
  await connect(page, { sign, query: { room: "lobby" } });
  await state(page, "open");
  const { message } = await echo(page, "hello");

  const closed = await open(browser, `${site}/closed`, { now });
  await connect(closed, { sign });
  // Chromium fires no `close` for what the policy blocks.
  const waiting = await until("it waits", async () => {
    await pass(closed, { milliseconds: 1000, restless: true });
    return (await seen(closed, "statechange")).find((event) => event.state.name === "waiting");
  });
  const { name, code } = waiting.state.cause;
  return { message, cause: { name, code } };
});
