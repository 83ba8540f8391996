/** A page with a Content-Security-Policy: one that lets the client connect, and one that does not. */

import { connect, echo, open, seen, state, story } from "./driver.js";

await story(async ({ browser, site, sign, now }) => {
  const page = await open(browser, `${site}/strict`);
  await connect(page, { sign, query: { room: "lobby" } });
  await state(page, "open");
  const { message } = await echo(page, "hello");

  const closed = await open(browser, `${site}/closed`, { now });
  await connect(closed, { sign });
  await state(closed, "waiting");
  const [waiting] = (await seen(closed, "statechange")).slice(-1);
  const { name, code } = waiting?.state.cause ?? {};
  return { message, cause: { name, code } };
});
