/** The browser's environment, over globals of a test. */

import { afterEach, expect, test, vi } from "vitest";
import { browser } from "../src/environment.js";
import { SignedWebSocket } from "../src/index.js";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** A page: what `globalThis` has in a browser and node has not. */
function page() {
  const document = Object.assign(new EventTarget(), {
    visibilityState: "hidden",
    baseURI: "https://page.example/a/",
  });
  const window = new EventTarget();
  const listening = new Set<string>();
  vi.stubGlobal("document", document);
  vi.stubGlobal(
    "addEventListener",
    (type: string, listener: () => void, options: { signal: AbortSignal }) => {
      listening.add(type);
      options.signal.addEventListener("abort", () => listening.delete(type));
      window.addEventListener(type, listener, options);
    },
  );
  return { document, window, listening };
}

test("it tells of the network, and of the page being seen, until it need not", () => {
  const { document, window, listening } = page();
  const seen: string[] = [];
  const stop = browser.watch({ online: () => seen.push("online"), visible: () => seen.push("visible") });
  const happen = () => {
    window.dispatchEvent(new Event("online"));
    document.visibilityState = "hidden";
    document.dispatchEvent(new Event("visibilitychange"));
    document.visibilityState = "visible";
    document.dispatchEvent(new Event("visibilitychange"));
  };
  happen();
  expect(seen).toEqual(["online", "visible"]);
  stop();
  happen();
  expect(seen).toEqual(["online", "visible"]);
  expect(listening).toEqual(new Set());
});

test("it works where there is no page: in node, and in a worker", () => {
  expect(browser.base).toBeUndefined();
  expect(browser.isOnline()).toBe(true);
  browser.watch({ online() {}, visible() {} })();
});

test("only what the browser says to be offline is", () => {
  for (const [onLine, expected] of [
    [true, true],
    [false, false],
    [undefined, true],
  ]) {
    vi.stubGlobal("navigator", { onLine });
    expect(browser.isOnline()).toBe(expected);
  }
});

test("an address of /sign is relative to the page", () => {
  page();
  expect(browser.base).toBe("https://page.example/a/");
});

test("time is the clock's, randomness from 0 to less than 1", () => {
  vi.useFakeTimers({ now: 1_234 });
  expect(browser.now()).toBe(1_234);
  const fired: string[] = [];
  browser.setTimeout(() => fired.push("late"), 20);
  browser.clearTimeout(browser.setTimeout(() => fired.push("never"), 10));
  vi.advanceTimersByTime(20);
  expect(fired).toEqual(["late"]);
  for (let times = 0; times < 100; times++) {
    const random = browser.random();
    expect(random >= 0 && random < 1).toBe(true);
  }
});

test("a socket with nothing injected asks by the global fetch, and opens a global WebSocket", async () => {
  const asked: unknown[][] = [];
  vi.stubGlobal("fetch", (...parameters: unknown[]) => {
    asked.push(parameters);
    return Promise.resolve(Response.json({ url: "wss://gateway.example/prod?nonce=1" }, { status: 201 }));
  });
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const opened = new Promise<unknown[]>((resolve) => {
    vi.stubGlobal(
      "WebSocket",
      class {
        readyState = 0;
        constructor(...parameters: unknown[]) {
          resolve(parameters);
        }
        close() {}
      },
    );
  });
  const socket = new SignedWebSocket({ sign: "https://sign.example/sign", protocols: "chat" });
  expect(await opened).toEqual(["wss://gateway.example/prod?nonce=1", ["chat"]]);
  expect(asked).toMatchObject([
    [new URL("https://sign.example/sign"), { method: "POST", body: '{"query":{}}' }],
  ]);
  socket.close();
  vi.advanceTimersByTime(5_000);
  expect(socket.readyState).toBe(3);
  // The handshake goes on until its URL has ended.
  vi.advanceTimersByTime(60_000);
  expect(vi.getTimerCount()).toBe(0);
});
