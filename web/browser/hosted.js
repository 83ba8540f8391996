/** The page on a server of files alone, with the address of a `/sign` that asks for a token. */

import { open, rest, story } from "./driver.js";

/** @import { Given } from "./driver.js" */
/** @import { Browser } from "playwright-core" */

await story(async (/** @type {Given & { token: string }} */ { browser, site, sign, now, token }) => {
  const page = await open(browser, site, { now });
  /** @type {string[]} */
  const told = [];
  page.on("request", (request) => {
    if (request.headers().authorization !== undefined || request.url().includes(token))
      told.push(request.url());
  });
  await page.locator("#trace-state[data-state=absent]").waitFor();
  await page.locator("#authorization").selectOption("JWT");
  await page.locator("#token").fill(token);

  // Without an address, and with one that is not yet whole: nobody is asked, least of all the page's own server.
  const refusals = [];
  for (const address of ["", "127.0.0.1:3000/sign", "http://"]) {
    await page.locator("#sign-address").fill(address);
    await page.locator("#sign-button").click();
    const said = await page.locator("#sign-result").textContent();
    await page.locator("#connect-button").click();
    const state = await page.locator("#state").getAttribute("data-state");
    const results = page.locator("#tamper-results > li");
    const count = await results.count();
    await page.locator("#tamper-signature").click();
    await results.nth(count).waitFor();
    const tried = await results.first().getAttribute("data-outcome");
    refusals.push({ said, state, tried });
  }
  const early = told.length;

  await page.locator("#sign-address").fill(sign);
  await page.locator("#sign-button").click();
  await page.locator("#sign-result[data-outcome=signed]").waitFor();
  await page.locator("#connect-button").click();
  await page.locator("#state[data-state=open]").waitFor();
  await page.locator("#send-button").click();
  const echo = page.locator("#conversation li[data-kind=echo] .message");
  await echo.waitFor();
  const echoed = await echo.textContent();

  const tampered = [];
  for (const kind of ["signature", "order", "twice"]) {
    await page.locator(`#tamper-${kind}`).click();
    const result = page.locator(`#tamper-results > li[data-kind=${kind}]`).first();
    await result.and(page.locator("[data-outcome=opened], [data-outcome=unopened]")).waitFor();
    const untold = result.locator("[data-untold]");
    tampered.push({
      kind,
      outcome: await result.getAttribute("data-outcome"),
      untold: (await untold.count()) ? await untold.getAttribute("data-untold") : null,
      status: await page.locator("#tamper-status").textContent(),
    });
  }
  await page.locator("#close-button").click();
  await page.locator("#state[data-state=closed]").waitFor();
  await rest(page);
  const blocked = await blockedTry(browser, site, sign, token);
  return { blocked, refusals, early, echoed, tampered, told: [...new Set(told)] };
});

/**
 * What is said of a try that the policy of the page does not let out: Chromium fires no `close` for it.
 *
 * @param {Browser} browser
 * @param {string} site
 * @param {string} sign
 * @param {string} token
 */
async function blockedTry(browser, site, sign, token) {
  const page = await open(browser, `${site}/closed`);
  await page.locator("#authorization").selectOption("JWT");
  await page.locator("#token").fill(token);
  await page.locator("#sign-address").fill(sign);
  await page.locator("#tamper-signature").click();
  const result = page.locator("#tamper-results > li[data-kind=signature]");
  await result.waitFor();
  return {
    outcome: await result.getAttribute("data-outcome"),
    why: await result.locator(".problem").textContent(),
  };
}
