/** A page that talks without a break, for stories that ask what became of each message. */

/** @import { Page } from "playwright-core" */

/**
 * Gives the page of `connect` a way to talk; what is returned sends so many messages, `message 0` and so on, a few at once
 * and each further one when an earlier one is answered, and is done when the last is sent.
 *
 * @param {Page} page
 */
export async function talkative(page) {
  await page.evaluate(() => {
    const atOnce = 8;
    const { socket } = window;
    let number = 0;
    let left = 0;
    /** @type {() => void} */
    let said = () => {};
    const next = () => {
      if (left === 0) return;
      left -= 1;
      socket.send(`message ${number}`);
      number += 1;
      if (left === 0) said();
    };
    socket.addEventListener("message", ({ data }) => {
      if ("message" in JSON.parse(data)) next();
    });
    window.say = (count) =>
      new Promise((/** @type {(value: void) => void} */ resolve) => {
        left = count;
        said = resolve;
        for (let begun = 0; begun < atOnce; begun += 1) next();
      });
  });
  return (/** @type {number} */ count) => page.evaluate((count) => window.say(count), count);
}

/**
 * Every socket that the page has had.
 *
 * @param {Page} page
 */
export function lines(page) {
  return page.evaluate(() => window.traffic.lines);
}

/**
 * Keeps the page's next request to `url` from going on until what it returns is called.
 *
 * @param {Page} page
 * @param {string} url
 */
export async function hold(page, url) {
  /** @type {() => void} */
  let release = () => {};
  /** @type {Promise<void>} */
  const released = new Promise((resolve) => {
    release = resolve;
  });
  await page.route(url, (route) => released.then(() => route.continue()), { times: 1 });
  return release;
}
