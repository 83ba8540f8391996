/** The page's panels `tamper` and `trace`: every button, what it says of the refusal, and that it keeps secrets. */

import { ask, check, open, pass, rest, story } from "./driver.js";

/** @import { Given } from "./driver.js" */
/** @import { Page } from "playwright-core" */

/** Buttons that need nothing but to be pressed. */
const KINDS = ["signature", "add", "grant", "extend", "twice", "order", "rewrite"];

/** Buttons that change the parameter that is chosen. */
const OF_PARAMETER = ["character", "drop"];

await story(
  async (/** @type {Given & { trace: "live" | "off" }} */ { browser, page: origin, now, trace }) => {
    const page = await open(browser, `${origin}/`, { now });
    const secrets = secretsOf(page);
    await page.locator(`#trace-state[data-state=${trace}]`).waitFor();
    await page.locator("#sign-button").click();
    await page.locator("#sign-result[data-outcome=signed]").waitFor();
    const parameters = await page
      .locator("#tamper-parameter option")
      .evaluateAll((options) => options.map((option) => option.getAttribute("value") ?? ""));

    const results = [];
    for (const kind of KINDS) results.push(await tamper(page, kind, trace));
    for (const parameter of parameters) {
      await page.locator("#tamper-parameter").selectOption(parameter);
      for (const kind of OF_PARAMETER) results.push({ parameter, ...(await tamper(page, kind, trace)) });
    }

    // Until it is old, by both clocks.
    await press(page, "old");
    await page.locator("#tamper-countdown[data-seconds]").waitFor();
    const seconds = Number(await page.locator("#tamper-countdown").getAttribute("data-seconds"));
    await pass(page, { milliseconds: (seconds - 1) * 1000 });
    const before = await page.locator("#tamper-results > li[data-kind=old]").count();
    await pass(page, { milliseconds: 1000 });
    results.push(await result(page, "old", trace));
    await press(page, "old");
    await page.locator("#tamper-cancel").click();
    await page.locator("#tamper-results > li[data-outcome=cancelled]").waitFor();
    await rest(page);

    const hidden = await secrets.shown();
    await page.locator("#show-secrets").click();
    const shown = await secrets.shown();
    const { open: count, rows } = await ask({ do: "connections" });
    return {
      parameters,
      results,
      old: { seconds, before },
      hidden,
      shown,
      signed: secrets.count(),
      count,
      rows,
    };
  },
);

/**
 * Presses a button and waits for what comes of it.
 *
 * @param {Page} page
 * @param {string} kind
 * @param {"live" | "off"} trace
 */
async function tamper(page, kind, trace) {
  await press(page, kind);
  return result(page, kind, trace);
}

/**
 * @param {Page} page
 * @param {string} kind
 */
async function press(page, kind) {
  await page.evaluate(() => {
    for (const item of document.querySelectorAll("#tamper-results > li")) item.setAttribute("data-seen", "");
  });
  await page.locator(`#tamper-${kind}`).click();
}

/**
 * The result of the button that was pressed last, once all of it is there.
 *
 * @param {Page} page
 * @param {string} kind
 * @param {"live" | "off"} trace
 */
async function result(page, kind, trace) {
  const item = page.locator(`#tamper-results > li[data-kind=${kind}]:not([data-seen])`);
  await item.waitFor();
  const outcome = await item.getAttribute("data-outcome");
  const why = trace === "live" ? "[data-rule]" : "[data-untold]";
  if (outcome === "refused") await item.locator(why).first().waitFor({ state: "attached" });
  // A function's lines come when they come.
  const reason = item.locator("[data-reason]");
  if (await item.locator("[data-rule='28']").count()) await reason.first().waitFor({ state: "attached" });
  const rule = item.locator("[data-rule]");
  const text = async (/** @type {string} */ part) =>
    (await item.locator(part).count()) ? item.locator(part).first().textContent() : null;
  return {
    kind,
    outcome,
    surprise: await item.evaluate((item) => item.hasAttribute("data-surprise")),
    rule: (await rule.count()) ? Number(await rule.first().getAttribute("data-rule")) : null,
    words: await text("[data-rule]"),
    found: await text("[data-found]"),
    reason: (await reason.count()) ? await reason.first().getAttribute("data-reason") : null,
    untold: await text("[data-untold]"),
    before: await text("[data-before]"),
    after: await text("[data-after]"),
    status: await page.locator("#tamper-status").textContent(),
  };
}

/**
 * The secrets of every URL that the page is given, and which of them stand anywhere in it.
 *
 * @param {Page} page
 */
function secretsOf(page) {
  /** @type {Promise<string[]>[]} */
  const given = [];
  page.on("response", (response) => {
    if (response.request().method() !== "POST" || !response.url().endsWith("/sign")) return;
    given.push(
      response.json().then(({ url }) => {
        const { searchParams } = new URL(url);
        return ["X-Amz-Signature", "X-Amz-Security-Token"].map((name) => searchParams.get(name) ?? "");
      }),
    );
  });
  return {
    count: () => given.length,
    async shown() {
      const secrets = (await Promise.all(given)).flat();
      check(
        secrets.every((secret) => secret.length > 20),
        "every URL has both secrets",
      );
      const whole = await page.evaluate(() => {
        const values = [...document.querySelectorAll("input, select, textarea")].map((field) =>
          "value" in field ? field.value : "",
        );
        return [document.documentElement.outerHTML, ...values].join("\n");
      });
      const forms = (/** @type {string} */ secret) => [secret, encodeURIComponent(secret)];
      // Several URLs are signed with one token.
      return [...new Set(secrets)].filter((secret) => forms(secret).some((form) => whole.includes(form)))
        .length;
    },
  };
}
