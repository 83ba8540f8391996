/** The page of `countersign run`, used by its buttons: sign, look, connect, talk, close. */

import { ask, check, open, pass, story, until } from "./driver.js";

/** @import { Given } from "./driver.js" */
/** @import { Page } from "playwright-core" */

/**
 * What the anatomy says of each parameter.
 *
 * @param {Page} page
 */
function anatomy(page) {
  return page
    .locator("#anatomy-table tbody tr")
    .evaluateAll((rows) =>
      rows.map((row) => `${row.getAttribute("data-name")}: ${row.getAttribute("data-kind")}`),
    );
}

await story(async (/** @type {Partial<Given> & Pick<Given, "browser" | "page">} */ given) => {
  const { browser, page: origin, now } = given;
  const page = await open(browser, `${origin}/`, now === undefined ? {} : { now });
  await page.locator("#parameters .parameter input[name=value]").first().fill("lobby");
  await page.locator("#sign-button").click();
  await page.locator('#sign-result[data-outcome="signed"]').waitFor();
  const parameters = await anatomy(page);
  const text = async () => (await page.locator("#url").textContent()) ?? "";
  check(!/X-Amz-Signature=[0-9a-f]/.test(await text()), "the signature is masked");
  await page.locator("#show-secrets").click();
  check(/X-Amz-Signature=[0-9a-f]{64}/.test(await text()), "the signature is shown to who asks");
  await page.locator("#show-secrets").click();
  const seconds = Number(await page.locator("#seconds-left").textContent());
  check(seconds > 0 && seconds <= 60, `it has ${seconds} seconds left`);
  if (now !== undefined) {
    await pass(page, { milliseconds: 10_000 });
    const later = Number(await page.locator("#seconds-left").textContent());
    check(later === seconds - 10, `ten seconds later it has ${later} left`);
  }

  await ask({ do: "step", name: "signed" });
  await page.locator("#connect-button").click();
  await page.locator('#state[data-state="open"]').waitFor();
  await page.locator("#message").fill("hello");
  await page.locator("#send-button").click();
  const said = page.locator("#conversation li");
  await page.locator('#conversation li[data-kind="echo"]').waitFor();
  await ask({ do: "step", name: "connected" });
  // By the keyboard alone.
  await page.locator("#message").focus();
  await page.keyboard.type("once more");
  await page.keyboard.press("Enter");
  await until(
    "both are echoed",
    async () => (await said.and(page.locator('[data-kind="echo"]')).count()) === 2,
  );
  const echoes = await page.locator('#conversation li[data-kind="echo"] .message').allInnerTexts();
  await page.locator("#close-button").click();
  await page.locator('#state[data-state="closed"]').waitFor();
  return { parameters, echoes };
});
