/** From one connection to the next, without a gap. */

import { expect, test } from "vitest";
import type { SignedWebSocketOptions } from "../src/options.js";
import { FakeEnvironment } from "./fake/environment.js";
import type { FakeConnection, SignAnswer } from "./fake/gateway.js";
import { World } from "./fake/world.js";

const HOUR = 3_600_000;
const HAND_OVER = { after: HOUR, spread: 0, linger: 30_000 };

function open(options: Partial<SignedWebSocketOptions> = {}, environment?: FakeEnvironment): Promise<World> {
  return World.open(
    { handOver: HAND_OVER, messageId: (data) => JSON.parse(data).id, ...options },
    environment,
  );
}

function connection(world: World, index: number): FakeConnection {
  const found = world.gateway.connections[index];
  if (!found) throw new Error(`there is no connection ${index}`);
  return found;
}

/** When the last connection opened for the page. */
const opensAt = ({ openedAt }: FakeConnection) => (openedAt ?? Number.NaN) + 20;

/** What has come back of what was sent: each echo's text. */
const echoes = ({ messages }: World) => messages.map((message) => JSON.parse(message).message);

test("it moves to a new connection and then closes the old one, and nobody hears of an end", async () => {
  const world = await open();
  await world.advance(2 * HOUR - 100_000);
  expect(world.events).toEqual([
    "state:connecting",
    "state:open",
    "open",
    "state:handing-over",
    "state:open",
  ]);
  expect(world.socket.readyState).toBe(1);
  const [old, next] = [connection(world, 0), connection(world, 1)];
  expect(world.gateway.open).toEqual([next]);
  expect(old.closed).toMatchObject({ by: "page", code: 1000 });
});

test("the old one stays 30 seconds after a ping was answered, and until another is", async () => {
  const world = await open();
  await world.advance(HOUR + 60_000);
  const [old, next] = [connection(world, 0), connection(world, 1)];
  const switched = opensAt(next);
  const pings = old.received.filter(({ at }) => at >= switched);
  expect(pings.map(({ at }) => at - switched)).toEqual([20, 30_060]);
  expect((old.closed?.at ?? 0) - switched).toBe(30_100);
});

test("messages go to the old one until the new one is open, from then on to the new", async () => {
  const world = await open();
  await world.advance(HOUR - 2_000);
  for (let number = 0; number < 400; number++) {
    world.socket.send(`${number}`);
    await world.advance(10);
  }
  await world.advance(60_000);
  const [old, next] = [connection(world, 0), connection(world, 1)];
  const switched = opensAt(next);
  const { received } = world.gateway;
  expect(received.map(({ data }) => Number(data))).toEqual(
    Array.from({ length: 400 }, (_, number) => number),
  );
  for (const { at, connection } of received) {
    expect(connection).toBe(at - 20 < switched ? old.id : next.id);
  }
  expect(new Set(received.map(({ connection }) => connection)).size).toBe(2);
  expect(echoes(world).sort()).toEqual(received.map(({ data }) => data).sort());
});

test("what was sent on the old one is answered there, be it 29 seconds later", async () => {
  const world = await open();
  world.gateway.functionTime = () => 29_000;
  world.gateway.latency = () => 400;
  await world.advance(HOUR - 1_100);
  for (let number = 0; number < 200; number++) {
    world.socket.send(`${number}`);
    await world.advance(20);
  }
  await world.advance(60_000);
  expect(new Set(world.gateway.received.map(({ connection }) => connection)).size).toBe(2);
  expect(
    echoes(world)
      .map(Number)
      .sort((a, b) => a - b),
  ).toEqual(Array.from({ length: 200 }, (_, number) => number));
});

test("what takes a minute to arrive has 30 seconds for its answer still", async () => {
  const world = await open({ keepAlive: { idle: 240_000, answer: 200_000 } });
  await world.advance(HOUR - 1_100);
  world.gateway.latency = () => 20_000;
  world.gateway.functionTime = () => 29_000;
  // It arrives as the last before the switch.
  await world.advance(80_000);
  world.socket.send("slow");
  await world.advance(300_000);
  expect(world.gateway.received.map(({ connection }) => connection)).toEqual([0]);
  expect(echoes(world)).toEqual(["slow"]);
});

test("a pushed message that has an id is delivered once across both", async () => {
  const world = await open();
  await world.advance(HOUR - 1_000);
  for (let number = 0; number < 1_000; number++) {
    world.gateway.push(JSON.stringify({ id: `id-${number}` }));
    await world.advance(50);
  }
  await world.advance(1_000);
  expect(world.gateway.connections.length).toBe(2);
  expect(world.messages.map((message) => JSON.parse(message).id)).toEqual(
    Array.from({ length: 1_000 }, (_, number) => `id-${number}`),
  );
});

