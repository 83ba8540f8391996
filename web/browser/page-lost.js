/** The connection and the trace of a page are cut: it comes back, and says what it missed. */

import { ask, leap, open, pass, rest, story, until } from "./driver.js";

/** @import { Given } from "./driver.js" */
/** @import { Page } from "playwright-core" */

/** Longer than the client takes to hand over, with its chance. */
const HAND_OVER = 7_000_000;

await story(async (/** @type {Given} */ { browser, page: origin, now }) => {
  const page = await open(browser, `${origin}/`, { now });
  await page.locator("#trace-state[data-state=live]").waitFor();
  await page.locator("#connect-button").click();
  await page.locator("#state[data-state=open]").waitFor();
  await say(page, "before");
  await page.locator("#row[data-gone=false]").waitFor();
  await page.locator("#trace-handshakes > li[data-status='101']").waitFor();

  await ask({ do: "cut" });
  await page.locator("#state[data-state=waiting]").waitFor();
  await page.locator("#trace-state[data-state=lost]").waitFor();
  await page.locator("#tamper-signature").focus();
  await page.keyboard.press("Enter");
  const untold = page.locator("#tamper-results > li[data-kind=signature]");
  await untold.waitFor();
  const alone = {
    outcome: await untold.getAttribute("data-outcome"),
    untold: await untold.locator("[data-untold]").getAttribute("data-untold"),
    focused: await page.evaluate(() => document.activeElement?.id),
  };

  await until("both have come back", async () => {
    await leap(page, 1000);
    const isLive = await page.locator("#trace-state[data-state=live]").count();
    return isLive && (await page.locator("#state[data-state=open]").count());
  });
  await say(page, "after");
  const missed = await titles(page);

  await page.locator("#tamper-signature").click();
  await page.locator("#tamper-results [data-rule]").waitFor({ state: "attached" });
  await ask({ do: "step", name: "both are back" });
  await rest(page);
  await pass(page, { milliseconds: HAND_OVER });
  await say(page, "at last");
  const handed = await titles(page);
  const life = await page.locator("#anatomy [data-life]").getAttribute("data-life");
  const { rows } = await ask({ do: "connections" });
  const stored = await page.locator("#record").textContent();
  await page.locator("#close-button").click();
  await page.locator("#state[data-state=closed]").waitFor();
  await rest(page);
  const states = await page
    .locator("#conversation li[data-kind=state] strong")
    .evaluateAll((names) => names.map((name) => name.textContent));
  return { alone, missed, handed, life, rows, stored, states, left: await ask({ do: "connections" }) };
});

/**
 * Says something by the page's form, and waits for the echo.
 *
 * @param {Page} page
 * @param {string} text
 */
async function say(page, text) {
  await page.locator("#message").fill(text);
  await page.locator("#send-button").click();
  await page.locator("#conversation li[data-kind=echo]").filter({ hasText: text }).waitFor();
}

/**
 * What is said of each handshake of the page's own, the newest first.
 *
 * @param {Page} page
 */
function titles(page) {
  return page.locator("#trace-handshakes > li[data-own=true] .trace-title").allTextContents();
}
