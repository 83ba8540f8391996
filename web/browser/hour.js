/** A page is left alone for an hour. */

import { ask, connect, echo, open, pass, rest, seen, story } from "./driver.js";

/** @import { Given } from "./driver.js" */

/**
 * @typedef {object} Wanted
 * @property {{ idle?: number, answer?: number }} keepAlive the client's option
 * @property {"awake" | "asleep"} machine asleep, it runs no timer and hears nothing
 */

const HOUR = 3_600_000;

await story(async (/** @type {Given & Wanted} */ { browser, site, sign, now, keepAlive, machine }) => {
  const page = await open(browser, site, { now });
  await connect(page, { sign, keepAlive });
  await rest(page);
  const before = await echo(page, "before");
  if (machine === "awake") {
    await pass(page, { milliseconds: HOUR });
  } else {
    await ask({ do: "network", is: "silent" });
    await ask({ do: "advance", milliseconds: HOUR });
    await page.clock.fastForward(HOUR);
    await ask({ do: "network", is: "up" });
    // The old connection stays silent, as that of a machine that was given another address.
    const isGivenUp = () => page.evaluate(() => window.traffic.lines[0]?.closingAt !== null);
    while (!(await isGivenUp())) await pass(page, { milliseconds: 1000, restless: true });
    await ask({ do: "cut" });
    await rest(page);
    await pass(page, { milliseconds: 60_000 });
  }
  const after = await echo(page, "after");
  const lines = await page.evaluate(() => window.traffic.lines);
  const { open: count, rows } = await ask({ do: "connections" });
  return { before, after, lines, count, rows, events: await seen(page) };
});
