/** The page of a stack whose `/sign` wants AWS credentials: what it answered elsewhere is pasted, and is good once. */

import { check, open, rest, story, until } from "./driver.js";

/** @import { Given } from "./driver.js" */

/** What a browser does not take, for its port. */
const FAULTY = "wss://h:99999/prod?X-Amz-Date=20260101T000000Z&X-Amz-Signature=5ec2e7";

await story(
  async (/** @type {Given & { answers: string[] }} */ { browser, page: origin, sign, now, answers }) => {
    const page = await open(browser, `${origin}/`, { now });
    let asked = 0;
    page.on("request", (request) => {
      if (request.url() === sign) asked += 1;
    });
    const [first = "", second = ""] = answers;
    await page.locator("#trace-state[data-state=live]").waitFor();
    check(
      !(await page.locator("#sign-button").isVisible()),
      "there is nothing to press that a page cannot do",
    );

    const paste = async (/** @type {string} */ answer) => {
      await page.locator("#answer").fill(answer);
      await page.locator("#take-answer").click();
    };
    const tamper = async (/** @type {string} */ kind) => {
      const results = page.locator("#tamper-results > li");
      const count = await results.count();
      await page.locator(`#tamper-${kind}`).click();
      await results.nth(count).waitFor();
      const rule = results.first().locator("[data-rule]");
      return {
        kind,
        outcome: await results.first().getAttribute("data-outcome"),
        rule: (await rule.count()) ? await rule.getAttribute("data-rule") : null,
      };
    };
    const life = () => page.locator("#anatomy [data-life]").getAttribute("data-life");

    await paste(FAULTY);
    const refused = await page.locator(".paste .problem").isVisible();
    const tampered = [await tamper("add")];
    await paste(first);
    await page.locator("#anatomy [data-life=good]").waitFor();
    // What is refused by its signature has not spent it; what opens has.
    for (const kind of ["add", "signature"]) tampered.push(await tamper(kind));
    const before = await life();
    for (const kind of ["order", "add"]) tampered.push(await tamper(kind));
    const after = await life();
    await page.locator("#connect-button").click();
    const state = await page.locator("#state").getAttribute("data-state");

    await paste(second);
    await page.locator("#connect-button").click();
    await page.locator("#state[data-state=open]").waitFor();
    await page.locator("#send-button").click();
    await page.locator("#conversation li[data-kind=echo]").waitFor();
    await until("the URL is known to be used", async () => (await life()) === "used");
    await page.locator("#close-button").click();
    await page.locator("#state[data-state=closed]").waitFor();
    await rest(page);
    const html = await page.evaluate(() => document.documentElement.outerHTML);
    const secrets = answers.flatMap((answer) => {
      const { searchParams } = new URL(JSON.parse(answer).url);
      return ["X-Amz-Signature", "X-Amz-Security-Token"].map((name) => searchParams.get(name) ?? "");
    });
    check(
      secrets.every((secret) => secret.length > 20),
      "both answers hold secrets",
    );
    const shown = [...secrets, "5ec2e7"].filter((secret) => html.includes(secret)).length;
    return { refused, tampered, before, after, state, asked, shown };
  },
);
