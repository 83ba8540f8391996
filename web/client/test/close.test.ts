/** The end by `close`, in every state. */

import { expect, test } from "vitest";
import { settled } from "./fake/clock.js";
import { World } from "./fake/world.js";

const NOTHING = { timers: 0, listeners: 0 };
const HOUR = 3_600_000;
const HAND_OVER = { after: HOUR, spread: 0 };

/** Closes, and goes on for a day: nothing may happen after the end. */
async function checkClosed(
  world: World,
  closed: object = { code: 4001, reason: "enough", wasClean: true, error: null },
) {
  const opens = world.events.filter((event) => event === "open").length;
  const requests = world.gateway.requests.length;
  const errors = world.errors.length;
  const left: object[] = [];
  world.socket.addEventListener("close", () => left.push(world.environment.leftBehind));
  world.socket.close(4001, "enough");
  expect(world.socket.readyState).toBe(2);
  expect(world.closed).toEqual([]);
  await world.advance(10_000);
  expect(world.closed).toEqual([closed]);
  expect(world.events.slice(-2)).toEqual(["state:closed", "close"]);
  expect(world.socket.readyState).toBe(3);
  expect(left).toEqual([NOTHING]);
  const told = world.events.length;
  world.environment.goOnline();
  world.environment.show();
  await world.advance(24 * HOUR);
  expect(world.events.length).toBe(told);
  expect(world.gateway.open).toEqual([]);
  expect(world.gateway.requests.length).toBe(requests);
  expect(world.events.filter((event) => event === "open").length).toBe(opens);
  expect(world.errors.length).toBe(errors);
}

test("before anything was asked", async () => {
  const world = new World();
  await checkClosed(world);
  expect(world.gateway.requests).toEqual([]);
});

test("while it signs: the request is aborted", async () => {
  const world = new World();
  await settled();
  await checkClosedAfterSigning(world);
});

async function checkClosedAfterSigning(world: World) {
  expect(world.socket.state.name).toBe("signing");
  await checkClosed(world);
  expect(world.gateway.requests.map(({ request }) => request.signal.aborted)).toEqual([true]);
  expect(world.gateway.handshakes).toEqual([]);
}

test("while a sign function takes its time: what it gives then is not used", async () => {
  let sign: (url: string) => void = () => {};
  const signals: AbortSignal[] = [];
  const world = new World({
    sign: ({ signal }) => {
      signals.push(signal);
      return new Promise((resolve) => {
        sign = resolve;
      });
    },
  });
  await settled();
  await checkClosed(world);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  sign(world.gateway.signedUrl());
  await world.advance(1_000);
  expect(world.gateway.handshakes).toEqual([]);
  expect(world.socket.readyState).toBe(3);
});

test("while it connects: the handshake ends first, as browsers print the URL of one that is broken off", async () => {
  const world = new World();
  await world.advance(50);
  expect(world.socket.state.name).toBe("connecting");
  await checkClosed(world);
  expect(world.last.closed).toMatchObject({ code: 4001, by: "page" });
  expect(world.last.openedAt).not.toBeNull();
});

test("while a handshake has no answer: the end is told after 5 seconds, and it goes on until its URL has ended", async () => {
  const world = new World();
  world.gateway.handshakeNext.push("silence");
  await world.advance(50);
  world.socket.close(4001, "enough");
  await world.advance(5_000);
  expect(world.closed).toEqual([{ code: 1006, reason: "enough", wasClean: false, error: null }]);
  expect(world.environment.leftBehind).toEqual({ timers: 1, listeners: 0 });
  await world.advance(54_989);
  expect(world.last.brokenOffAt).toBeNull();
  await world.advance(1);
  expect(world.last.brokenOffAt).not.toBeNull();
  expect(world.environment.leftBehind).toEqual(NOTHING);
  expect(world.closed.length).toBe(1);
});

test("while a handshake takes longer than that: it opens, and is closed", async () => {
  const world = new World();
  await world.advance(30);
  world.gateway.latency = () => 10_000;
  await world.advance(20);
  world.socket.close(4001, "enough");
  await world.advance(6_000);
  expect(world.closed).toMatchObject([{ code: 1006 }]);
  await world.advance(30_000);
  expect(world.last).toMatchObject({ brokenOffAt: null, closed: { code: 4001, by: "page" } });
  expect(world.environment.leftBehind).toEqual(NOTHING);
  expect(world.events.slice(-1)).toEqual(["close"]);
});

test("while a handshake takes longer than that, and fails: nobody hears of it", async () => {
  const world = new World();
  await world.advance(30);
  world.gateway.latency = () => 10_000;
  world.gateway.handshakeNext.push("refused");
  await world.advance(20);
  world.socket.close(4001, "enough");
  await world.advance(30_000);
  expect(world.last.brokenOffAt).toBeNull();
  expect(world.environment.leftBehind).toEqual(NOTHING);
  expect(world.events.slice(-1)).toEqual(["close"]);
});

test("while it is open", async () => {
  const world = await World.open();
  await checkClosed(world);
  expect(world.last.closed).toMatchObject({ code: 4001, by: "page" });
});

test("while it is half-open: after 5 seconds it is over", async () => {
  const world = await World.open();
  world.last.isHalfOpen = true;
  world.socket.close();
  await world.advance(4_999);
  expect(world.socket.readyState).toBe(2);
  await world.advance(1);
  expect(world.closed).toEqual([{ code: 1006, reason: "", wasClean: false, error: null }]);
  expect(world.environment.leftBehind).toEqual(NOTHING);
});

test("while it waits", async () => {
  const world = new World();
  world.gateway.signNext.push("no network");
  await world.advance(50);
  expect(world.socket.state.name).toBe("waiting");
  await checkClosed(world);
});

