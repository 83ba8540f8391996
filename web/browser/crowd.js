/** More pages in one browser than may watch the trace: each of them loads, and works. */

import { ask, open, story, until } from "./driver.js";

/** @import { Given } from "./driver.js" */

/** As many as may watch, and two that may not. */
const PAGES = 7;

await story(async (/** @type {Given} */ { browser, page: origin }) => {
  const first = await open(browser, `${origin}/`);
  // Pages share a browser's connections where they share its context.
  const pages = [first];
  while (pages.length < PAGES) {
    const page = await first.context().newPage();
    await page.goto(`${origin}/`);
    pages.push(page);
    const count = pages.length;
    await until(`page ${count} is answered`, async () => {
      const state = await page.locator("#trace-state").getAttribute("data-state");
      return state === "live" || state === "full";
    });
  }
  await ask({ do: "step", name: "all are answered" });
  const states = () =>
    Promise.all(pages.map((page) => page.locator("#trace-state").getAttribute("data-state")));
  const crowded = await states();

  const last = pages[PAGES - 1];
  if (last === undefined) throw new Error("there is no page");
  await last.locator("#sign-button").click();
  await last.locator("#sign-result[data-outcome=signed]").waitFor();
  await last.locator("#connect-button").click();
  await last.locator('#state[data-state="open"]').waitFor();
  await last.locator("#close-button").click();

  await ask({ do: "step", name: "one that does not watch works" });
  await first.close();
  pages.shift();
  await until("another one watches instead", async () => {
    const live = (await states()).filter((state) => state === "live");
    return live.length === crowded.filter((state) => state === "live").length;
  });
  return crowded;
});
