/** `/sign` refuses for good: the client says why, and asks no more. */

import { connect, open, seen, state, story } from "./driver.js";

await story(async ({ browser, site, sign, now }) => {
  const page = await open(browser, site, { now });
  let requests = 0;
  page.on("request", (request) => {
    if (request.url() === sign && request.method() === "POST") requests += 1;
  });
  await connect(page, { sign, query: { other: "1" } });
  await state(page, "closed");
  await page.clock.runFor(10 * 60 * 1000);
  const [closed] = (await seen(page, "statechange")).slice(-1);
  const { name, code, status, detail } = closed?.state.cause ?? {};
  return { requests, name, code, status, detail, types: (await seen(page)).map((event) => event.type) };
});
