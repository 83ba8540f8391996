/** Whatever goes wrong: nothing of a signed URL is in an error, an event, a state or the console. */

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { SignedWebSocketOptions } from "../src/options.js";
import { FakeEnvironment } from "./fake/environment.js";
import type { Handshake, SignAnswer } from "./fake/gateway.js";
import { World } from "./fake/world.js";

const METHODS = ["log", "info", "warn", "error", "debug", "trace"] as const;
const printed: unknown[][] = [];

beforeEach(() => {
  for (const method of METHODS) {
    vi.spyOn(console, method).mockImplementation((...values) => {
      printed.push(values);
    });
  }
});

afterEach(() => vi.restoreAllMocks());

/**
 * All text that can be reached from a value, also through what is not enumerable, and through prototypes'
 * getters.
 */
function reachable(value: unknown, seen = new Set<unknown>()): string[] {
  if (typeof value === "string") return [value];
  if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value))
    return [];
  seen.add(value);
  const texts: string[] = [];
  for (
    let holder: object | null = value;
    holder && holder !== Object.prototype;
    holder = Object.getPrototypeOf(holder)
  ) {
    for (const name of Reflect.ownKeys(holder)) {
      if (name === "constructor" || typeof name === "symbol") continue;
      texts.push(name);
      try {
        texts.push(...reachable(Reflect.get(holder, name, value), seen));
      } catch {
        // A getter of another kind of object.
      }
    }
  }
  return texts;
}

/** Goes through a life, and looks at everything that was told. */
async function check(
  prepare: (world: World) => void,
  options: Partial<SignedWebSocketOptions> = {},
  environment?: FakeEnvironment,
) {
  const world = new World({ handOver: { after: 60_000, spread: 0 }, ...options }, environment);
  const told: unknown[] = [];
  for (const type of ["open", "message", "error", "close", "statechange", "drain"] as const) {
    world.socket.addEventListener(type, (event) => {
      // Of the event's target only what a page sees: a test's environment is not of the client.
      const { target, currentTarget, srcElement, ...rest } = Object.fromEntries(
        Object.keys(Object.getOwnPropertyDescriptors(event)).map((name) => [name, Reflect.get(event, name)]),
      ) as Record<string, unknown>;
      told.push(rest, Reflect.get(event, "data"), Reflect.get(event, "error"), Reflect.get(event, "message"));
    });
  }
  prepare(world);
  await world.advance(200_000);
  const { socket } = world;
  told.push(
    socket.url,
    socket.state,
    socket.protocol,
    socket.extensions,
    Object.keys(socket),
    JSON.stringify(socket),
  );
  socket.close();
  await world.advance(10_000);
  expect(world.closed.length).toBe(1);
  const texts = reachable([...told, ...printed, world.errors, world.states, world.closed]);
  expect(texts.length).toBeGreaterThan(20);
  expect(texts.filter((text) => text.includes("SECRET") || text.includes("nonce"))).toEqual([]);
  expect(printed).toEqual([]);
  return world;
}

test("what is looked for would be found", () => {
  const error = new Error("a", { cause: new Error("SECRET") });
  expect(reachable([{ error }])).toContain("SECRET");
});

test("a life without a fault", async () => {
  const world = await check(() => {});
  expect(world.gateway.handshakes.every(({ url }) => url.includes("SECRET"))).toBe(true);
});

test("handshakes that are refused, that are not answered, that are cut at once", async () => {
  for (const how of ["refused", "silence", "cut at once"] satisfies Handshake[]) {
    const world = await check(({ gateway }) => {
      gateway.handshakeAlways = how;
    });
    expect(world.errors.length).toBeGreaterThan(1);
  }
});

test("connections that are cut, closed, and half-open", async () => {
  await check(({ clock, gateway }) => {
    clock.setTimeout(() => gateway.cut(gateway.connections.at(-1) as never), 20_000);
    clock.setTimeout(() => gateway.close(gateway.connections.at(-1) as never), 40_000);
  });
  const world = await check(
    ({ clock, gateway }) => {
      clock.setTimeout(() => {
        for (const connection of gateway.connections) connection.isHalfOpen = true;
      }, 20_000);
    },
    { keepAlive: { idle: 1_000 } },
  );
  expect(world.errors.length).toBeGreaterThan(0);
});

test("answers of /sign that hold a URL where none belongs", async () => {
  const secret = "wss://gateway.example/?X-Amz-Signature=SECRET";
  const answers: SignAnswer[] = [
    { status: 201, body: { uri: secret } },
    { status: 201, body: secret },
    { status: 201, body: { url: `x${secret}` } },
    { status: 201, body: { url: [secret] } },
  ];
  for (const answer of answers) {
    const world = await check(({ gateway }) => {
      gateway.signAlways = answer;
    });
    expect(world.errors.length).toBeGreaterThan(1);
  }
});

test("a WebSocket whose constructor throws the URL", async () => {
  const environment = new FakeEnvironment();
  environment.connect = (url) => {
    throw new DOMException(`Failed to construct 'WebSocket': The URL '${url}' is invalid.`, "SyntaxError");
  };
  const world = await check(() => {}, {}, environment);
  expect(world.errors.length).toBeGreaterThan(1);
});

test("a fetch whose error names the address", async () => {
  const environment = new FakeEnvironment();
  environment.fetch = () =>
    Promise.reject(
      new TypeError("fetch failed", { cause: new Error("https://sign.example/sign?key=SECRET") }),
    );
  const world = await check(() => {}, { sign: "https://sign.example/sign?key=SECRET" }, environment);
  expect(world.errors.length).toBeGreaterThan(1);
});

test("a function that gives something else than a URL", async () => {
  for (const given of [
    "https://gateway.example/?SECRET",
    "SECRET",
    ["wss://SECRET"],
    { url: "wss://a.example/?SECRET" },
  ]) {
    const world = await check(() => {}, { sign: () => Promise.resolve(given as string) });
    expect(world.errors.length).toBeGreaterThan(1);
  }
});

test("a function that rejects with a URL", async () => {
  const world = await check(() => {}, { sign: () => Promise.reject("wss://gateway.example/?SECRET") });
  expect(world.errors.length).toBeGreaterThan(1);
});

test("options that are refused", () => {
  const secret = "wss://gateway.example/prod?X-Amz-Signature=SECRET";
  const environment = new FakeEnvironment();
  for (const options of [
    { sign: secret },
    { query: { room: [secret] } },
    { protocols: secret },
    { messageId: secret },
  ]) {
    let refusal: unknown;
    try {
      new World(options as never, environment);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(TypeError);
    expect(reachable(refusal).filter((text) => text.includes("SECRET"))).toEqual([]);
  }
});
