/** What is tried again, when, and what is not. */

import { expect, test } from "vitest";
import { ConnectionError, SignError } from "../src/errors.js";
import type { SignedWebSocketOptions } from "../src/options.js";
import type { State } from "../src/state.js";
import { FakeEnvironment } from "./fake/environment.js";
import type { SignAnswer } from "./fake/gateway.js";
import { World } from "./fake/world.js";

function waits(world: World): Extract<State, { name: "waiting" }>[] {
  return world.states.filter((state) => state.name === "waiting");
}

/** Each wait is the middle of what it may be. */
function middle({ environment }: World) {
  environment.randomness = () => 0.5;
}

async function checkRetried(answer: SignAnswer, cause: Partial<SignError>) {
  const world = new World();
  world.gateway.signNext.push(answer);
  await world.advance(50_000);
  expect(world.socket.state.name).toBe("open");
  expect(world.gateway.requests.length).toBe(2);
  expect(waits(world).map(({ attempt, cause: { name } }) => [attempt, name])).toEqual([[1, "SignError"]]);
  expect(world.errors).toMatchObject([cause]);
  expect(world.errors[0]).toBe(waits(world)[0]?.cause);
}

test("what may pass is asked again", async () => {
  await checkRetried({ status: 429, body: { message: "Too Many Requests" } }, { status: 429, code: null });
  await checkRetried(
    { status: 500, body: { code: "internal_error" } },
    { status: 500, code: "internal_error" },
  );
  await checkRetried({ status: 503, body: { code: "credentials_unavailable" } }, { status: 503 });
  await checkRetried("no network", { status: 0 });
  await checkRetried("silence", { status: 0 });
  await checkRetried({ status: 200, body: "<html>a captive portal" }, { status: 200 });
});

test("a refusal is final", async () => {
  for (const status of [400, 401, 403, 404, 413]) {
    const world = new World();
    world.gateway.signNext.push({ status, body: { code: "no", detail: "never" } });
    await world.advance(3_600_000);
    expect(world.gateway.requests.length).toBe(1);
    expect(world.events).toEqual(["state:closed", "error", "close"]);
    const [error] = world.errors;
    expect(error).toMatchObject({ status, code: "no", detail: "never" });
    expect(world.closed).toEqual([{ code: 1006, reason: "refused", wasClean: false, error }]);
    expect(world.socket.state).toEqual({ name: "closed", code: 1006, reason: "refused", cause: error });
    expect(world.environment.leftBehind).toEqual({ timers: 0, listeners: 0 });
  }
});

test("a refused handshake is tried again under another URL", async () => {
  const world = new World();
  world.gateway.handshakeNext.push("refused", "refused");
  await world.advance(10_000);
  expect(world.socket.state.name).toBe("open");
  expect(new Set(world.gateway.handshakes.map(({ url }) => url)).size).toBe(3);
  expect(waits(world).map(({ attempt }) => attempt)).toEqual([1, 2]);
  expect(world.errors.map((error) => (error as ConnectionError).code)).toEqual([1006, 1006]);
  expect(world.errors[0]).toBeInstanceOf(ConnectionError);
});

test("a handshake that a policy of the page blocks has failed at once", async () => {
  const world = new World();
  world.gateway.handshakeNext.push("blocked");
  await world.advance(40);
  expect(world.states.map(({ name }) => name)).toEqual(["connecting", "waiting"]);
  expect(world.errors).toMatchObject([{ name: "ConnectionError", code: 1006 }]);
  await world.advance(1_000);
  expect(world.socket.state.name).toBe("open");
});

test("a handshake without an answer is given up when its URL has ended, after a minute", async () => {
  const world = new World();
  world.gateway.handshakeNext.push("silence");
  await world.advance(60_039);
  expect(world.socket.state.name).toBe("connecting");
  await world.advance(1_000);
  expect(world.errors.map(({ message }) => message)).toEqual(["the handshake has no answer in 60000 ms"]);
  expect(world.socket.state.name).toBe("open");
});

test("each wait is the back-off's, and is told", async () => {
  const world = new World();
  middle(world);
  world.gateway.signAlways = { status: 503, body: {} };
  await world.advance(50_000);
  const delays = waits(world).map(({ delay }) => delay);
  expect(delays).toEqual([300, 550, 1_050, 2_050, 4_050, 8_050, 15_050, 15_050, 15_050]);
  const times = world.gateway.requests.map(({ at }) => at);
  const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
  // The answer takes 40 ms.
  expect(gaps).toEqual(delays.slice(0, gaps.length).map((delay) => delay + 40));
});

test("it gives up when told to", async () => {
  const world = new World({ backOff: { attempts: 3 } });
  world.gateway.signAlways = "no network";
  await world.advance(600_000);
  expect(world.gateway.requests.length).toBe(3);
  expect(world.closed).toMatchObject([{ code: 1006, reason: "given up", wasClean: false }]);
  expect(world.closed[0]?.error).toBe(world.errors[2]);
  expect(world.errors.length).toBe(3);
  expect(world.environment.leftBehind).toEqual({ timers: 0, listeners: 0 });
});

