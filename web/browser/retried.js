/** `/sign` or the handshake fails for a while: the client waits longer each time, and gets through. */

import { ask, check, connect, echo, open, pass, seen, state, story } from "./driver.js";

/** @import { Given } from "./driver.js" */

await story(async (/** @type {Given & { faults: string[] }} */ { browser, site, sign, now, faults }) => {
  const page = await open(browser, site, { now });
  for (const fault of faults) await ask({ do: "fault", fault });
  await connect(page, { sign, query: { room: "lobby" } });
  /** @type {{ attempt: number, delay: number, name: string, status?: number, code?: unknown }[]} */
  const failures = [];
  while (failures.length < 3) {
    await state(page, "waiting");
    const { attempt, delay, cause } = (await seen(page, "statechange")).at(-1)?.state ?? {};
    failures.push({ attempt, delay, name: cause.name, status: cause.status, code: cause.code });
    if (failures.length === 3) await ask({ do: "mend" });
    const before = (await seen(page, "statechange")).length;
    await pass(page, { milliseconds: Math.ceil(delay), step: Math.ceil(delay), restless: true });
    await page.waitForFunction((before) => {
      const now = window.events.filter((event) => event.type === "statechange");
      return now.length > before && ["waiting", "open"].includes(now.at(-1)?.state.name);
    }, before);
  }
  await state(page, "open");
  await echo(page, "hello");
  const [first, ...further] = failures.map((failure) => failure.attempt);
  check(first === 1 && further.every((attempt, index) => attempt === index + 2), "failures are counted");
  return failures.map(({ name, status, code }) => ({ name, status, code }));
});
