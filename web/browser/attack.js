/** Pages that are open in the same browser try to learn what the page of `countersign run` is told. */

import { check, open, story } from "./driver.js";

/** @import { Given } from "./driver.js" */
/** @import { Page } from "playwright-core" */

/**
 * Every way that a page has to ask for something; what each came to. A text that is read is told in full.
 *
 * @param {Page} page
 * @param {string} target
 * @returns {Promise<Record<string, string>>}
 */
function tried(page, target) {
  return page.evaluate(async (target) => {
    /** @param {RequestInit} request */
    const read = async (request) => {
      try {
        const response = await fetch(target, request);
        // The trace does not end: its first lines are enough.
        const reader = response.body?.getReader();
        const first = await reader?.read();
        await reader?.cancel();
        return `${response.type} ${response.status} ${new TextDecoder().decode(first?.value)}`.trim();
      } catch (error) {
        return String(error);
      }
    };
    /** @param {HTMLElement} element */
    const loaded = (element) =>
      new Promise((resolve) => {
        element.onload = () => resolve("loaded");
        element.onerror = () => resolve("failed");
        document.body.append(element);
      });
    const element = (/** @type {"script" | "img"} */ name) =>
      loaded(Object.assign(document.createElement(name), { src: target }));
    return {
      "fetch with CORS": await read({ method: "POST" }),
      "fetch without CORS": await read({ method: "POST", mode: "no-cors" }),
      "fetch with GET": await read({}),
      "fetch with GET and without CORS": await read({ mode: "no-cors" }),
      "fetch with a header": await read({ method: "POST", headers: { "X-Any": "1" } }),
      script: await element("script"),
      image: await element("img"),
      WebSocket: await new Promise((resolve) => {
        const socket = new WebSocket(target.replace("http:", "ws:"));
        socket.onopen = () => resolve("open");
        socket.onclose = () => resolve("closed");
      }),
      EventSource: await new Promise((resolve) => {
        const source = new EventSource(target);
        source.onmessage = ({ data }) => resolve(data);
        source.onerror = () => {
          source.close();
          resolve("failed");
        };
      }),
    };
  }, target);
}

/**
 * What a page reads of the page of `countersign run` in a frame, and in a window that it has opened.
 *
 * @param {Page} page
 * @param {string} target
 * @returns {Promise<Record<string, string>>}
 */
async function framed(page, target) {
  const opened = page.waitForEvent("popup");
  const seen = page.evaluate(async (target) => {
    const frame = document.createElement("iframe");
    frame.src = target;
    await new Promise((resolve) => {
      frame.onload = resolve;
      document.body.append(frame);
    });
    /** @param {() => string | undefined} look */
    const read = (look) => {
      try {
        return String(look());
      } catch (error) {
        return error instanceof DOMException ? error.name : String(error);
      }
    };
    Object.assign(window, { popup: window.open(target) });
    return { frame: read(() => frame.contentWindow?.document.body.textContent ?? "null") };
  }, target);
  const popup = await opened;
  await popup.waitForLoadState();
  const ofWindow = await page.evaluate(() => {
    try {
      const { popup } = /** @type {{ popup?: Window }} */ (/** @type {unknown} */ (window));
      return popup?.document.title ?? "null";
    } catch (error) {
      return error instanceof DOMException ? error.name : String(error);
    }
  });
  const shown = page.frames().find((frame) => frame !== page.mainFrame());
  await popup.close();
  return { ...(await seen), "what the frame shows": shown?.url() ?? "nothing", window: ofWindow };
}

/**
 * What comes of a form that posts there: its answer takes the place of the page, which never reads it.
 *
 * @param {Page} page
 * @param {string} target
 */
async function posted(page, target) {
  const answered = page.waitForResponse(target);
  await page.evaluate((target) => {
    const form = document.createElement("form");
    form.method = "post";
    form.action = target;
    document.body.append(form);
    form.submit();
  }, target);
  return (await answered).status();
}

await story(
  async (/** @type {Given & { from: Record<string, string> }} */ { browser, page: origin, from }) => {
    /** @type {Record<string, unknown>} */
    const seen = {};
    for (const [name, url] of Object.entries(from)) {
      const paths = ["/stack", "/trace"];
      /** @type {Record<string, unknown>} */
      const own = {};
      for (const path of paths) {
        const page = await open(browser, url);
        // A name that was made to lead here is an origin of its own, and asks itself.
        const target = new URL(path, name === "rebound" ? url : origin).href;
        own[path] = { ...(await tried(page, target)), form: await posted(page, target) };
        await page.context().close();
      }
      const page = await open(browser, url);
      own.page = await framed(page, `${origin}/`);
      await page.context().close();
      seen[name] = own;
    }

    // The page itself is told both: what was tried above could have been seen.
    const page = await open(browser, origin);
    const { "fetch with CORS": stack } = await tried(page, `${origin}/stack`);
    const { "fetch with CORS": trace } = await tried(page, `${origin}/trace`);
    check(stack?.startsWith("basic 200 {") ?? false, `the page is told of the stack: ${stack}`);
    check(trace?.startsWith('basic 200 {"event":"watching"') ?? false, `the page watches: ${trace}`);
    return seen;
  },
);
