/** What a page can read of the client while handshakes fail and connections are lost: nothing of a signed URL. */

import { ask, check, connect, echo, open, pass, seen, state, story, until } from "./driver.js";

/** @import { Given } from "./driver.js" */

const SECRETS = ["X-Amz-Signature", "X-Amz-Security-Token", "X-Amz-Credential", "grant.nonce"];

await story(async (/** @type {Given & { fault: string }} */ { browser, site, sign, now, fault }) => {
  const page = await open(browser, site, { now });
  /** @type {Set<string>} */
  const secrets = new Set();
  /** @type {string[]} */
  const told = [];
  let chromiums = 0;
  page.on("websocket", (socket) => {
    const { searchParams } = new URL(socket.url());
    for (const name of SECRETS) {
      const value = searchParams.get(name);
      if (value !== null) secrets.add(value).add(encodeURIComponent(value));
    }
  });
  page.on("console", (message) => {
    if (message.args().length > 0) told.push(message.text());
    else if (/X-Amz-Signature/.test(message.text())) chromiums += 1;
  });
  page.on("pageerror", (error) => told.push(`${error.message} ${error.stack}`));

  await ask({ do: "fault", fault });
  await connect(page, { sign, query: { room: "lobby" } });
  // A page that does what it can to see it, and faults of its own.
  await page.evaluate(() => {
    const { socket } = window;
    for (const type of ["open", "message", "statechange", "error", "close"]) {
      socket.addEventListener(type, (event) => console.log(socket, event, socket.url, JSON.stringify(event)));
      socket.addEventListener(type, (event) => {
        throw new Error(`thrown at ${event.type}`, { cause: event });
      });
    }
  });
  await until("handshakes have failed three times", async () => {
    await pass(page, { milliseconds: 1000, restless: true });
    return (await seen(page, "error")).length >= 3;
  });
  await ask({ do: "mend" });
  await until("it is open", async () => {
    await pass(page, { milliseconds: 1000, restless: true });
    return page.evaluate(() => window.socket.state.name === "open");
  });
  await echo(page, "hello");
  await ask({ do: "cut" });
  await state(page, "waiting");
  await page.evaluate(() => window.socket.close());
  await state(page, "closed");

  const events = JSON.stringify(await seen(page));
  const readable = [...told, events, await page.evaluate(() => document.documentElement.outerHTML)].join(
    "\n",
  );
  check(
    readable.includes("thrown at error") && readable.includes("statechange"),
    "what a page says is heard",
  );
  const found = [...secrets].filter((secret) => readable.includes(secret));
  check(found.length === 0, `${found.length} secrets could be read`);
  // Four URLs, each with a signature and a nonce of its own, under one session.
  return { secrets: secrets.size >= 4 * 2 + 2, chromiums: chromiums >= 3 };
});
