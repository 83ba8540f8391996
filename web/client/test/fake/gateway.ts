/**
 * What stands on the other side: `/sign`, API Gateway, and a ws-default that answers a ping and echoes the
 * rest. It keeps API Gateway's times, and a test makes it misbehave.
 */

import type { Answer, AnswerRequest } from "../../src/environment.js";
import type { Clock } from "./clock.js";
import { FakeSocket } from "./socket.js";

/** "Quotas for configuring and running a WebSocket API in API Gateway". */
const IDLE = 600_000;
const LIFE = 7_200_000;

/** How `/sign` answers: with a URL, with a refusal, with any answer, not at all, or never. */
export type SignAnswer =
  | "url"
  | { readonly status: number; readonly body: unknown }
  | "no network"
  | "silence";

/** How a handshake ends. */
export type Handshake = "open" | "refused" | "blocked" | "silence" | "cut at once";

/** One connection, as the gateway sees it. */
export interface FakeConnection {
  readonly id: number;
  readonly socket: FakeSocket;
  /** What has arrived from the page, pings too. */
  readonly received: { readonly at: number; readonly data: string }[];
  openedAt: number | null;
  /** When it ended for the gateway, and the code of the close: the page's, or the gateway's own. */
  closed: { readonly at: number; readonly code: number | null; readonly by: "page" | "gateway" } | null;
  /** When the page broke off its handshake: a browser prints the URL then. */
  brokenOffAt: number | null;
  /** Nothing passes either way any more, and nobody is told. */
  isHalfOpen: boolean;
}

export class FakeGateway {
  /** From one side to the other, in milliseconds. Each frame asks for its own; they stay in order. */
  latency: () => number = () => 20;
  /** What the function takes for an echo, in milliseconds. */
  functionTime: () => number = () => 5;
  /** The next answers of `/sign`; after them `signAlways`. */
  readonly signNext: SignAnswer[] = [];
  signAlways: SignAnswer = "url";
  /** The next handshakes; after them `handshakeAlways`. */
  readonly handshakeNext: Handshake[] = [];
  handshakeAlways: Handshake = "open";
  /** Subprotocols that it takes. */
  subprotocols: readonly string[] = [];
  /** Whether a ping is answered. */
  answersPings = true;
  isOnline: () => boolean = () => true;

  /** All requests to `/sign`, with the time at which they were made: as all times here, by `Clock.elapsed`. */
  readonly requests: { readonly at: number; readonly address: string; readonly request: AnswerRequest }[] =
    [];
  /** All handshakes, with the time at which they were made. */
  readonly handshakes: { readonly at: number; readonly url: string }[] = [];
  readonly connections: FakeConnection[] = [];
  readonly #clock: Clock;
  readonly #unused = new Set<string>();
  #signed = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Those that are open for the gateway. */
  get open(): FakeConnection[] {
    return this.connections.filter(({ openedAt, closed }) => openedAt !== null && closed === null);
  }

  /** What the page has sent, but for its pings, in the order of arrival. */
  get received(): { at: number; data: string; connection: number }[] {
    return this.connections
      .flatMap(({ id, received }) => received.map((message) => ({ ...message, connection: id })))
      .filter(({ data }) => pingId(data) === null)
      .sort((a, b) => a.at - b.at);
  }

  /** A URL that opens one connection. Its signature is the word `SECRET`. */
  signedUrl(): string {
    this.#signed += 1;
    const url = `wss://gateway.example/prod?nonce=${this.#signed}&X-Amz-Signature=SECRET`;
    this.#unused.add(url);
    return url;
  }