test("without ids both are delivered", async () => {
  const world = await open({ messageId: () => undefined });
  await world.advance(HOUR + 1_000);
  expect(world.gateway.open.length).toBe(2);
  world.gateway.push("{}");
  await world.advance(100);
  expect(world.messages).toEqual(["{}", "{}"]);
});

test("an id is forgotten after a thousand others", async () => {
  const world = await open();
  const push = (id: string) => world.gateway.push(JSON.stringify({ id }));
  push("first");
  for (let number = 0; number < 999; number++) push(`${number}`);
  push("first");
  push("one more");
  push("first");
  await world.advance(100);
  expect(world.messages.length).toBe(1 + 999 + 1 + 1);
});

test("a failed attempt leaves the old one in use, and is repeated with back-off", async () => {
  const world = await open();
  world.environment.randomness = () => 0.5;
  await world.advance(HOUR - 2_000);
  world.gateway.signNext.push({ status: 503, body: {} }, "no network");
  world.gateway.handshakeNext.push("refused");
  const before = world.gateway.requests.length;
  for (let number = 0; number < 60; number++) {
    world.socket.send(`${number}`);
    await world.advance(100);
  }
  await world.advance(60_000);
  const times = world.gateway.requests.slice(before).map(({ at }) => at);
  const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
  expect(gaps).toEqual([300 + 40, 550 + 40, 1_050 + 80]);
  expect(world.errors.length).toBe(3);
  expect(world.events.filter((event) => event.startsWith("state:")).slice(2)).toEqual([
    "state:handing-over",
    "state:open",
  ]);
  expect(echoes(world).length).toBe(60);
});

test("failures from before do not make a hand-over wait", async () => {
  for (const after of [HOUR, 10_000]) {
    const world = new World({ handOver: { after, spread: 0 } });
    world.environment.randomness = () => 0.5;
    world.gateway.signNext.push("no network", "no network", "no network");
    while (world.socket.state.name !== "open") await world.advance(10);
    world.gateway.signNext.push("no network");
    const before = world.gateway.requests.length;
    await world.advance(after + 5_000);
    const [failed = 0, good = 0] = world.gateway.requests.slice(before).map(({ at }) => at);
    expect(good - failed).toBe(300 + 40);
  }
});

test("a ping that is on its way at the switch makes no others on the old one", async () => {
  const world = await open({ keepAlive: { idle: 10_000 } });
  await world.advance(HOUR - 1_000 + 80 + 60);
  world.environment.show();
  await world.advance(10_000);
  world.gateway.push('{"id":"a sign of life"}');
  await world.advance(60_000);
  const [old, next] = [connection(world, 0), connection(world, 1)];
  expect(old.received.filter(({ at }) => at > opensAt(next)).length).toBe(2);
});

test("failed attempts at a hand-over give nothing up while the old one is open", async () => {
  const world = await open({ backOff: { attempts: 2 } });
  world.gateway.signAlways = "no network";
  await world.advance(HOUR + 300_000);
  expect(world.errors.length).toBeGreaterThan(5);
  expect(world.socket.readyState).toBe(1);
  world.gateway.cut(connection(world, 0));
  await world.advance(60_000);
  expect(world.closed).toMatchObject([{ reason: "given up" }]);
});

test("a refusal of /sign at a hand-over is told; the old one is used to its end, and then it is asked once more", async () => {
  const world = await open();
  world.gateway.signAlways = { status: 401, body: { message: "Unauthorized" } };
  await world.advance(2 * HOUR - 2_000);
  expect(world.gateway.requests.length).toBe(2);
  expect(world.errors).toMatchObject([{ status: 401 }]);
  expect(world.socket.state.name).toBe("open");
  world.socket.send("still here");
  await world.advance(100);
  expect(echoes(world)).toEqual(["still here"]);
  await world.advance(10_000);
  expect(world.gateway.requests.length).toBe(3);
  expect(world.closed).toMatchObject([{ reason: "refused", error: { status: 401 } }]);
});

test("after a refusal at a hand-over it is not asked again by a timer that was late", async () => {
  const world = await open();
  await world.advance(300_000);
  world.gateway.signAlways = { status: 401, body: {} };
  // A ping tells that time has passed; the timer of the hand-over has slept.
  world.clock.set(world.clock.now() + HOUR - 350_000);
  await world.advance(HOUR + 10_000);
  expect(world.gateway.requests.length).toBe(2);
});

