/** The page's trace of a connection that its own button opens, and of its end. */

import { ask, open, rest, story } from "./driver.js";

/** @import { Given } from "./driver.js" */

await story(async (/** @type {Given} */ { browser, page: origin, now }) => {
  const page = await open(browser, `${origin}/`, { now });
  await page.locator("#trace-state[data-state=live]").waitFor();
  await page.locator("#sign-button").click();
  await page.locator("#sign-result[data-outcome=signed]").waitFor();
  await page.locator("#connect-button").click();
  await page.locator('#state[data-state="open"]').waitFor();
  await page.locator("#message").fill("hello");
  await page.locator("#send-button").click();
  await page.locator('#conversation li[data-kind="echo"]').waitFor();
  const handshake = page.locator("#trace-handshakes > li[data-status='101']");
  await handshake.waitFor();
  const own = await handshake.getAttribute("data-own");
  // As the key of the table's row is told, so is the row.
  const row = page.locator('#row[data-gone="false"]');
  await row.waitFor();
  const shown = await row.textContent();
  const { rows } = await ask({ do: "connections" });

  await page.locator("#close-button").click();
  await handshake.locator("[data-step=disconnect]").waitFor({ state: "attached" });
  await page.locator('#row[data-gone="true"]').waitFor();
  await rest(page);
  const steps = await handshake.locator("[data-step]").evaluateAll((items) =>
    items.map((item) => ({
      name: item.getAttribute("data-step"),
      mark: item.getAttribute("data-mark"),
      text: item.textContent,
    })),
  );
  const rules = await handshake
    .locator("[data-step=signature] li[data-rule]")
    .evaluateAll((items) => items.map((item) => item.getAttribute("data-status")));
  const html = await page.evaluate(() => document.documentElement.outerHTML);
  return { own, shown, rows, steps, rules, html, left: await ask({ do: "connections" }) };
});
