/** A page that never stops talking hands over several times. */

import { ask, connect, leap, open, pass, rest, seen, story, until } from "./driver.js";
import { hold, lines, talkative } from "./talkative.js";

/** @import { Given } from "./driver.js" */

/**
 * @typedef {object} Wanted
 * @property {number} rounds how often it hands over
 * @property {number} messages how many are said in all
 * @property {{ after: number, spread: number, linger: number }} handOver the client's option
 */

/** Messages of one round, by what happens meanwhile. */
const SAID = { before: 60, signing: 80, connecting: 72, late: 8, lingering: 60, longer: 20 };

await story(async (/** @type {Given & Wanted} */ { browser, site, sign, now, ...wanted }) => {
  const { rounds, messages, handOver } = wanted;
  const page = await open(browser, site, { now });
  await connect(page, { sign, query: { room: "lobby" }, handOver, idMember: "pushed" });
  await rest(page);
  const say = await talkative(page);

  /** @type {{ id: string, to: number }[]} */
  const pushes = [];
  const push = async () => {
    const id = `push ${pushes.length}`;
    pushes.push({ id, to: await ask({ do: "push", text: JSON.stringify({ pushed: id }) }) });
  };
  const isHandingOver = () => page.evaluate(() => window.socket.state.name === "handing-over");
  /** @type {number[]} */
  const late = [];

  for (let round = 0; round < rounds; round += 1) {
    await say(SAID.before);
    await push();
    const release = await hold(page, sign);
    for (;;) {
      await leap(page);
      if (await isHandingOver()) break;
      await rest(page);
    }

    await say(SAID.signing);
    await push();

    await ask({ do: "hold", what: ["newConnections"] });
    release();
    await until("the next connection is being opened", async () => (await lines(page)).length === round + 2);
    await say(SAID.connecting);
    await push();

    // These are answered only once the next connection is open.
    await ask({ do: "hold", what: ["newConnections", "answers"] });
    await say(SAID.late);
    await ask({ do: "hold", what: ["answers"] });
    await until("the next connection is open", async () => (await lines(page))[round + 1]?.openedAt);
    const old = (await lines(page))[round];
    late.push((old?.sent.length ?? 0) - (old?.answers ?? 0));
    await say(SAID.lingering);
    await push();
    await ask({ do: "hold", what: [] });

    await pass(page, { milliseconds: handOver.linger / 2 });
    await push();
    await say(SAID.longer);
    await pass(page, { milliseconds: handOver.linger });
    await push();
  }
  await say(messages - rounds * Object.values(SAID).reduce((sum, count) => sum + count));
  await rest(page);
  return {
    late,
    pushes,
    lines: await lines(page),
    states: (await seen(page, "statechange")).map(({ state }) => state.name),
    delivered: (await seen(page, "message")).map(({ data }) => JSON.parse(data)),
    connections: await ask({ do: "connections" }),
  };
});
