/** A client's life as fast-check makes one up, over the fake API Gateway, and what must hold for any. */

import fc from "fast-check";
import { expect } from "vitest";
import { SignedWebSocket } from "../../src/index.js";
import { HANDSHAKE_TIMEOUT, SHORTEST_WAIT } from "../../src/limits.js";
import { FakeEnvironment } from "../fake/environment.js";
import type { FakeConnection, Handshake, SignAnswer } from "../fake/gateway.js";
import { World } from "../fake/world.js";

// To make a counterexample smaller may take minutes, which say little more than the first seconds. Where there are too
// few lives in the time there is none to tell of: that fails as well, before the test's own time is over.
fc.configureGlobal({ interruptAfterTimeLimit: 90_000, markInterruptAsFailure: true });

/** API Gateway waits so long for a function: "Quotas for configuring and running a WebSocket API in API Gateway". */
const INTEGRATION_TIMEOUT = 29_000;
/** What a frame is on its way at most: so much more than 29 seconds a handshake may take, and a ping there and back less. */
const WAY = 5_500;
/** How late a timer of the client is at most. */
const LATENESS = 60_000;
/** In this time every attempt that was under way, and the one after it, has ended. */
const QUIET = 350_000;

/** In this time a failed attempt and the wait after it end, and an attempt that does not fail. */
const ATTEMPT = 220_000;

/** What a page, its server and the network between do. */
type Step = { readonly after: number } & (
  | { readonly what: "send" | "push" | "show" | "cut" | "close" | "offline" | "online" }
  | { readonly what: "set" | "sleep"; readonly by: number }
  | { readonly what: "sign"; readonly answer: SignAnswer }
  | { readonly what: "handshake"; readonly ends: Handshake }
);

const after = fc.oneof(fc.constant(0), fc.nat(500), fc.nat(40_000));
const what = <W extends Step["what"]>(...names: readonly W[]) =>
  fc.record({ after, what: fc.constantFrom(...names) });
const handshake = (...ends: readonly Handshake[]) =>
  fc.record({ after, what: fc.constant("handshake" as const), ends: fc.constantFrom(...ends) });
const sign = fc.record({
  after,
  what: fc.constant("sign" as const),
  answer: fc.constantFrom<SignAnswer>(
    { status: 503, body: {} },
    { status: 429, body: "" },
    "no network",
    "silence",
  ),
});

/** The clock on the wall is set, by up to a day. */
const set = fc.record({
  after,
  what: fc.constant("set" as const),
  by: fc.integer({ min: -86_400_000, max: 86_400_000 }),
});
/** The machine sleeps, with all that is on its way. */
const sleep = fc.record({ after, what: fc.constant("sleep" as const), by: fc.nat(1_000_000) });

const traffic = { weight: 8, arbitrary: what("send", "send", "push") };
/** What leaves the connection alone that there is: attempts at the next one fail. */
const failures = { weight: 1, arbitrary: fc.oneof(sign, handshake("refused", "silence"), what("show"), set) };
const cuts = {
  weight: 1,
  arbitrary: fc.oneof(what("cut", "close", "offline", "online"), handshake("cut at once")),
};

/** Nothing ends a connection but the client. */
export const steady: fc.Arbitrary<Step[]> = fc.array(fc.oneof(traffic, failures), {
  maxLength: 60,
  size: "max",
});
/** Connections are cut, closed, and half-open. */
export const broken: fc.Arbitrary<Step[]> = fc.array(fc.oneof(traffic, failures, cuts), {
  maxLength: 60,
  size: "max",
});

/** A time for each that is asked for, and from the first on again: often the shortest, or the longest. */
const times = (most: number) =>
  fc.array(fc.oneof(fc.constantFrom(0, most), fc.nat(most)), { minLength: 1, maxLength: 12 });

/** Time goes by without the client: timers fire late, the clock is set, the machine sleeps. */
export const sleepy: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(traffic, failures, cuts, { weight: 1, arbitrary: sleep }),
  { maxLength: 60, size: "max" },
);

/** How long everything takes, and the client's options. */
export const setting = fc.record({
  seed: fc.nat(),
  signing: times(INTEGRATION_TIMEOUT),
  handshakes: times(INTEGRATION_TIMEOUT),
  functions: times(INTEGRATION_TIMEOUT),
  frames: times(WAY),
  // Chromium wakes the timers of a page that is not seen once a minute.
  lateness: fc.oneof({ weight: 2, arbitrary: fc.constant([0]) }, times(1_000), times(LATENESS)),
  // A hand-over mends much; with the default there is none here.
  handOver: fc.option(
    fc.record({ after: fc.integer({ min: 10_000, max: 120_000 }), spread: fc.nat(60_000) }),
    {
      freq: 4,
      nil: { after: 6_000_000, spread: 900_000 },
    },
  ),
  keepAlive: fc.record({ idle: fc.integer({ min: 10_000, max: 240_000 }) }),
});
type Setting = typeof setting extends fc.Arbitrary<infer T> ? T : never;

