/** The machine goes offline, and comes back. */

import { ask, check, connect, echo, open, pass, rest, seen, state, story } from "./driver.js";

await story(async ({ browser, site, sign, now }) => {
  const page = await open(browser, site, { now });
  let requests = 0;
  page.on("request", (request) => {
    if (request.url() === sign && request.method() === "POST") requests += 1;
  });
  await connect(page, { sign, query: { room: "lobby" } });
  await state(page, "open");
  await echo(page, "before");

  // With the network goes the connection.
  await page.context().setOffline(true);
  await ask({ do: "network", is: "down" });
  await state(page, "waiting");
  await page.evaluate(() => window.socket.send("kept"));
  await pass(page, { milliseconds: 5 * 60 * 1000, step: 30_000 });
  const attempts = requests - 1;
  const delays = (await seen(page, "statechange"))
    .filter((event) => event.state.name === "waiting")
    .map((event) => event.state.delay);
  await ask({ do: "network", is: "up" });
  await page.context().setOffline(false);
  // Long before it would have tried again.
  await pass(page, { milliseconds: 1000, restless: true });
  await state(page, "open");
  await echo(page, "after");

  // A short one, which the connection outlives.
  const { rows } = await ask({ do: "connections" });
  await page.context().setOffline(true);
  await page.context().setOffline(false);
  await rest(page);
  await echo(page, "still");
  const kept = (await ask({ do: "connections" })).rows;
  check(kept[0].connectionId.S === rows[0].connectionId.S, "the same connection");
  const messages = (await seen(page, "message")).map((event) => JSON.parse(event.data).message);
  return { messages, attempts, delays };
});
