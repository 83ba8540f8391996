/** What every story shares: Chromium, pages whose time the story drives, and questions to the test that runs it. */

import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { chromium } from "playwright-core";
import { watchTraffic } from "./traffic.js";

/** @import { Browser, BrowserContextOptions, Page } from "playwright-core" */
/** @import { SignedWebSocketOptions } from "../client/src/options.js" */

/**
 * What a story is given: by every test the first ones, and further ones by its own.
 *
 * @typedef {object} Given
 * @property {Browser} browser
 * @property {string} site the origin of the bare page
 * @property {string} page the origin of the page that the stack serves
 * @property {string} sign the address of `/sign`
 * @property {string} websocket the address of the WebSocket API's stage
 * @property {number} now the stack's clock, in milliseconds since 1970
 */

/**
 * Something that has happened to a socket.
 *
 * @typedef {object} Seen
 * @property {string} type
 * @property {number} at by the page's clock
 * @property {string} data
 * @property {number} [code]
 * @property {string} [reason]
 * @property {boolean} [wasClean]
 * @property {any} [state] with its cause as a page can read it
 * @property {string} [previous] the name of the state before
 * @property {any} [error] as a page can read it
 * @property {string} url
 */

/** How long a condition may take to come true: far longer than it takes. */
const PATIENCE = 30_000;

/** How often a condition is looked at. */
const INTERVAL = 10;

/** Nothing of a browser's own goes to the network, and its sandbox does not keep a container from running it. */
const SWITCHES = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/**
 * Whoever asks first is answered first.
 *
 * @type {Promise<unknown>}
 */
let turn = Promise.resolve();

/**
 * Everything that a page has said: console lines and errors that nobody caught.
 *
 * @type {string[]}
 */
const heard = [];

/**
 * What Chromium has said of its own.
 *
 * @type {string[]}
 */
const chromiums = [];

/**
 * Runs a story with Chromium and what the test has given, and tells the test what it returns. No page of a story may
 * say a signature on its console.
 *
 * @template {object} More
 * @param {(given: Given & More) => Promise<unknown>} tell
 */
export async function story(tell) {
  try {
    const given = await next();
    const browser = await launch(given);
    try {
      const result = await tell({ ...given, browser });
      const told = heard.filter((text) => /X-Amz-Signature|X-Amz-Security-Token/i.test(text));
      check(told.length === 0, `a page has told a signed URL ${told.length} times`);
      write({ do: "end", result });
    } finally {
      await browser.close();
    }
  } catch (error) {
    const told = error instanceof Error ? error.stack : error;
    const lines = [
      told,
      ...heard.map((text) => `page: ${text}`),
      ...chromiums.map((text) => `Chromium: ${text}`),
    ];
    process.stderr.write(lines.map((line) => `${masked(String(line))}\n`).join(""));
    process.exitCode = 1;
  } finally {
    process.stdin.destroy();
  }
}

/**
 * Asks the test for something: see `Request` in `tests/src/browser.rs`.
 *
 * @param {{ do: string, [name: string]: unknown }} request
 * @returns {Promise<any>}
 */
export function ask(request) {
  const answer = turn.then(() => {
    write(request);
    return next();
  });
  turn = answer.catch(() => {});
  return answer;
}

/**
 * Fails the story with `what` unless it is true.
 *
 * @param {boolean} isTrue
 * @param {string} what
 */
export function check(isTrue, what) {
  if (!isTrue) throw new Error(`it is not so: ${what}`);
}

/**
 * Waits until `isTrue` says so, and returns what it said; fails with `what` if that does not come.
 *
 * @template Found
 * @param {string} what
 * @param {() => Promise<Found> | Found} isTrue
 */
export async function until(what, isTrue) {
  const end = performance.now() + PATIENCE;
  for (;;) {
    const found = await isTrue();
    if (found) return found;
    if (performance.now() > end) throw new Error(`it did not come true that ${what}`);
    await wait(INTERVAL);
  }
}

/**
 * A page in a context of its own, at `url`. With `now`, in milliseconds since 1970, its timers and its `Date` stand there
 * until {@link pass} moves them. `context` has Playwright's options for the context.
 *
 * @param {Browser} browser
 * @param {string} url
 * @param {{ now?: number, context?: BrowserContextOptions }} [options]
 */
export async function open(browser, url, { now, context = {} } = {}) {
  const page = await (await browser.newContext(context)).newPage();
  // What Chromium itself writes has no arguments. Of a handshake that failed it writes the URL: no page can keep it from
  // that, or read it.
  page.on("console", (message) => (message.args().length > 0 ? heard : chromiums).push(message.text()));
  page.on("pageerror", (error) => heard.push(String(error.stack)));
  if (now !== undefined) {
    // It runs until it is told to stand, and stands at no time that is over.
    await page.clock.install({ time: now - 24 * 60 * 60 * 1000 });
    await page.clock.pauseAt(now);
  }
  await page.addInitScript(watchTraffic);
  await page.goto(url);
  return page;
}