/** The new one dies soon after the switch, and no other comes: what was sent on the old one is answered. */
async function checkLastWords(options: Partial<SignedWebSocketOptions>, answer: SignAnswer, reason: string) {
  const world = await open(options);
  world.gateway.functionTime = () => 10_000;
  await world.advance(HOUR - 950);
  world.socket.send("on the old one");
  await world.advance(1_000);
  expect(world.gateway.open.length).toBe(2);
  world.gateway.signAlways = answer;
  world.gateway.cut(connection(world, 1));
  await world.advance(5_000);
  expect(world.socket.state.name).toBe("closing");
  expect(() => world.socket.send("too late")).toThrow(expect.objectContaining({ code: "closed" }));
  expect(world.closed).toEqual([]);
  await world.advance(30_000);
  expect(echoes(world)).toEqual(["on the old one"]);
  expect(world.closed).toMatchObject([{ code: 1006, reason, wasClean: false }]);
  expect(world.closed[0]?.error).toBe(world.errors.at(-1));
  expect(connection(world, 0).closed).toMatchObject({ code: 1000, by: "page" });
  expect(world.environment.leftBehind).toEqual({ timers: 0, listeners: 0 });
}

test("a refusal for good waits for the answers on the old one, and so does giving up", async () => {
  await checkLastWords({}, { status: 401, body: {} }, "refused");
  await checkLastWords({ backOff: { attempts: 2 } }, "no network", "given up");
});

test("close ends the wait for answers on the old one", async () => {
  const world = await open();
  await world.advance(HOUR + 1_000);
  world.gateway.signAlways = { status: 401, body: {} };
  world.gateway.cut(connection(world, 1));
  await world.advance(5_000);
  expect(world.socket.state.name).toBe("closing");
  world.gateway.push("{}");
  world.socket.close(4001, "enough");
  world.socket.close(4002);
  await world.advance(1_000);
  expect(world.closed).toMatchObject([{ code: 1006, reason: "refused", error: { status: 401 } }]);
  expect(connection(world, 0).closed).toMatchObject({ code: 4001 });
  expect(world.messages).toEqual([]);
  expect(world.environment.leftBehind).toEqual({ timers: 0, listeners: 0 });
});

test("what has waited behind a late timer of the last ping is delivered", async () => {
  const world = await open();
  await world.advance(HOUR + 1_000);
  world.gateway.answersPings = false;
  await world.advance(30_000);
  const [old, next] = [connection(world, 0), connection(world, 1)];
  expect(old.received.filter(({ at }) => at >= opensAt(next)).length).toBe(2);
  world.clock.setTimeout(() => world.gateway.send(old, "{}"), 20_000);
  world.clock.sleep(60_000);
  await world.advance(1_000);
  expect(world.messages).toEqual(["{}"]);
  await world.advance(60_000);
  expect(world.gateway.open).toEqual([next]);
});

/** The old one dies `after` milliseconds from the beginning of the hand-over. */
async function checkDeath(after: number, states: string[]) {
  const world = await open();
  await world.advance(HOUR - 1_000 + 60 + 20 + after);
  world.gateway.cut(connection(world, 0));
  const before = world.states.length;
  await world.advance(2_000);
  expect(world.states.slice(before).map(({ name }) => name)).toEqual(states);
  expect(world.socket.state.name).toBe("open");
  expect(world.gateway.connections.length).toBe(2);
  world.socket.send("hello");
  await world.advance(1_000);
  expect(echoes(world)).toEqual(["hello"]);
  return world;
}

test("where the old one dies while the next URL is asked for, that URL is the one to connect with", async () => {
  const world = await checkDeath(5, ["signing", "connecting", "open"]);
  expect(world.events.filter((event) => event === "open").length).toBe(2);
  expect(world.errors.length).toBe(1);
});

test("where the old one dies while the next opens, that is the one", async () => {
  const world = await checkDeath(45, ["connecting", "open"]);
  expect(world.events.filter((event) => event === "open").length).toBe(2);
});

test("where the old one dies after the switch, nobody hears of it", async () => {
  const world = await checkDeath(1_000, []);
  expect(world.errors).toEqual([]);
});

test("where the old one dies between two attempts, the wait goes on as for any cut", async () => {
  const world = await open();
  world.environment.randomness = () => 0.5;
  await world.advance(HOUR - 2_000);
  world.gateway.signAlways = "no network";
  await world.advance(4_500);
  const failed = world.errors.length;
  expect(world.socket.state.name).toBe("handing-over");
  world.gateway.cut(connection(world, 0));
  await world.advance(20);
  expect(world.socket.state).toMatchObject({ name: "waiting", attempt: failed });
  world.gateway.signAlways = "url";
  await world.advance(60_000);
  expect(world.socket.state.name).toBe("open");
});

