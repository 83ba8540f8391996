/** A page with a Content-Security-Policy: one that lets the client connect, and one that does not. */

import { connect, echo, open, seen, state, story, until } from "./driver.js";

await story(async ({ browser, site, sign, now }) => {
  const page = await open(browser, `${site}/strict`);
  await connect(page, { sign, query: { room: "lobby" } });
  await state(page, "open");
  const { message } = await echo(page, "hello");

  // Its clock stands: that it was blocked is no matter of time.
  const closed = await open(browser, `${site}/closed`, { now });
  await connect(closed, { sign });
  const waiting = await until("it waits", async () =>
    (await seen(closed, "statechange")).find((event) => event.state.name === "waiting"),
  );
  const { name, code } = waiting.state.cause;
  return { message, cause: { name, code } };
});
