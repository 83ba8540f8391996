/** Tries a URL as a page does, and waits for what is to be waited for. */

import { NotTried } from "./tamper-url.js";

/** @import { Handshake } from "./trace-journal.js" */
/** @import { Watch } from "./trace-watch.js" */

/**
 * Milliseconds that a handshake may take. API Gateway waits 29 s for a function ("Limits" in the README); but browsers print the URL
 * of a handshake that is broken off, so it is broken off when a URL has ended.
 */
const LONGEST_TRY = 60_000;

/** Milliseconds that `close` may come after `error`: what a policy of the page blocks has none. */
const CLOSING = 1_000;

/** Milliseconds that the trace may take to tell how a handshake ended. */
const TELLING = 3_000;

/** Milliseconds between two looks at the clock. */
const TICK = 250;

/**
 * Opens a URL, and closes what opens. Throws {@link NotTried} where the browser does not let it, or nobody answers.
 *
 * @param {string} url
 * @param {(url: string) => WebSocket} [open]
 * @returns {Promise<{ opened: boolean, code: number }>} the close code is all that a page is told
 */
export function tryUrl(url, open = (url) => new WebSocket(url)) {
  return new Promise((resolve, reject) => {
    const socket = opening(url, open);
    let opened = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let closing;
    const limit = setTimeout(() => {
      fail(`nobody has answered in ${LONGEST_TRY / 1_000} seconds`);
      socket.close();
    }, LONGEST_TRY);
    const finish = () => {
      clearTimeout(limit);
      clearTimeout(closing);
    };
    const fail = (/** @type {string} */ why) => {
      finish();
      // What has opened was tried, whether or not the other side says farewell.
      if (opened) resolve({ opened, code: 1006 });
      else reject(new NotTried(why));
    };
    socket.addEventListener("open", () => {
      opened = true;
      socket.close(1000);
    });
    socket.addEventListener("error", () => {
      const why = "this browser does not let the page connect to that address";
      closing = setTimeout(() => fail(why), CLOSING);
    });
    socket.addEventListener("close", ({ code }) => {
      finish();
      resolve({ opened, code });
    });
  });
}

/**
 * What the browser says of a URL that it does not take holds the whole URL.
 *
 * @param {string} url
 * @param {(url: string) => WebSocket} open
 */
function opening(url, open) {
  try {
    return open(url);
  } catch {
    throw new NotTried("this browser does not take the URL as that of a WebSocket");
  }
}

/**
 * Waits until the trace has told how a handshake ended, or will not.
 *
 * @param {Watch} watch
 * @param {() => Handshake | null} record
 * @returns {Promise<void>}
 */
export function untilTold(watch, record) {
  return new Promise((resolve) => {
    const over = new AbortController();
    const finish = () => {
      over.abort();
      clearTimeout(limit);
      resolve();
    };
    const look = () => {
      const handshake = record();
      if (watch.state !== "live" || handshake?.ended || handshake?.gone) finish();
    };
    const limit = setTimeout(finish, TELLING);
    watch.addEventListener("change", look, { signal: over.signal });
    watch.addEventListener("state", look, { signal: over.signal });
    look();
  });
}

/**
 * Waits until a time, by the clock: a machine may sleep meanwhile.
 *
 * @param {number} end in milliseconds since 1970
 * @param {(seconds: number) => void} show told the seconds that are left, whenever they change
 * @param {AbortSignal} signal
 * @returns {Promise<"over" | "cancelled">}
 */
export function waitUntil(end, show, signal) {
  return new Promise((resolve) => {
    let shown = Number.NaN;
    const finish = (/** @type {"over" | "cancelled"} */ how) => {
      clearInterval(ticking);
      signal.removeEventListener("abort", cancel);
      resolve(how);
    };
    const cancel = () => finish("cancelled");
    const look = () => {
      const seconds = Math.max(0, Math.ceil((end - Date.now()) / 1_000));
      if (seconds !== shown) show(seconds);
      shown = seconds;
      if (Date.now() >= end) finish("over");
    };
    const ticking = setInterval(look, TICK);
    signal.addEventListener("abort", cancel);
    if (signal.aborted) cancel();
    else look();
  });
}
