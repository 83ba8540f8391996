/** A hand-over that does not go as it should: the next connection is refused, or the old one is cut meanwhile. */

import { ask, connect, leap, open, pass, rest, seen, story, until } from "./driver.js";
import { hold, lines, talkative } from "./talkative.js";

/** @import { Given } from "./driver.js" */

/**
 * @typedef {object} Wanted
 * @property {"refused" | "cut" | "cut while lingering"} trouble
 */

await story(async (/** @type {Given & Wanted} */ { browser, site, sign, now, trouble }) => {
  const page = await open(browser, site, { now });
  await connect(page, { sign, handOver: { after: 6_000_000, spread: 900_000 } });
  await rest(page);
  const say = await talkative(page);
  await say(20);

  const release = await hold(page, sign);
  for (;;) {
    await leap(page);
    if (await page.evaluate(() => window.socket.state.name === "handing-over")) break;
    await rest(page);
  }
  await say(20);
  switch (trouble) {
    case "refused": {
      // First `/sign` takes no more, then its function dies, then that of `$connect` does, twice.
      await until("it is throttled", async () => (await fetch(sign, { method: "POST" })).status === 429);
      await ask({ do: "fault", fault: "function:SignFunction=killed,1" });
      await ask({ do: "fault", fault: "function:ConnectFunction=killed,2" });
      release();
      await until("it is refused", async () => (await seen(page, "error")).length === 1);
      for (let count = 1; (await lines(page)).filter((line) => line.openedAt).length < 2; count += 1) {
        // Whatever has failed, the old connection goes on.
        await say(10);
        await pass(page, { milliseconds: 1000 * count });
      }
      break;
    }
    case "cut": {
      await until("all is answered", async () => {
        const [line] = await lines(page);
        return line?.answers === line?.sent.length;
      });
      await ask({ do: "fault", fault: "socket=cut,1" });
      await page.evaluate(() => window.socket.send("lost"));
      await until("the old connection is cut", async () => (await lines(page))[0]?.closedAt);
      await page.evaluate(() => window.socket.send("kept"));
      release();
      break;
    }
    case "cut while lingering": {
      release();
      await until("there are two", async () => (await lines(page))[1]?.openedAt);
      // What was said to the old one before is answered.
      await rest(page);
      await ask({ do: "hold", what: ["answers"] });
      await say(8);
      await ask({ do: "cut" });
      await until("both are cut", async () => (await lines(page)).slice(0, 2).every((line) => line.closedAt));
      await ask({ do: "hold", what: [] });
      break;
    }
  }
  await rest(page);
  await pass(page, { milliseconds: 60_000 });
  await say(20);
  await rest(page);
  return {
    lines: await lines(page),
    events: await seen(page),
    connections: await ask({ do: "connections" }),
  };
});
