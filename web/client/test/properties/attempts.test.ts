/** Properties of the attempts to connect, over any history of failures and of networks that come and go. */

import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { SHORTEST_WAIT } from "../../src/limits.js";
import { FakeEnvironment } from "../fake/environment.js";
import type { Handshake, SignAnswer } from "../fake/gateway.js";
import { World } from "../fake/world.js";

// Each test has a hundred lives, and the machine may be busy.
vi.setConfig({ testTimeout: 120_000 });

const MINUTE = 60_000;
const MINUTES = 10;

/** Nothing ever succeeds for long. */
const failure = fc.oneof(
  fc.record({
    sign: fc.constantFrom<SignAnswer>({ status: 503, body: {} }, { status: 429, body: "" }, "no network"),
  }),
  fc.record({ handshake: fc.constantFrom<Handshake>("refused", "cut at once") }),
);

/** What the browser tells of, and after how long. */
const happening = fc.record({
  after: fc.oneof(fc.constant(0), fc.nat(50), fc.nat(5_000), fc.nat(MINUTE)),
  what: fc.constantFrom("offline" as const, "online" as const, "show" as const),
});

const check = (happenings: fc.Arbitrary<{ after: number; what: "offline" | "online" | "show" }[]>) =>
  fc.assert(
    fc.asyncProperty(fc.nat(), failure, fc.nat(5), happenings, async (seed, failure, latency, happenings) => {
      const environment = new FakeEnvironment(seed);
      environment.gateway.latency = () => latency;
      if ("sign" in failure) environment.gateway.signAlways = failure.sign;
      else environment.gateway.handshakeAlways = failure.handshake;
      const world = new World({}, environment);
      let onlines = 0;
      for (const { after, what } of happenings) {
        await world.advance(after);
        if (what === "show") environment.show();
        else if (what === "offline") environment.goOffline();
        else {
          onlines += 1;
          environment.goOnline();
        }
      }
      await world.advance(MINUTES * MINUTE);
      const attempts = environment.gateway.requests.map(({ at }) => at);
      for (const [index, at] of attempts.slice(1).entries()) {
        expect(at - (attempts[index] ?? 0)).toBeGreaterThanOrEqual(SHORTEST_WAIT);
      }
      for (const from of attempts) {
        const within = attempts.filter((at) => at >= from && at < from + MINUTE).length;
        // By then the waits are 15 seconds on average. Each `online` may end one.
        expect(within).toBeLessThanOrEqual(30 + onlines);
      }
      expect(attempts.length, "it goes on").toBeGreaterThan(MINUTES);
    }),
  );

test("while all fails there are few attempts in any minute, and they go on", () => check(fc.constant([])));

test("a network that comes and goes does not make them more than it comes", () =>
  check(fc.array(happening, { maxLength: 60, size: "max" })));

test("online events make an attempt within a second, and a burst of them one a second at most", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.array(fc.nat(200), { minLength: 1, maxLength: 200, size: "max" }),
      async (seed, waits) => {
        const world = new World({ backOff: { base: 30_000 } }, new FakeEnvironment(seed));
        world.gateway.handshakeAlways = "refused";
        // The wait that comes first is random, and may be shorter than a second by itself.
        await world.advance(200);
        const before = world.gateway.requests.length;
        let duration = 0;
        for (const wait of waits) {
          world.environment.goOnline();
          await world.advance(wait);
          duration += wait;
        }
        const own = world.states.filter((state) => state.name === "waiting" && state.delay < 1_000).length;
        expect(world.gateway.requests.length - before).toBeLessThanOrEqual(1 + duration / 1_000 + own);
        const came = world.clock.elapsed;
        world.environment.goOnline();
        await world.advance(1_000);
        // One that is under way goes on.
        expect(world.gateway.requests.at(-1)?.at).toBeGreaterThanOrEqual(came - 100);
      },
    ),
  );
});
