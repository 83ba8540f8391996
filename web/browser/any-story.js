/** Any story: a page talks while this and that happens to it, in an order that a seed decides. */

import { ask, connect, open, pass, rest, seen, story } from "./driver.js";
import { lines } from "./talkative.js";

/** @import { Given } from "./driver.js" */

/**
 * @typedef {object} Wanted
 * @property {number} seed
 * @property {number} steps
 */

const MINUTE = 60_000;

await story(async (/** @type {Given & Wanted} */ { browser, site, sign, now, seed, steps }) => {
  const random = randomOf(seed);
  const below = (/** @type {number} */ bound) => Math.floor(random() * bound);
  const page = await open(browser, site, { now });
  const handOver = { after: 10 * MINUTE, spread: 5 * MINUTE };
  // After many failures Chromium itself lets handshakes wait, by the machine's clock.
  const backOff = { base: 8_000 };
  await connect(page, { sign, handOver, backOff, idMember: "pushed" });
  await rest(page);

  let said = 0;
  let pushed = 0;
  /** @type {string[]} */
  const told = [];
  const say = async () => {
    const texts = Array.from({ length: 1 + below(10) }, () => `message ${said++}`);
    await page.evaluate((texts) => {
      for (const text of texts) window.socket.send(text);
    }, texts);
  };
  const restless = () => pass(page, { milliseconds: 1000 + below(3000), step: 1000, restless: true });

  const happenings = {
    say,
    push: () => ask({ do: "push", text: JSON.stringify({ pushed: `push ${pushed++}` }) }),
    "time passes": () => pass(page, { milliseconds: below(15 * MINUTE) }),
    "a minute passes": () => pass(page, { milliseconds: below(MINUTE) }),
    "the network is cut": () => ask({ do: "cut" }),
    "the server closes": () => ask({ do: "close" }),
    "the next message cuts": () => ask({ do: "fault", fault: "socket=cut,1" }),
    "the next handshake fails": () => ask({ do: "fault", fault: "function:ConnectFunction=killed,1" }),
    "the next URL fails": () => ask({ do: "fault", fault: "function:SignFunction=killed,1" }),
    "the network is down": async () => {
      await ask({ do: "network", is: "down" });
      await say();
      await restless();
      await ask({ do: "network", is: "up" });
    },
    "connections wait": async () => {
      await ask({ do: "hold", what: ["newConnections"] });
      await say();
      await restless();
      await ask({ do: "hold", what: [] });
    },
    "answers wait": async () => {
      await ask({ do: "hold", what: ["answers"] });
      await say();
      await ask({ do: "hold", what: [] });
    },
  };
  const names = Object.keys(happenings);
  for (let step = 0; step < steps; step += 1) {
    // To talk is half of it.
    const name = random() < 0.5 ? "say" : (names[below(names.length)] ?? "say");
    told.push(name);
    await Reflect.get(happenings, name)();
    if (random() < 0.5) await rest(page);
  }
  await ask({ do: "mend" });
  await rest(page);
  await pass(page, { milliseconds: 2 * MINUTE });
  return {
    told,
    said,
    lines: await lines(page),
    events: await seen(page),
    connections: await ask({ do: "connections" }),
  };
});

/**
 * Numbers from 0 to less than 1, the same ones for the same seed (mulberry32).
 *
 * @param {number} seed
 */
function randomOf(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