/**
 * Lets time pass for the stack and the page alike, from one of the page's timers to the next and at most by `step`. Behind
 * each step the page's traffic comes to rest, so that no answer is late only because nobody waited for it; with
 * `restless`, as under a silent network, it need not.
 *
 * @param {Page} page
 * @param {{ milliseconds: number, step?: number, restless?: boolean }} time
 */
export async function pass(page, { milliseconds, step = Number.POSITIVE_INFINITY, restless = false }) {
  for (let left = milliseconds; left > 0; ) {
    left -= await leap(page, Math.min(step, left));
    if (!restless) await rest(page);
  }
}

/**
 * Lets time pass to the page's next timer, and at most by `longest`; how long it was, in milliseconds. What the page does
 * at that time may be under way still.
 *
 * @param {Page} page
 * @param {number} [longest]
 */
export async function leap(page, longest = Number.POSITIVE_INFINITY) {
  const next = await page.evaluate(() => window.traffic.nextTimer());
  const milliseconds = Math.max(1, Math.min(Math.ceil(next), longest));
  // The stack first: what the page does at that time, it does then.
  await ask({ do: "advance", milliseconds });
  await page.clock.runFor(milliseconds);
  return milliseconds;
}

/**
 * Waits until the page waits for nothing, and the stack has as many open connections as the page.
 *
 * @param {Page} page
 */
export async function rest(page) {
  await until("the traffic comes to rest", async () => {
    const open = await page.evaluate(() => window.traffic.quiet());
    return open === (await ask({ do: "connections" })).open;
  });
}

/**
 * A `SignedWebSocket` on the bare page, as `window.socket`. All that happens to it is noted in `window.events`, with what a
 * page could read of it: {@link seen} returns that. `idMember` names what is a message's id, if it is JSON.
 *
 * @param {Page} page
 * @param {SignedWebSocketOptions & { idMember?: string }} options
 */
export async function connect(page, options) {
  await page.waitForFunction(() => window.client);
  await page.evaluate(({ idMember, ...options }) => {
    if (idMember) options.messageId = (data) => JSON.parse(data)[idMember];
    const socket = new window.client.SignedWebSocket(options);
    window.socket = socket;
    window.events = [];
    const told = (/** @type {any} */ error) =>
      error && {
        ...error,
        name: error.name,
        message: error.message,
        stack: error.stack,
        text: String(error),
      };
    for (const type of ["open", "message", "statechange", "error", "close", "drain"]) {
      socket.addEventListener(type, (/** @type {any} */ event) => {
        const { data, code, reason, wasClean, error, previous } = event;
        const state = event.state && { ...event.state, cause: told(event.state.cause) };
        const names = { state, previous: previous?.name, error: told(error), url: socket.url };
        window.events.push({ type, at: Date.now(), data, code, reason, wasClean, ...names });
      });
    }
  }, options);
}

/**
 * What has happened to the page's socket, in order, or only events of one type.
 *
 * @param {Page} page
 * @param {string} [type]
 * @returns {Promise<Seen[]>}
 */
export async function seen(page, type) {
  const events = await page.evaluate(() => window.events);
  const text = JSON.stringify(events);
  check(!/X-Amz-|grant\.nonce/i.test(text), `no event holds a part of a signed URL: ${masked(text)}`);
  return type === undefined ? events : events.filter((event) => event.type === type);
}

/**
 * Waits until the page's socket is in this state.
 *
 * @param {Page} page
 * @param {string} name
 */
export async function state(page, name) {
  await until(
    `the socket is ${name}`,
    async () => (await page.evaluate(() => window.socket.state.name)) === name,
  );
}

/**
 * Sends a text by the page's socket, and returns the echo.
 *
 * @param {Page} page
 * @param {string} text
 */
export async function echo(page, text) {
  await page.evaluate((text) => window.socket.send(text), text);
  return until(`${text} comes back`, async () => {
    const messages = (await seen(page, "message")).map((event) => JSON.parse(event.data));
    return messages.find((message) => message.message === text);
  });
}

/** @param {{ chromium: string, resolver?: string }} given */
function launch({ chromium: executablePath, resolver }) {
  const rules = resolver ? [`--host-resolver-rules=${resolver}`] : [];
  return chromium.launch({ executablePath, args: [...SWITCHES, ...rules] });
}

/** @param {unknown} value */
function write(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

async function next() {
  const { value, done } = await lines.next();
  if (done) throw new Error("the test has ended");
  return JSON.parse(value);
}

/**
 * A text without what follows the name of a secret.
 *
 * @param {string} text
 */
function masked(text) {
  return text.replace(/(X-Amz-(?:Signature|Security-Token)=)[^&\s"]*/gi, "$1…");
}
