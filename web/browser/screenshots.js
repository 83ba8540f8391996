/**
 * Pictures of the page for the README, by hand:
 * `CHROMIUM=$(command -v chromium) node web/browser/screenshots.js URL FOLDER`, with the address of the page of a
 * `countersign run` that was just started. The page's clock stands and secrets stay masked; what is new in each run is the
 * nonce, and the time that is shown.
 */

import { join } from "node:path";
import { chromium } from "playwright-core";

/**
 * `light` and `dark` are those of the README: what was tampered with. Of each there is also the whole page.
 *
 * @type {{ name: string, colorScheme: "light" | "dark", width: number }[]}
 */
const PICTURES = [
  { name: "light", colorScheme: "light", width: 1280 },
  { name: "dark", colorScheme: "dark", width: 1280 },
  { name: "phone", colorScheme: "light", width: 390 },
];

/** What is done to URLs. The last one stands open in the picture, and the one before is opened. */
const TAMPERED = ["tamper-grant", "tamper-order", "tamper-twice", "tamper-character"];

const [, , url, folder] = process.argv;
const { CHROMIUM: executablePath } = process.env;
if (url === undefined || folder === undefined || executablePath === undefined) {
  console.error("expected: CHROMIUM=$(command -v chromium) node web/browser/screenshots.js URL FOLDER");
  process.exit(2);
}
const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb", "--font-render-hinting=none"],
});
try {
  for (const picture of PICTURES) await take(picture, url, folder);
} finally {
  await browser.close();
}

/**
 * @param {typeof PICTURES[number]} picture
 * @param {string} url
 * @param {string} folder
 */
async function take({ name, colorScheme, width }, url, folder) {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    deviceScaleFactor: 2,
    colorScheme,
    reducedMotion: "reduce",
    locale: "en-GB",
    timezoneId: "UTC",
  });
  const page = await context.newPage();
  await page.clock.setFixedTime(new Date());
  await page.goto(url);
  await page.locator("#sign-button").click();
  await page.locator('#sign-result[data-outcome="signed"]').waitFor();
  await page.locator("#connect-button").click();
  await page.locator('#state[data-state="open"]').waitFor();
  await page.locator("#send-button").click();
  await page.locator('#conversation li[data-kind="echo"]').waitFor();
  await page.locator("#tamper-parameter").selectOption("room");
  const results = page.locator("#tamper-results > li");
  for (const [index, id] of TAMPERED.entries()) {
    await page.locator(`#${id}`).click();
    await results.nth(index).waitFor();
    const told = page
      .locator("#tamper-results > li:first-child")
      .and(page.locator('[data-outcome="opened"], :has([data-rule])'));
    await told.waitFor();
  }
  await results.nth(1).locator("summary").click();
  await page.evaluate(() => {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  });
  await page.locator("#tamper").screenshot({ path: join(folder, `${name}.png`) });
  await page.screenshot({ path: join(folder, `${name}-whole.png`), fullPage: true });
  await context.close();
}
