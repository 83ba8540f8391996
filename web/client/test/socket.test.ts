/** The interface of a WebSocket. */

import { expect, test } from "vitest";
import { SignedWebSocket } from "../src/index.js";
import { FakeEnvironment } from "./fake/environment.js";
import { World } from "./fake/world.js";

test("it has a WebSocket's constants", () => {
  const { socket } = new World();
  for (const place of [SignedWebSocket, socket]) {
    const { CONNECTING, OPEN, CLOSING, CLOSED } = place;
    expect([CONNECTING, OPEN, CLOSING, CLOSED]).toEqual([0, 1, 2, 3]);
  }
});

test("readyState follows the state", async () => {
  const environment = new FakeEnvironment();
  const world = new World({ handOver: { after: 60_000, spread: 0 } }, environment);
  const seen = [[world.socket.state.name, world.socket.readyState]];
  world.socket.addEventListener("statechange", ({ state }) => {
    expect(state).toBe(world.socket.state);
    seen.push([state.name, world.socket.readyState]);
  });
  world.gateway.signNext.push("no network");
  await world.advance(65_000);
  world.socket.close();
  await world.advance(1_000);
  expect(seen).toEqual([
    ["signing", 0],
    ["waiting", 0],
    ["signing", 0],
    ["connecting", 0],
    ["open", 1],
    ["handing-over", 1],
    ["open", 1],
    ["closing", 2],
    ["closed", 3],
  ]);
});

test("each statechange has the state before", async () => {
  const world = new World();
  const pairs: string[] = [];
  world.socket.addEventListener("statechange", ({ state, previous }) => {
    pairs.push(`${previous.name} ${state.name}`);
  });
  await world.advance(1_000);
  expect(pairs).toEqual(["signing connecting", "connecting open"]);
});

test("on-handlers are listeners, of which each event has one", async () => {
  const world = new World();
  const { socket } = world;
  const seen: string[] = [];
  const never = () => seen.push("replaced");
  socket.onopen = never;
  socket.onopen = (event) => seen.push(event.type);
  socket.onmessage = (event) => seen.push(`${event.type} ${JSON.parse(event.data).message}`);
  socket.onerror = (event) => seen.push(`${event.type} ${event.error.name}`);
  socket.onclose = (event) => seen.push(`${event.type} ${event.code}`);
  world.gateway.signNext.push("no network");
  socket.send("hello");
  await world.advance(2_000);
  socket.close();
  await world.advance(1_000);
  expect(seen).toEqual(["error SignError", "open", "message hello", "close 1000"]);
});

test("an on-handler can be read, and taken away", () => {
  const { socket } = new World();
  expect([socket.onopen, socket.onmessage, socket.onerror, socket.onclose]).toEqual([null, null, null, null]);
  const handler = () => {};
  socket.onopen = handler;
  expect(socket.onopen).toBe(handler);
  socket.onopen = null;
  expect(socket.onopen).toBeNull();
  // As everywhere on a page: what is no function is no handler.
  socket.onclose = "text" as never;
  expect(socket.onclose).toBeNull();
});

test("an on-handler is a listener of its own, whatever else listens with the same function", async () => {
  const world = await World.open();
  const { socket } = world;
  let calls = 0;
  const count = () => {
    calls += 1;
  };
  socket.addEventListener("message", count);
  socket.onmessage = count;
  world.gateway.push("1");
  await world.advance(100);
  expect(calls).toBe(2);
  socket.onmessage = null;
  world.gateway.push("2");
  await world.advance(100);
  expect(calls).toBe(3);
});

test("an on-handler keeps its place when another is set, and loses it when it is taken away", async () => {
  const world = await World.open();
  const { socket } = world;
  const seen: unknown[] = [];
  socket.onmessage = () => seen.push("first");
  socket.addEventListener("message", () => seen.push("listener"));
  socket.onmessage = function (this: unknown) {
    seen.push(this === socket);
  };
  world.gateway.push("1");
  await world.advance(100);
  socket.onmessage = null;
  socket.onmessage = () => seen.push("last");
  world.gateway.push("2");
  await world.advance(100);
  expect(seen).toEqual([true, "listener", "listener", "last"]);
});

test("a listener may be an object, be called once, and go with a signal", async () => {
  const world = await World.open();
  const seen: string[] = [];
  const gone = new AbortController();
  const { socket } = world;
  socket.addEventListener("message", {
    handleEvent: (event: Event) => void seen.push(`object ${event.type}`),
  });
  socket.addEventListener("message", () => seen.push("once"), { once: true });
  socket.addEventListener("message", () => seen.push("signal"), { signal: gone.signal });
  world.gateway.push("1");
  await world.advance(100);
  gone.abort();
  world.gateway.push("2");
  await world.advance(100);
  expect(seen).toEqual(["object message", "once", "signal", "object message"]);
});

