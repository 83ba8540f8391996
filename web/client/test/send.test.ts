/** `send`: what is kept, what is refused, and when the caller should wait. */

import { expect, test } from "vitest";
import { SendError } from "../src/errors.js";
import { World } from "./fake/world.js";

function checkRefused(world: World, data: string, code: SendError["code"]) {
  try {
    world.socket.send(data);
  } catch (error) {
    expect(error).toBeInstanceOf(SendError);
    expect((error as SendError).code).toBe(code);
    return;
  }
  expect.unreachable("it is refused");
}

const sent = ({ gateway }: World) => gateway.received.map(({ data }) => data);

test("what is sent before it opens goes out in its order", async () => {
  const world = new World();
  for (const data of ["1", "2", "3"]) world.socket.send(data);
  await world.advance(1_000);
  expect(sent(world)).toEqual(["1", "2", "3"]);
});

test("what listeners send at the opening goes behind what waited", async () => {
  const world = new World();
  world.socket.addEventListener("statechange", ({ state }) => {
    if (state.name === "open") world.socket.send("from statechange");
  });
  world.socket.addEventListener("open", () => world.socket.send("from open"));
  world.socket.send("waited");
  await world.advance(1_000);
  expect(sent(world)).toEqual(["waited", "from statechange", "from open"]);
});

test("what is sent while there is no connection waits for the next", async () => {
  const world = await World.open();
  world.gateway.cut(world.last);
  await world.advance(20);
  expect(world.socket.state.name).toBe("waiting");
  world.socket.send("kept");
  await world.advance(2_000);
  expect(world.gateway.received.map(({ data, connection }) => [data, connection])).toEqual([["kept", 1]]);
});

test("what is sent while the server closes waits for the next", async () => {
  const world = await World.open();
  world.last.socket.wire.closing();
  world.socket.send("kept");
  world.gateway.cut(world.last);
  await world.advance(2_000);
  expect(world.gateway.received.map(({ data, connection }) => [data, connection])).toEqual([["kept", 1]]);
});

test("nothing is sent twice", async () => {
  const world = await World.open();
  world.last.isHalfOpen = true;
  world.socket.send("lost");
  await world.advance(300_000);
  expect(world.gateway.connections.length).toBe(2);
  expect(sent(world)).toEqual([]);
});

test("the queue has a bound of messages", async () => {
  const world = new World({ queue: { messages: 4 } });
  expect(["1", "2", "3", "4"].map((data) => world.socket.send(data))).toEqual([true, true, false, false]);
  checkRefused(world, "5", "queue-full");
  await world.advance(1_000);
  expect(sent(world)).toEqual(["1", "2", "3", "4"]);
});

test("the queue has a bound of bytes in UTF-8", async () => {
  const world = new World({ queue: { bytes: 12 } });
  expect(["€€", "€", "€"].map((data) => world.socket.send(data))).toEqual([true, false, false]);
  expect(world.socket.bufferedAmount).toBe(12);
  checkRefused(world, "a", "queue-full");
  expect(world.socket.send("")).toBe(false);
  await world.advance(1_000);
  expect(sent(world)).toEqual(["€€", "€", "€", ""]);
  expect(world.socket.bufferedAmount).toBe(0);
});

test("drain comes once, when the queue has gone out", async () => {
  const world = new World({ queue: { messages: 4 } });
  for (const data of ["1", "2", "3", "4"]) world.socket.send(data);
  await world.advance(1_000);
  expect(world.events.slice(0, 4)).toEqual(["state:connecting", "state:open", "open", "drain"]);
  expect(world.events.filter((event) => event === "drain").length).toBe(1);
});

test("no drain comes where send has always said true", async () => {
  const world = new World();
  world.socket.send("1");
  await world.advance(1_000);
  expect(world.events).not.toContain("drain");
});

test("drain comes when the browser's own buffer has gone out", async () => {
  const world = await World.open({ queue: { bytes: 1_000 } });
  const { socket } = world.last;
  socket.bufferedAmount = 501;
  expect(world.socket.send("a")).toBe(false);
  expect(world.socket.send("b")).toBe(false);
  expect(world.socket.bufferedAmount).toBe(501);
  await world.advance(1_000);
  expect(world.events).not.toContain("drain");
  socket.bufferedAmount = 500;
  await world.advance(50);
  expect(world.events.filter((event) => event === "drain").length).toBe(1);
  await world.advance(10_000);
  expect(world.events.filter((event) => event === "drain").length).toBe(1);
  expect(world.socket.send("c")).toBe(true);
});

test("who sends all the time is told of drain still", async () => {
  const world = await World.open({ queue: { bytes: 1_000 } });
  world.last.socket.bufferedAmount = 600;
  for (let times = 0; times < 10; times++) {
    world.socket.send("a");
    if (times === 5) world.last.socket.bufferedAmount = 0;
    await world.advance(30);
  }
  expect(world.events).toContain("drain");
});

test("drain that was owed by a connection that was cut comes with the next", async () => {
  const world = await World.open({ queue: { bytes: 1_000 } });
  world.last.socket.bufferedAmount = 600;
  world.socket.send("a");
  world.gateway.cut(world.last);
  await world.advance(50);
  expect(world.events).not.toContain("drain");
  await world.advance(5_000);
  expect(world.events.slice(-3)).toEqual(["state:open", "open", "drain"]);
});

test("without a queue, what is sent while there is no connection is refused", async () => {
  const world = new World({ whenNotOpen: "refuse" });
  checkRefused(world, "early", "not-open");
  await world.advance(1_000);
  expect(world.socket.send("hello")).toBe(true);
  world.last.socket.wire.closing();
  checkRefused(world, "while the server closes", "not-open");
  await world.advance(1_000);
  expect(sent(world)).toEqual(["hello"]);
});

test("what is too long is refused, be it open or not", async () => {
  const world = new World();
  checkRefused(world, "a".repeat(32_769), "too-large");
  await world.advance(1_000);
  checkRefused(world, "a".repeat(32_769), "too-large");
  expect(world.socket.send("a".repeat(32_768))).toBe(true);
  await world.advance(1_000);
  expect(sent(world).map(({ length }) => length)).toEqual([32_768]);
});

test("what is no text is refused", async () => {
  const world = await World.open();
  checkRefused(world, new Uint8Array(1) as never, "not-text");
  checkRefused(world, undefined as never, "not-text");
});

test("after close, and after the end, nothing is taken", async () => {
  const world = await World.open();
  world.socket.close();
  checkRefused(world, "a", "closed");
  await world.advance(1_000);
  checkRefused(world, "a", "closed");
});

test("what waited is dropped by close", async () => {
  const world = new World();
  world.socket.send("dropped");
  world.socket.close();
  expect(world.socket.bufferedAmount).toBe(0);
  await world.advance(60_000);
  expect(sent(world)).toEqual([]);
});