export class Life {
  readonly world: World;
  readonly #environment: FakeEnvironment;
  readonly #gateway;
  /** The messages by their number: the connection that each had to go to, or null where there was none. */
  readonly #sent: (number | null)[] = [];
  /** The ids of what was pushed while there was a connection. */
  readonly #pushed: string[] = [];
  /** The age at which a connection is to be handed over, at the latest. */
  readonly #longest: number;
  /** The most open sockets that there were at a time. */
  #most = 0;
  /** How often the clock was set. */
  #sets = 0;
  /** Whether it sends messages of its own accord. */
  #talks = true;

  constructor({ seed, signing, handshakes, functions, frames, lateness, handOver, keepAlive }: Setting) {
    this.#environment = new FakeEnvironment(seed);
    this.#gateway = this.#environment.gateway;
    const { fetch, connect } = this.#environment;
    const [signingTime, handshakeTime] = [around(signing), around(handshakes)];
    this.#gateway.latency = around(frames);
    this.#gateway.functionTime = around(functions);
    this.#environment.lateness = around(lateness);
    this.#environment.fetch = (address, request) =>
      // To and fro.
      this.#during(signingTime() / 2, () => fetch(address, request));
    this.#environment.connect = (url, protocols) => {
      const socket = this.#during(handshakeTime(), () => connect(url, protocols));
      this.#most = Math.max(this.#most, this.#sockets().length);
      const wire = this.#gateway.connections.at(-1)?.socket.wire;
      if (wire) wire.open = this.#before(wire.open);
      return socket;
    };
    this.world = new World({ handOver, keepAlive, messageId: pushId }, this.#environment);
    this.#longest = handOver.after + handOver.spread;
    // What has waited goes before it.
    this.world.socket.addEventListener("open", () => this.#talks && this.#send());
  }

  async steps(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      await this.world.advance(step.after);
      this.#do(step);
    }
  }

  /** Lives through the steps, and then until all is quiet. */
  async run(steps: readonly Step[]): Promise<void> {
    await this.steps(steps);
    this.#gateway.signNext.length = 0;
    this.#gateway.handshakeNext.length = 0;
    this.#environment.goOnline();
    await this.world.advance(QUIET);
    this.#talks = false;
    this.#send();
    await this.world.advance(INTEGRATION_TIMEOUT + 3 * WAY);
  }

