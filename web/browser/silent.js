/** The network goes silent: no side is told that the connection is lost. */

import { ask, check, connect, echo, open, pass, seen, state, story, until } from "./driver.js";

await story(async ({ browser, site, sign, now }) => {
  const page = await open(browser, site, { now });
  await connect(page, { sign, query: {}, keepAlive: { idle: 240_000, answer: 15_000 } });
  await state(page, "open");
  await echo(page, "before");
  // It lives for longer than API Gateway's ten minutes without a message.
  await pass(page, { milliseconds: 25 * 60 * 1000, step: 60_000 });
  check((await seen(page, "close")).length === 0, "it is open after 25 minutes");

  await ask({ do: "network", is: "silent" });
  const start = await page.evaluate(() => Date.now());
  await pass(page, { milliseconds: 4 * 60 * 1000 + 15_000, step: 5_000, restless: true });
  const waiting = (await seen(page, "statechange")).find((event) => event.state.name === "waiting");
  await ask({ do: "network", is: "up" });
  // A request that the silence has swallowed is given up, too.
  await until("it is open again", async () => {
    await pass(page, { milliseconds: 5_000, step: 5_000, restless: true });
    return page.evaluate(() => window.socket.state.name === "open");
  });
  await echo(page, "after");
  const messages = (await seen(page, "message")).map((event) => JSON.parse(event.data));
  return {
    noticed: (waiting?.at ?? 0) - start,
    cause: waiting?.state.cause.name,
    messages: messages.map(({ type, message }) => type ?? message),
  };
});
