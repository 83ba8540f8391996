/** The page is left: its connection ends with it, and nothing is asked for any more. */

import { ask, check, connect, echo, open, state, story, until } from "./driver.js";

await story(async ({ browser, site, sign }) => {
  const page = await open(browser, site);
  let requests = 0;
  page.on("request", (request) => {
    if (request.url() === sign && request.method() === "POST") requests += 1;
  });
  await connect(page, { sign });
  await state(page, "open");
  await echo(page, "hello");
  check((await ask({ do: "connections" })).rows.length === 1, "its connection is stored");
  await page.evaluate(() => {
    window.addEventListener("pagehide", () => window.socket.send("on the way out"));
  });
  await page.goto("about:blank");
  await until("its row is gone", async () => (await ask({ do: "connections" })).rows.length === 0);
  await page.goBack();
  await page.waitForFunction(() => window.client);
  return { requests, open: (await ask({ do: "connections" })).open };
});
