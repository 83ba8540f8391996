/** Properties of a client's life: of the hand-over, and of what goes wrong around it. */

import fc from "fast-check";
import { test, vi } from "vitest";
import { broken, Life, setting, sleepy, steady } from "./life.js";

vi.setConfig({ testTimeout: 120_000 });

test("where no connection is cut each message is answered once, where it went, and each push counts once", async () => {
  await fc.assert(
    fc.asyncProperty(setting, steady, async (setting, steps) => {
      const life = new Life(setting);
      await life.run(steps);
      life.holds();
      life.answered();
      life.complete();
      await life.ends();
    }),
  );
});

test("where connections are cut nothing is sent or counted twice, and it connects again", async () => {
  await fc.assert(
    fc.asyncProperty(setting, broken, async (setting, steps) => {
      const life = new Life(setting);
      await life.run(steps);
      life.holds();
      life.answered();
      await life.ends();
    }),
  );
});

test("while machine, timers and clock sleep or jump nothing is sent or counted twice, and it connects again", async () => {
  await fc.assert(
    fc.asyncProperty(setting, sleepy, async (setting, steps) => {
      const life = new Life(setting);
      await life.run(steps);
      life.holds();
      await life.ends();
    }),
  );
});

test("a close in the middle of anything leaves nothing behind", async () => {
  await fc.assert(
    fc.asyncProperty(setting, broken, async (setting, steps) => {
      const life = new Life(setting);
      await life.steps(steps);
      await life.ends();
    }),
  );
});