test("a message has its data and the origin of the server", async () => {
  const world = await World.open();
  const seen: unknown[] = [];
  world.socket.addEventListener("message", ({ data, origin }) => seen.push([data, origin]));
  world.gateway.push("hello");
  await world.advance(100);
  expect(seen).toEqual([["hello", "wss://gateway.example"]]);
});

test("the subprotocol is the one that was chosen, on each connection", async () => {
  const environment = new FakeEnvironment();
  environment.gateway.subprotocols = ["chat"];
  const world = new World(
    { protocols: ["other", "chat"], handOver: { after: 60_000, spread: 0 } },
    environment,
  );
  expect(world.socket.protocol).toBe("");
  await world.advance(1_000);
  expect(world.socket.protocol).toBe("chat");
  await world.advance(65_000);
  expect(world.gateway.connections.map(({ socket }) => socket.protocols)).toEqual([
    ["other", "chat"],
    ["other", "chat"],
  ]);
  expect(world.socket.protocol).toBe("chat");
  expect(world.socket.extensions).toBe("");
});

test("the address has no query", async () => {
  const world = new World();
  expect(world.socket.url).toBe("");
  await world.advance(1_000);
  expect(world.socket.url).toBe("wss://gateway.example/prod");
});

test("binaryType holds for every connection", async () => {
  const world = new World({ handOver: { after: 60_000, spread: 0 } });
  expect(world.socket.binaryType).toBe("blob");
  world.socket.binaryType = "arraybuffer";
  await world.advance(62_000);
  expect(world.gateway.connections.map(({ socket }) => socket.binaryType)).toEqual([
    "arraybuffer",
    "arraybuffer",
  ]);
  world.socket.binaryType = "blob";
  expect(world.gateway.connections.map(({ socket }) => socket.binaryType)).toEqual(["blob", "blob"]);
});

test("a binary message is delivered, and has no id", async () => {
  const world = await World.open({ messageId: () => "the same" });
  const data = new ArrayBuffer(1);
  world.gateway.send(world.last, data);
  world.gateway.send(world.last, data);
  await world.advance(100);
  expect(world.messages).toEqual([data, data]);
});

test("a messageId that throws is told, and the message is delivered", async () => {
  const failure = new Error("no JSON");
  const world = await World.open({
    messageId: () => {
      throw failure;
    },
  });
  world.gateway.push("a");
  world.gateway.push("a");
  await world.advance(100);
  expect(world.errors).toEqual([failure, failure]);
  expect(world.messages).toEqual(["a", "a"]);
  expect(world.socket.state.name).toBe("open");
});

test("a listener that throws is reported by the platform, and stops nothing", async () => {
  const world = new World();
  const reported: unknown[] = [];
  const failure = new Error("a listener's own");
  const restore = onUncaught((error) => reported.push(error));
  try {
    for (const type of ["statechange", "open", "message", "error", "close", "drain"] as const) {
      world.socket.addEventListener(type, () => {
        throw failure;
      });
    }
    world.gateway.signNext.push("no network");
    world.socket.send("hello");
    await world.advance(5_000);
    expect(world.events.slice(-3)).toEqual(["state:open", "open", "message"]);
    world.socket.close();
    await world.advance(1_000);
    expect(world.events.slice(-1)).toEqual(["close"]);
    expect(new Set(reported)).toEqual(new Set([failure]));
    expect(reported.length).toBe(world.events.length);
  } finally {
    restore();
  }
});

/**
 * Node reports as an uncaught exception what a browser reports to `window.onerror`. The runner's own listeners
 * wait.
 */
function onUncaught(listener: (error: unknown) => void): () => void {
  interface Emitter {
    listeners(event: string): ((error: unknown) => void)[];
    removeAllListeners(event: string): void;
    on(event: string, listener: (error: unknown) => void): void;
  }
  const { process } = globalThis as unknown as { process: Emitter };
  const event = "uncaughtException";
  const own = process.listeners(event);
  process.removeAllListeners(event);
  process.on(event, listener);
  return () => {
    process.removeAllListeners(event);
    for (const one of own) process.on(event, one);
  };
}

test("late events of a connection that is gone touch nothing", async () => {
  const world = await World.open();
  const { socket } = world.last;
  const { onopen, onmessage, onclose } = socket;
  world.last.isHalfOpen = true;
  await world.advance(300_000);
  expect(world.gateway.connections.length).toBe(2);
  const told = [...world.events];
  expect([socket.onopen, socket.onmessage, socket.onclose]).toEqual([null, null, null]);
  expect([onopen, onmessage, onclose]).not.toContain(null);
  socket.wire.message("late");
  socket.wire.closed(1006, false);
  await world.advance(1_000);
  expect(world.events).toEqual(told);
});
