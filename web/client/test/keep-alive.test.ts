/** Pings: when they go out, what their answers do, and what follows where none comes. */

import { expect, test } from "vitest";
import { World } from "./fake/world.js";

/** The pings that the last connection has got, by the milliseconds since it opened. */
function pings({ last }: World): number[] {
  return last.received
    .filter(({ data }) => data.startsWith('{"type":"ping","id":"keep-alive:'))
    .map(({ at }) => at - (last.openedAt ?? 0));
}

test("a ping goes out after 4 minutes of silence, and keeps the connection", async () => {
  const world = await World.open();
  await world.advance(1_000_000);
  // Each follows the answer to the one before, 40 ms after it.
  expect(pings(world)).toEqual([240_040, 480_080, 720_120, 960_160]);
  expect(world.gateway.connections.length).toBe(1);
  expect(world.messages).toEqual([]);
});

test("whatever comes is a sign of life, and puts the ping off", async () => {
  const world = await World.open();
  for (let minute = 0; minute < 30; minute++) {
    world.gateway.push("tick");
    await world.advance(60_000);
  }
  expect(pings(world)).toEqual([]);
  await world.advance(240_000);
  expect(pings(world).length).toBe(1);
});

test("what is only sent is no sign of life", async () => {
  const world = await World.open();
  world.gateway.functionTime = () => 10_000_000;
  for (let minute = 0; minute < 5; minute++) {
    world.socket.send("to nobody");
    await world.advance(60_000);
  }
  expect(pings(world).length).toBe(1);
});

test("each ping has an id of its own", async () => {
  const world = await World.open();
  await world.advance(3_000_000);
  const ids = world.last.received.map(({ data }) => JSON.parse(data).id);
  expect(ids.length).toBeGreaterThan(10);
  expect(new Set(ids).size).toBe(ids.length);
});

test("an answer to a ping of ours reaches no listener, another's does", async () => {
  const world = await World.open();
  world.socket.send('{"type":"ping","id":"mine"}');
  await world.advance(240_000 + 1_000);
  const [id] = world.last.received.map(({ data }) => JSON.parse(data).id).filter((id) => id !== "mine");
  expect(world.messages).toEqual(['{"type":"pong","id":"mine"}']);
  const others = [
    // It was answered already.
    `{"type":"pong","id":"${id}"}`,
    '{"type":"pong","id":"keep-alive:9:x"}',
    `{"type":"ping","id":"${id}"}`,
    `{"message":"{\\"type\\":\\"pong\\",\\"id\\":\\"${id}\\"}"}`,
    '"keep-alive:',
    "null",
  ];
  for (const other of others) world.gateway.push(other);
  await world.advance(1_000);
  expect(world.messages.slice(1)).toEqual(others);
});

test("a page may ping by itself: ws-default answers it, and the page gets it", async () => {
  const world = await World.open();
  world.socket.send('{"type":"ping","id":7}');
  await world.advance(100);
  expect(world.messages).toEqual(['{"type":"pong","id":7}']);
});

test("a half-open connection is cut when no answer comes, and made anew", async () => {
  const world = await World.open();
  world.last.isHalfOpen = true;
  await world.advance(253_000);
  expect(world.socket.state.name).toBe("open");
  await world.advance(3_000);
  expect(world.socket.state.name).toBe("open");
  expect(world.gateway.connections.length).toBe(2);
  expect(world.errors).toMatchObject([{ code: 1006, message: "no answer to a ping in 15000 ms" }]);
});

test("any message after the ping proves the connection, be its answer late", async () => {
  const world = await World.open();
  world.gateway.answersPings = false;
  await world.advance(245_000);
  world.gateway.push("tick");
  await world.advance(30_000);
  expect(world.errors).toEqual([]);
});

test("online asks at once, and a dead connection is cut 15 seconds later", async () => {
  const world = await World.open();
  await world.advance(20_000);
  world.environment.goOffline();
  world.environment.goOnline();
  await world.advance(14_999);
  expect(world.socket.state.name).toBe("open");
  await world.advance(1);
  expect(world.socket.state.name).toBe("waiting");
});

test("a page that is seen again asks at once, and a living connection stays", async () => {
  const world = await World.open();
  world.environment.show();
  // Not once more before the answer.
  world.environment.show();
  await world.advance(100);
  expect(pings(world).length).toBe(1);
  await world.advance(60_000);
  expect(world.errors).toEqual([]);
  expect(world.messages).toEqual([]);
});

test("a timer that was held up asks at once, though little time of silence has passed", async () => {
  const world = await World.open({ keepAlive: { idle: 60_000 } });
  await world.advance(49_000);
  world.gateway.push("tick");
  await world.advance(5_000);
  world.clock.sleep(30_000);
  await world.advance(20);
  expect(pings(world).length).toBe(1);
});

test("a timer that is a little late asks nothing", async () => {
  const world = await World.open({ keepAlive: { idle: 60_000 } });
  await world.advance(49_000);
  world.gateway.push("tick");
  await world.advance(5_000);
  world.clock.sleep(8_000);
  await world.advance(20);
  expect(pings(world).length).toBe(0);
});

test("after a sleep an answer that is on its way is waited for", async () => {
  const world = await World.open();
  world.gateway.latency = () => 10_000;
  await world.advance(240_000);
  // The answer would come 20 seconds after the ping; the page looks for it after 15, and wakes after 60.
  world.clock.sleep(60_000);
  await world.advance(60_000);
  expect(world.errors).toEqual([]);
  expect(world.gateway.connections.length).toBe(1);
});

test("where timers are always late, as in a background tab, a dead connection is cut still", async () => {
  const world = await World.open();
  world.last.isHalfOpen = true;
  for (let minute = 0; minute < 7; minute++) {
    world.clock.sleep(59_999);
    await world.advance(1);
  }
  expect(world.errors).toMatchObject([{ code: 1006 }]);
});

test("a clock that is set back stops no pings", async () => {
  const world = await World.open();
  world.clock.set(world.clock.now() - 86_400_000);
  await world.advance(240_000);
  expect(world.last.received.length).toBe(1);
});