test("a connection that stood does not count as a failed attempt", async () => {
  const world = await World.open({ backOff: { attempts: 1 } });
  await world.advance(60_000);
  world.gateway.cut(world.last);
  await world.advance(2_000);
  expect(world.socket.state.name).toBe("open");
});

test("it gives up after as many failures where a connection had stood before them", async () => {
  const world = await World.open({ backOff: { attempts: 3 } });
  await world.advance(60_000);
  const before = world.gateway.requests.length;
  world.gateway.signAlways = "no network";
  world.gateway.cut(world.last);
  await world.advance(600_000);
  expect(waits(world).map(({ attempt }) => attempt)).toEqual([0, 1, 2]);
  expect(world.gateway.requests.length - before).toBe(3);
  expect(world.closed).toMatchObject([{ reason: "given up" }]);
});

test("a connection that is cut at once backs off, and counts", async () => {
  const world = new World({ backOff: { attempts: 6 } });
  middle(world);
  world.gateway.handshakeAlways = "cut at once";
  await world.advance(120_000);
  expect(waits(world).map(({ delay }) => delay)).toEqual([300, 550, 1_050, 2_050, 4_050]);
  expect(world.events.filter((event) => event === "open").length).toBe(6);
  expect(world.closed).toMatchObject([{ reason: "given up" }]);
});

test("the back-off begins anew only after a connection stood for 10 seconds", async () => {
  for (const [stood, attempt] of [
    [9_000, 4],
    [11_000, 0],
  ] as const) {
    const world = new World();
    world.gateway.handshakeNext.push("refused", "refused", "refused");
    while (world.socket.state.name !== "open") await world.advance(100);
    await world.advance(stood);
    world.gateway.cut(world.last);
    await world.advance(20);
    expect(world.socket.state).toMatchObject({ name: "waiting", attempt });
  }
});

test("what failed is told apart: a handshake, and a connection that was open, whatever the clock says", async () => {
  const world = new World();
  world.gateway.handshakeNext.push("refused");
  await world.advance(2_000);
  world.clock.set(world.clock.now() - 86_400_000);
  world.gateway.close(world.last, 1001);
  await world.advance(2_000);
  expect(world.errors.map(({ message }) => message)).toEqual([
    "the handshake was refused, or the server was not reached: a browser does not tell which",
    "the connection was closed with code 1001",
  ]);
});

test("whatever code the server closes with, it connects again", async () => {
  for (const code of [1000, 1001, 1003, 1009, 1011, 4000]) {
    const world = await World.open();
    await world.advance(20_000);
    world.gateway.close(world.last, code);
    await world.advance(2_000);
    expect(world.socket.state.name).toBe("open");
    expect(world.errors).toMatchObject([{ name: "ConnectionError", code }]);
  }
});

test("without pings API Gateway cuts after 10 minutes of silence, and it connects again", async () => {
  const world = await World.open({ keepAlive: { idle: 900_000 } });
  await world.advance(610_000);
  expect(world.errors).toMatchObject([{ code: 1001 }]);
  expect(world.socket.state.name).toBe("open");
});

test("without a hand-over API Gateway cuts after 2 hours, and it connects again", async () => {
  const world = await World.open({ handOver: { after: 9_000_000 } });
  await world.advance(7_210_000);
  expect(world.errors).toMatchObject([{ code: 1001 }]);
  expect(world.socket.state.name).toBe("open");
});

test("online ends a wait at once", async () => {
  const world = await World.open();
  await world.advance(20_000);
  world.environment.goOffline();
  world.environment.show();
  await world.advance(60_000);
  expect(world.socket.state).toMatchObject({ name: "waiting", delay: 30_000 });
  world.environment.goOnline();
  expect(world.socket.state.name).toBe("signing");
  await world.advance(100);
  expect(world.socket.state.name).toBe("open");
});

test("while offline it waits as long as it ever does, whatever the number of failures", async () => {
  const environment = new FakeEnvironment();
  environment.goOffline();
  const world = new World({}, environment);
  await world.advance(100_000);
  expect(waits(world).map(({ delay }) => delay)).toEqual([30_000, 30_000, 30_000, 30_000]);
});

test("online begins a request anew that hangs, if it is a second old", async () => {
  const world = new World();
  world.gateway.signAlways = "silence";
  await world.advance(999);
  world.environment.goOnline();
  await world.advance(0);
  expect(world.gateway.requests.length).toBe(1);
  await world.advance(1);
  world.gateway.signAlways = "url";
  world.environment.goOnline();
  await world.advance(100);
  expect(world.gateway.requests.map(({ request }) => request.signal.aborted)).toEqual([true, false]);
  expect(world.events).toEqual(["state:connecting", "state:open", "open"]);
});

test("online leaves a handshake that hangs: browsers make a next one wait for it", async () => {
  const world = new World();
  world.gateway.handshakeNext.push("silence");
  await world.advance(10_000);
  world.environment.goOnline();
  await world.advance(1_000);
  expect(world.gateway.requests.length).toBe(1);
  expect(world.last.brokenOffAt).toBeNull();
});