test("where the new one dies soon after the switch, the old one stays its time and a third comes", async () => {
  const world = await open();
  world.gateway.functionTime = () => 5_000;
  await world.advance(HOUR - 1_000);
  world.socket.send("on the old one");
  await world.advance(1_000);
  world.gateway.cut(connection(world, 1));
  await world.advance(1_000);
  expect(world.socket.state.name).toBe("open");
  expect(world.gateway.open.map(({ id }) => id)).toEqual([0, 2]);
  await world.advance(60_000);
  expect(echoes(world)).toEqual(["on the old one"]);
  expect(world.gateway.open.map(({ id }) => id)).toEqual([2]);
});

test("an old one that is half-open is closed when both pings are overdue", async () => {
  const world = await open();
  await world.advance(HOUR + 1_000);
  connection(world, 0).isHalfOpen = true;
  expect(connection(world, 0).socket.readyState).toBe(1);
  await world.advance(60_000);
  expect(connection(world, 0).socket.readyState).toBe(2);
  expect(world.errors).toEqual([]);
});

test("a hand-over while offline waits for the network", async () => {
  const world = await open();
  await world.advance(HOUR - 10_000);
  world.environment.goOffline();
  await world.advance(12_000);
  expect(world.socket.state.name).toBe("handing-over");
  // The connection itself has lived on: the browser was wrong, or it came back in time.
  connection(world, 0).isHalfOpen = false;
  world.environment.goOnline();
  await world.advance(1_000);
  expect(world.socket.state.name).toBe("open");
  expect(world.gateway.connections.length).toBe(2);
  expect(world.events.filter((event) => event === "open").length).toBe(1);
});

test("the next hand-over waits until the old one is closed: there are never three", async () => {
  const world = await World.open({ handOver: { after: 10_000, spread: 0, linger: 20_000 } });
  for (let second = 0; second < 400; second++) {
    await world.advance(1_000);
    expect(world.gateway.open.length).toBeLessThanOrEqual(2);
    expect(world.socket.readyState).toBe(1);
  }
  expect(world.gateway.connections.length).toBeGreaterThan(15);
  expect(world.errors).toEqual([]);
});

test("a fleet does not move at once: the time is spread by chance", async () => {
  for (const random of [0, 0.5, 0.999]) {
    const world = await World.open();
    world.environment.randomness = () => random;
    world.gateway.cut(world.last);
    await world.advance(1_000);
    const openedAt = opensAt(world.last);
    const before = world.gateway.requests.length;
    while (world.gateway.requests.length === before) await world.advance(10_000);
    const requestedAt = world.gateway.requests.at(-1)?.at ?? 0;
    expect(requestedAt - openedAt).toBe(6_000_000 + random * 900_000);
  }
});

test("where the clock was set back while the next hand-over waits for the old one, it comes all the same", async () => {
  const world = await World.open({ handOver: { after: 10_000, spread: 0, linger: 60_000 } });
  await world.advance(11_000);
  world.clock.set(world.clock.now() - 86_400_000);
  await world.advance(65_000);
  expect(world.gateway.connections.length).toBe(3);
});

/** All timers have slept with the machine until its connection is almost at its end. */
async function checkWakes(wake: (environment: FakeEnvironment) => void) {
  const environment = new FakeEnvironment();
  environment.randomness = () => 0.999;
  const world = await World.open({}, environment);
  await world.advance(6_780_000);
  world.clock.set(world.clock.now() + 330_000);
  wake(environment);
  expect(world.socket.state.name).toBe("handing-over");
  await world.advance(1_000);
  expect(world.gateway.connections.length).toBe(2);
}

test("a page that is seen again, or a network that is there again, hands over what is due", async () => {
  await checkWakes((environment) => environment.show());
  await checkWakes((environment) => environment.goOnline());
});

test("time in which the machine slept counts", async () => {
  const world = await open();
  await world.advance(300_000);
  // The timer of the hand-over has slept as well.
  world.clock.set(world.clock.now() + HOUR - 350_000);
  await world.advance(290_000);
  expect(world.gateway.connections.length).toBe(2);
});

test("bufferedAmount counts what the old one has still to send", async () => {
  const world = await open();
  connection(world, 0).socket.bufferedAmount = 7;
  await world.advance(HOUR + 1_000);
  connection(world, 1).socket.bufferedAmount = 5;
  expect(world.socket.bufferedAmount).toBe(12);
});

test("messages that wait go to the new one where the old one is being closed", async () => {
  const world = await open();
  await world.advance(HOUR - 1_000 + 60 + 20 + 30);
  expect(world.socket.state.name).toBe("handing-over");
  // The server has begun to close: what is sent now would be lost.
  connection(world, 0).socket.wire.closing();
  world.socket.send("kept");
  await world.advance(1_000);
  expect(world.gateway.received.map(({ data, connection }) => [data, connection])).toEqual([["kept", 1]]);
});