  fetch(address: string | URL, request: AnswerRequest): Promise<Answer> {
    this.requests.push({ at: this.#clock.elapsed, address: String(address), request });
    const how = this.isOnline() ? (this.signNext.shift() ?? this.signAlways) : "no network";
    return new Promise((resolve, reject) => {
      const end = how === "silence" ? () => {} : () => settle();
      const timer = this.#clock.setTimeout(end, this.latency() + this.latency());
      const settle = () => {
        if (how === "no network") reject(new TypeError("Failed to fetch"));
        else if (how === "url")
          resolve(answer(201, { url: this.signedUrl(), expiresAt: "2026-01-02T03:05:05Z" }));
        else if (how !== "silence") resolve(answer(how.status, how.body));
      };
      const aborted = () => {
        this.#clock.clearTimeout(timer);
        reject(new DOMException("This operation was aborted", "AbortError"));
      };
      if (request.signal.aborted) aborted();
      else request.signal.addEventListener("abort", aborted, { once: true });
    });
  }

  connect(url: string, protocols: readonly string[]): FakeSocket {
    this.handshakes.push({ at: this.#clock.elapsed, url });
    const how = this.isOnline() ? (this.handshakeNext.shift() ?? this.handshakeAlways) : "refused";
    const connection: FakeConnection = {
      id: this.connections.length,
      socket: new FakeSocket(url, protocols, {
        sent: (data) => this.#up(connection, () => this.#received(connection, data)),
        closing: (code, isBrokenOff) => {
          if (isBrokenOff) connection.brokenOffAt = this.#clock.elapsed;
          this.#pageCloses(connection, code);
        },
      }),
      received: [],
      openedAt: null,
      closed: null,
      brokenOffAt: null,
      isHalfOpen: false,
    };
    this.connections.push(connection);
    const { wire } = connection.socket;
    if (how === "blocked") wire.blocked();
    if (how === "silence" || how === "blocked") return connection.socket;
    // Its URL is good once, as with ws-connect.
    this.#up(connection, () => {
      const isGood = this.#unused.delete(url);
      if (connection.closed) return;
      if (how === "refused" || !isGood) {
        connection.closed = { at: this.#clock.elapsed, code: null, by: "gateway" };
        this.#down(connection, () => wire.closed(1006, false));
        return;
      }
      connection.openedAt = this.#clock.elapsed;
      this.#down(connection, () =>
        wire.open(protocols.find((name) => this.subprotocols.includes(name)) ?? ""),
      );
      if (how === "cut at once") this.cut(connection);
      else this.#limit(connection);
    });
    return connection.socket;
  }

  /** Closes a connection as API Gateway does: with a close frame. */
  close(connection: FakeConnection, code = 1001): void {
    if (connection.closed) return;
    connection.closed = { at: this.#clock.elapsed, code, by: "gateway" };
    this.#down(connection, () => {
      connection.socket.wire.closing();
      // The browser answers, and the end is told in another task.
      this.#clock.setTimeout(() => connection.socket.wire.closed(code, true), 0);
    });
  }

  /** Breaks a connection: without a close frame. */
  cut(connection: FakeConnection): void {
    if (connection.closed) return;
    connection.closed = { at: this.#clock.elapsed, code: null, by: "gateway" };
    this.#down(connection, () => connection.socket.wire.closed(1006, false));
  }

  /** Sends the same to all connections. */
  push(data: string): void {
    for (const connection of this.open) this.send(connection, data);
  }

  /** Sends to one connection. */
  send(connection: FakeConnection, data: unknown): void {
    if (connection.closed) return;
    this.#heard.set(connection, this.#clock.elapsed);
    this.#down(connection, () => connection.socket.wire.message(data));
  }

  #received(connection: FakeConnection, data: string): void {
    if (connection.closed) return;
    this.#heard.set(connection, this.#clock.elapsed);
    connection.received.push({ at: this.#clock.elapsed, data });
    const id = pingId(data);
    if (id !== null) {
      if (this.answersPings) this.send(connection, `{"type":"pong","id":${JSON.stringify(id)}}`);
      return;
    }
    // An answer to a connection that has ended is lost: GoneException.
    this.#clock.setTimeout(
      () => this.send(connection, JSON.stringify({ message: data, connection: connection.id })),
      this.functionTime(),
    );
  }

  #pageCloses(connection: FakeConnection, code: number | null): void {
    const { wire } = connection.socket;
    if (connection.openedAt === null) {
      // Broken off in the handshake: a browser tells so, in another task.
      connection.closed ??= { at: this.#clock.elapsed, code: null, by: "page" };
      this.#clock.setTimeout(() => wire.closed(1006, false), 0);
      return;
    }
    this.#up(connection, () => {
      connection.closed ??= { at: this.#clock.elapsed, code, by: "page" };
      this.#down(connection, () => wire.closed(code ?? 1005, true));
    });
  }

  /** When the last message went in either direction. */
  readonly #heard = new WeakMap<FakeConnection, number>();

  #limit(connection: FakeConnection): void {
    const openedAt = this.#clock.elapsed;
    this.#heard.set(connection, openedAt);
    const watch = () => {
      if (connection.closed) return;
      const now = this.#clock.elapsed;
      const end = Math.min(openedAt + LIFE, (this.#heard.get(connection) ?? now) + IDLE);
      if (now >= end) this.close(connection, 1001);
      else this.#clock.setTimeout(watch, end - now);
    };
    watch();
  }

  #up(connection: FakeConnection, arrive: () => void): void {
    this.#carry(this.#ups, connection, arrive);
  }

  #down(connection: FakeConnection, arrive: () => void): void {
    this.#carry(this.#downs, connection, arrive);
  }

  /** When the last frame of each direction arrives: none overtakes another. */
  readonly #ups = new WeakMap<FakeConnection, number>();
  readonly #downs = new WeakMap<FakeConnection, number>();

  #carry(arrivals: WeakMap<FakeConnection, number>, connection: FakeConnection, arrive: () => void): void {
    if (connection.isHalfOpen) return;
    const now = this.#clock.elapsed;
    const at = Math.max(now + this.latency(), arrivals.get(connection) ?? 0);
    arrivals.set(connection, at);
    this.#clock.setTimeout(() => {
      if (!connection.isHalfOpen) arrive();
    }, at - now);
  }
}

function answer(status: number, body: unknown): Answer {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { ok: status >= 200 && status < 300, status, text: () => Promise.resolve(text) };
}

/** The id of a ping as ws-default takes it; null for anything else. */
function pingId(data: string): unknown {
  try {
    const message = JSON.parse(data);
    return message.type === "ping" && Object.keys(message).length === 2 ? message.id : null;
  } catch {
    return null;
  }
}
