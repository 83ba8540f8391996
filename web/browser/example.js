/** The page of the README's section "In a browser", as its reader uses it. */

import { ask, open, story, until } from "./driver.js";

await story(async ({ browser, site }) => {
  const page = await open(browser, `${site}/example`);
  const shown = async () => (await page.locator("#log").textContent()) ?? "";
  await until("it is open", async () => (await shown()).includes("open"));
  await page.getByRole("button", { name: "Send" }).click();
  await until("what was sent is echoed", async () => (await shown()).includes("hello, echoed"));
  await ask({ do: "cut" });
  await until("it waits", async () => (await shown()).includes("waiting"));
  // Sent meanwhile, and kept.
  await page.getByLabel("Message").fill("again");
  await page.keyboard.press("Enter");
  await until("what was kept is echoed", async () => (await shown()).includes("again, echoed"));
  return (await shown()).trim().split("\n");
});