test("a network that comes and goes makes one attempt a second at most", async () => {
  const world = new World();
  world.gateway.signAlways = "no network";
  await world.advance(100_000);
  const before = world.gateway.requests.length;
  for (let times = 0; times < 200; times++) {
    world.environment.goOffline();
    world.environment.goOnline();
    await world.advance(50);
  }
  const made = world.gateway.requests.length - before;
  expect(made).toBeGreaterThanOrEqual(9);
  expect(made).toBeLessThanOrEqual(11);
});

test("online shortens a wait, and never lengthens it", async () => {
  const world = new World();
  world.environment.randomness = () => 0;
  world.gateway.signNext.push("no network");
  await world.advance(50);
  expect(world.socket.state).toMatchObject({ name: "waiting", delay: 100 });
  world.environment.goOnline();
  await world.advance(100);
  expect(world.gateway.requests.length).toBe(2);
});

test("a clock that is set back delays nothing beyond a second", async () => {
  const world = new World();
  world.gateway.signAlways = "no network";
  await world.advance(100_000);
  world.gateway.signAlways = "url";
  world.clock.set(world.clock.now() - 86_400_000);
  world.environment.goOnline();
  await world.advance(1_100);
  expect(world.socket.state.name).toBe("open");
});

async function checkSign(sign: SignedWebSocketOptions["sign"], error: object) {
  const world = new World({ sign, backOff: { attempts: 2 } });
  await world.advance(10_000);
  expect(world.errors).toMatchObject([error, error]);
  expect(world.closed).toMatchObject([{ reason: "given up" }]);
}

test("a sign function that fails is called again", async () => {
  const failure = new Error("no token");
  await checkSign(() => Promise.reject(failure), failure);
  await checkSign(() => {
    throw failure;
  }, failure);
  const thrown = { name: "SignError", status: 0, message: "the function has thrown what is no error" };
  await checkSign(() => Promise.reject("no error"), thrown);
});

test("a sign function that gives no URL of a WebSocket is called again, and nothing of the URL is shown", async () => {
  const message = "the function gave no URL of a WebSocket, expected one that begins with wss: or ws:";
  for (const url of [
    "",
    "https://gateway.example/?SECRET",
    "SECRET",
    undefined,
    1,
    { url: "wss://a.example" },
  ]) {
    await checkSign(() => Promise.resolve(url as string), { name: "SignError", status: 0, message });
  }
});

test("a sign function that never settles is called again after 2 minutes, and its signal is aborted", async () => {
  const signals: AbortSignal[] = [];
  const world = new World({
    sign: ({ signal }) => {
      signals.push(signal);
      return new Promise(() => {});
    },
  });
  await world.advance(119_999);
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  await world.advance(1);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  const message = "the function gave no URL within 120000 ms";
  expect(world.errors).toMatchObject([{ name: "SignError", status: 0, code: null, message }]);
  await world.advance(1_000);
  expect(signals.length).toBe(2);
  world.socket.close();
  await world.advance(0);
  expect(world.environment.leftBehind).toEqual({ timers: 0, listeners: 0 });
});

test("what a sign function does to its parameters changes nothing for the next", async () => {
  const seen: unknown[] = [];
  const world = new World({
    query: { room: "lobby" },
    sign: ({ query }) => {
      seen.push({ ...query });
      Object.assign(query, { room: "other" });
      return Promise.reject(new Error("no token"));
    },
  });
  await world.advance(5_000);
  expect(seen.length).toBeGreaterThan(1);
  expect(new Set(seen.map((query) => JSON.stringify(query)))).toEqual(new Set(['{"room":"lobby"}']));
});

test("a sign function may refuse for good", async () => {
  const refusal = new SignError("signed out", 401, null, null);
  const world = new World({ sign: () => Promise.reject(refusal) });
  await world.advance(10_000);
  expect(world.closed).toMatchObject([{ reason: "refused", error: refusal }]);
});

test("a sign function is called after the constructor, with the parameters and a signal", async () => {
  const calls: unknown[] = [];
  const world = new World({
    query: { room: "lobby" },
    sign: ({ query, signal }) => {
      calls.push([world.socket.state.name, query, signal.aborted]);
      return Promise.resolve(world.gateway.signedUrl());
    },
  });
  expect(calls).toEqual([]);
  await world.advance(1_000);
  expect(calls).toEqual([["signing", { room: "lobby" }, false]]);
  expect(world.socket.state.name).toBe("open");
});

test("a URL that the browser does not take is an error like others", async () => {
  const environment = new FakeEnvironment();
  environment.connect = (url) => {
    throw new DOMException(`The URL '${url}' is invalid.`, "SyntaxError");
  };
  const world = new World({ backOff: { attempts: 2 } }, environment);
  await world.advance(10_000);
  expect(world.errors.map(({ message, cause }) => [message, cause])).toEqual([
    ["the browser does not open this URL from this page", undefined],
    ["the browser does not open this URL from this page", undefined],
  ]);
});