  /** Nothing is sent or counted twice, and nothing out of order, whatever has happened. */
  holds(): void {
    // One connection after the other, each in the order of arrival, that is the order of `send`.
    const arrived = this.#gateway.connections.flatMap(numbers);
    expect(arrived, "in order and once").toEqual([...new Set(arrived)].sort((a, b) => a - b));
    for (const connection of this.#gateway.connections) {
      for (const number of numbers(connection)) {
        expect(this.#sent[number] ?? connection.id, `where message ${number} went`).toBe(connection.id);
      }
    }
    for (const told of [this.#echoes(), this.#pushes()]) expect(told, "once").toEqual([...new Set(told)]);
    expect(this.#echoes().length + this.#pushes().length, "nothing else").toBe(this.world.messages.length);
    expect(["open", "handing-over"]).toContain(this.world.socket.state.name);
    expect(this.#most, "sockets at a time").toBeLessThanOrEqual(2);
    const attempts = this.#gateway.requests.map(({ at }) => at);
    const waits = attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0));
    // Each time that the clock is set a hand-over may be due.
    const short = waits.filter((wait) => wait < SHORTEST_WAIT);
    expect(short.length, "from attempt to attempt").toBeLessThanOrEqual(this.#sets);
    this.#keepsUrls();
  }

  /** Everything that was sent on a connection that nobody broke was answered on it, and so was the last message of all. */
  answered(): void {
    const echoes = this.#echoes();
    const last = `${this.#sent.length - 1} on `;
    expect(
      echoes.some((echo) => echo.startsWith(last)),
      "the last is answered",
    ).toBe(true);
    for (const connection of this.#gateway.connections.filter((connection) => !isBroken(connection))) {
      for (const number of numbers(connection)) expect(echoes).toContain(`${number} on ${connection.id}`);
    }
  }

  /** Everything has arrived, both ways, and every connection but the last was closed by the client, with 1000. */
  complete(): void {
    expect(this.#gateway.connections.flatMap(numbers)).toEqual(this.#sent.map((_, number) => number));
    expect(this.#echoes()).toHaveLength(this.#sent.length);
    expect(this.#pushes().sort()).toEqual([...this.#pushed].sort());
    const opened = this.#gateway.connections.filter(({ openedAt }) => openedAt !== null);
    const age = this.world.clock.elapsed - (opened.at(-1)?.openedAt ?? 0);
    expect(age, "age of the connection").toBeLessThan(this.#longest + ATTEMPT + 3 * LATENESS);
    const ends = opened.flatMap(({ closed }) => (closed ? `${closed.code} by ${closed.by}` : []));
    expect(ends, "ends").toEqual(ends.map(() => "1000 by page"));
  }

  /** Closes it: nothing is left. */
  async ends(): Promise<void> {
    this.world.socket.close();
    await this.world.advance(10_000 + LATENESS);
    expect(this.world.closed).toHaveLength(1);
    expect(this.#sockets().filter(({ socket }) => socket.readyState === 1)).toEqual([]);
    // A handshake goes on until it has an answer, or its URL has ended.
    await this.world.advance(HANDSHAKE_TIMEOUT + LATENESS);
    expect(this.#sockets().map(({ id }) => id)).toEqual([]);
    expect(this.#environment.leftBehind).toEqual({ timers: 0, listeners: 0 });
    this.#keepsUrls();
    const open = this.#gateway.open.filter((connection) => !isBroken(connection));
    expect(open.map(({ id }) => id)).toEqual([]);
  }

  /** No handshake was broken off whose URL was good still: browsers print it. */
  #keepsUrls(): void {
    for (const { id, brokenOffAt } of this.#gateway.connections) {
      const age = (brokenOffAt ?? Number.POSITIVE_INFINITY) - (this.#gateway.handshakes[id]?.at ?? 0);
      expect(age, "of a URL that is printed").toBeGreaterThanOrEqual(HANDSHAKE_TIMEOUT);
    }
  }

  #do(step: Step): void {
    switch (step.what) {
      case "send":
        this.#send();
        break;
      case "push": {
        // In the form of an answer to a ping, which it is not.
        const id = `push ${this.#pushed.length}`;
        if (this.#gateway.open.length > 0) this.#pushed.push(id);
        this.#gateway.push(JSON.stringify({ type: "pong", id }));
        break;
      }
      case "sign":
        this.#gateway.signNext.push(step.answer);
        break;
      case "handshake":
        this.#gateway.handshakeNext.push(step.ends);
        break;
      case "set":
        this.#sets += 1;
        this.world.clock.set(this.world.clock.now() + step.by);
        break;
      case "sleep":
        this.world.clock.sleep(step.by);
        break;
      case "show":
        this.#environment.show();
        break;
      case "cut":
      case "close": {
        const connection = this.#gateway.open[0];
        if (connection) this.#gateway[step.what](connection);
        break;
      }
      case "offline":
        this.#environment.goOffline();
        break;
      case "online":
        this.#environment.goOnline();
    }
  }

  /** Sends a message just before a connection opens: the last one for the connection before. */
  #before(open: (protocol: string) => void): (protocol: string) => void {
    return (protocol) => {
      if (this.#talks && this.world.socket.readyState < SignedWebSocket.CLOSING) this.#send();
      open(protocol);
    };
  }

  #send(): void {
    const newest = this.#gateway.connections
      .filter(({ openedAt, socket }) => openedAt !== null && socket.readyState !== 0)
      .at(-1);
    const number = this.#sent.push(newest?.socket.readyState === 1 ? newest.id : null) - 1;
    this.world.socket.send(`${number}`);
  }

  #sockets(): FakeConnection[] {
    return this.#gateway.connections.filter(({ socket }) => socket.readyState < 2);
  }

  #echoes(): string[] {
    return this.world.messages
      .map((message) => JSON.parse(message))
      .filter(({ type }) => type === undefined)
      .map(({ message, connection }) => `${message} on ${connection}`);
  }

  #pushes(): string[] {
    return this.world.messages.flatMap((message) => pushId(message) ?? []);
  }

  /** Does it while a frame takes so long. */
  #during<T>(time: number, does: () => T): T {
    const { latency } = this.#gateway;
    this.#gateway.latency = () => time;
    try {
      return does();
    } finally {
      this.#gateway.latency = latency;
    }
  }
}

/** What has arrived of the messages. */
function numbers({ received }: FakeConnection): number[] {
  return received.map(({ data }) => Number(data)).filter((number) => !Number.isNaN(number));
}

/** Whether it was ended by anyone but the client. */
function isBroken({ closed, isHalfOpen }: FakeConnection): boolean {
  return isHalfOpen || closed?.by === "gateway";
}

function pushId(message: string): string | undefined {
  return /"id":"(push \d+)"/.exec(message)?.[1];
}

function around(times: readonly number[]): () => number {
  let count = 0;
  return () => times[count++ % times.length] ?? 0;
}
