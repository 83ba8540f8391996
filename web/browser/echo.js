/** The client signs, connects, and what it sends comes back. */

import { ask, check, connect, echo, open, seen, state, story, until } from "./driver.js";

await story(async ({ browser, site, sign }) => {
  const page = await open(browser, site);
  await connect(page, { sign, query: { room: "lobby" } });
  await state(page, "open");
  const answer = await echo(page, "hello");
  const { open: count, rows } = await ask({ do: "connections" });
  check(count === 1 && rows.length === 1, "there is one connection");
  await page.evaluate(() => window.socket.close());
  await state(page, "closed");
  await until("nothing is left", async () => (await ask({ do: "connections" })).rows.length === 0);
  const events = await seen(page);
  return {
    requested: answer.connection.requested,
    states: events.filter((event) => event.state).map((event) => event.state.name),
    types: events.map((event) => event.type),
  };
});