test("while it hands over and signs", async () => {
  const world = await World.open({ handOver: HAND_OVER });
  await world.advance(HOUR - 1_000 + 100);
  expect(world.gateway.requests.length).toBe(2);
  expect(world.socket.state.name).toBe("handing-over");
  await checkClosed(world);
});

test("while it hands over and connects: both", async () => {
  const world = await World.open({ handOver: HAND_OVER });
  await world.advance(HOUR - 1_000 + 125);
  expect(world.gateway.connections.length).toBe(2);
  expect(world.socket.state.name).toBe("handing-over");
  await checkClosed(world);
  expect(world.gateway.connections.map(({ closed }) => closed?.code)).toEqual([4001, 4001]);
});

test("while it waits between two attempts at a hand-over", async () => {
  const world = await World.open({ handOver: HAND_OVER });
  world.gateway.signAlways = "no network";
  await world.advance(HOUR);
  expect(world.socket.state.name).toBe("handing-over");
  await checkClosed(world);
});

test("while the old one stays for answers: both", async () => {
  const world = await World.open({ handOver: HAND_OVER });
  await world.advance(HOUR + 1_000);
  expect(world.gateway.open.length).toBe(2);
  await checkClosed(world);
  expect(world.gateway.connections.map(({ closed }) => closed?.code)).toEqual([4001, 4001]);
});

test("while the old one has sent its last ping: both", async () => {
  const world = await World.open({ handOver: HAND_OVER });
  await world.advance(HOUR - 2_000);
  world.gateway.answersPings = false;
  await world.advance(52_000);
  expect(world.gateway.open.length).toBe(2);
  await checkClosed(world);
});

test("a refusal for good closes the old one too", async () => {
  const world = await World.open({ handOver: HAND_OVER });
  await world.advance(HOUR + 1_000);
  world.gateway.signAlways = { status: 403, body: {} };
  world.gateway.cut(world.last);
  await world.advance(60_000);
  expect(world.closed).toMatchObject([{ reason: "refused" }]);
  expect(world.gateway.open).toEqual([]);
  expect(world.environment.leftBehind).toEqual(NOTHING);
});

test("a second close changes nothing", async () => {
  const world = await World.open();
  world.socket.close(4001, "first");
  world.socket.close(4002, "second");
  await world.advance(1_000);
  world.socket.close(4003, "third");
  await world.advance(1_000);
  expect(world.closed).toMatchObject([{ code: 4001, reason: "first" }]);
});

test("close without a code is 1000", async () => {
  const world = await World.open();
  world.socket.close();
  await world.advance(1_000);
  expect(world.last.closed?.code).toBe(1000);
  expect(world.closed).toMatchObject([{ code: 1000, reason: "", wasClean: true }]);
});

test("close takes what a WebSocket takes, and does nothing else", async () => {
  const world = await World.open();
  const { socket } = world;
  for (const code of [0, 999, 1001, 1005, 2999, 5000, Number.NaN]) {
    expect(() => socket.close(code)).toThrow(expect.objectContaining({ name: "InvalidAccessError" }));
  }
  expect(() => socket.close(1000, "é".repeat(62))).toThrow(expect.objectContaining({ name: "SyntaxError" }));
  expect(socket.readyState).toBe(1);
  socket.close(4999, `${"é".repeat(61)}a`);
  expect(socket.readyState).toBe(2);
});

test("a listener of any event may close", async () => {
  for (const type of ["statechange", "open", "message", "error", "drain"] as const) {
    const world = new World({ queue: { messages: 1 } });
    world.gateway.signNext.push("no network");
    world.socket.send("hello");
    world.socket.addEventListener(type, () => world.socket.close());
    await world.advance(20_000);
    expect(world.closed).toMatchObject([{ code: 1000 }]);
    expect(world.events.slice(world.events.indexOf("state:closing"))).not.toContain("state:waiting");
    expect(world.environment.leftBehind).toEqual(NOTHING);
    expect(world.gateway.open).toEqual([]);
  }
});

test("a listener that closes at any change of the state is told of nothing else but the end", async () => {
  for (const name of ["waiting", "signing", "connecting", "open", "handing-over"] as const) {
    const world = new World({ handOver: { after: 60_000, spread: 0 } });
    world.gateway.signNext.push("no network");
    world.socket.addEventListener("statechange", ({ state }) => {
      if (state.name === name) world.socket.close();
    });
    await world.advance(70_000);
    expect(world.events.slice(world.events.indexOf(`state:${name}`) + 1)).toEqual([
      "state:closing",
      "state:closed",
      "close",
    ]);
    expect(world.environment.leftBehind).toEqual(NOTHING);
    expect(world.gateway.open).toEqual([]);
  }
});

test("while drain is owed", async () => {
  const world = await World.open({ queue: { bytes: 1_000 } });
  world.last.socket.bufferedAmount = 600;
  expect(world.socket.send("a")).toBe(false);
  await checkClosed(world);
});

test("nothing arrives after close, though it was on its way", async () => {
  const world = await World.open();
  world.gateway.push("late");
  world.socket.close();
  await world.advance(10_000);
  expect(world.messages).toEqual([]);
});

test("nothing arrives after a close from messageId, or from who is told that it has thrown", async () => {
  const thrown = await World.open({
    messageId: () => {
      throw new Error("no id");
    },
  });
  thrown.socket.addEventListener("error", () => thrown.socket.close());
  const closed: World = await World.open({
    messageId: () => {
      closed.socket.close();
      return undefined;
    },
  });
  for (const world of [thrown, closed]) {
    world.gateway.push("late");
    await world.advance(1_000);
    expect(world.messages).toEqual([]);
    expect(world.closed.length).toBe(1);
  }
});
