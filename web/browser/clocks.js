/** The page's clock and the stack's, driven together. */

import { installTraffic } from "./traffic.js";

/** @import { BrowserContext, Page } from "playwright-core" */

/** Stops the clock of every page of a context that is opened from now on, at the stack's time. */
export async function stopClock(/** @type {BrowserContext} */ context, /** @type {number} */ now) {
  await context.clock.install({ time: now });
  await context.clock.pauseAt(now);
  await context.addInitScript(installTraffic);
}

/** Both clocks, in step. */
export class Clocks {
  #page;
  #advance;

  /**
   * @param {Page} page one whose clock stands
   * @param {(milliseconds: number) => Promise<unknown>} advance lets time pass on the other side
   */
  constructor(page, advance) {
    this.#page = page;
    this.#advance = advance;
  }

  /** Waits until nothing is under way; the milliseconds to the page's next timer. */
  quiet() {
    return this.#page.evaluate(() => /** @type {any} */ (window).traffic.quiet());
  }

  /**
   * Lets so much time pass, from one of the page's timers to the next, and lets all become quiet at each.
   *
   * @param {number} milliseconds
   */
  async pass(milliseconds) {
    for (let left = milliseconds; left > 0; ) left -= await this.step(left);
  }

  /**
   * Lets time pass to the page's next timer, or for `limit` milliseconds if that is less; how long it was.
   *
   * @param {number} limit
   */
  async step(limit) {
    const next = await this.quiet();
    const milliseconds = Math.max(1, Math.min(Math.ceil(next), limit));
    // The stack first: what the page does at that time, it does then.
    await this.#advance(milliseconds);
    await this.#page.clock.runFor(milliseconds);
    await this.quiet();
    return milliseconds;
  }
}
