/** The life of one WebSocket: from its handshake to its end, kept alive between. */

import type { Socket } from "./environment.js";
import { ConnectionError } from "./errors.js";
import { KeepAlive } from "./keep-alive.js";
import { CLOSE_TIMEOUT, HANDSHAKE_TIMEOUT } from "./limits.js";
import type { Settings } from "./settings.js";

/** What a {@link Connection} tells. After `ended` it tells nothing more. */
export interface Owner {
  opened(connection: Connection): void;
  received(event: MessageEvent): void;
  /** Some time has passed, perhaps in sleep. */
  ticked(): void;
  /** `error` has the close code; `clean` says whether both sides have closed it. */
  ended(connection: Connection, error: ConnectionError, clean: boolean): void;
}

/** Of a WebSocket's `readyState`. */
const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 3;

export class Connection {
  readonly #settings: Settings;
  readonly #owner: Owner;
  readonly #socket: Socket;
  #keepAlive: KeepAlive | null = null;
  /** Of the handshake, then of the time that it stays. */
  #timer: unknown;
  #closeTimer: unknown;
  #isOver = false;
  #openedAt = 0;

  /** Begins the handshake. Throws what the browser's WebSocket throws, which may hold the URL. */
  constructor(settings: Settings, url: string, owner: Owner) {
    this.#settings = settings;
    this.#owner = owner;
    const socket = settings.environment.connect(url, settings.protocols);
    this.#socket = socket;
    this.#timer = settings.environment.setTimeout(
      () => this.#cut(`the handshake has no answer in ${HANDSHAKE_TIMEOUT} ms`),
      HANDSHAKE_TIMEOUT,
    );
    socket.onopen = () => this.#opened();
    socket.onmessage = (event) => {
      if (!this.#keepAlive?.heard(event.data)) owner.received(event);
    };
    socket.onclose = ({ code, wasClean }) => this.#ended(code, wasClean);
    // Of a socket that the page's Content-Security-Policy blocks, Chromium tells nothing else.
    socket.onerror = () => {
      if (!this.#keepAlive && socket.readyState === CLOSED) this.#ended(1006, false);
    };
  }

  /** Whether a message would go out. A connection that the other side has begun to close takes none. */
  get isOpen(): boolean {
    return this.#socket.readyState === OPEN;
  }

  /** For how many milliseconds it has been open. */
  get age(): number {
    return this.#settings.environment.now() - this.#openedAt;
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  get protocol(): string {
    return this.#socket.protocol;
  }

  get extensions(): string {
    return this.#socket.extensions;
  }

  set binaryType(type: BinaryType) {
    this.#socket.binaryType = type;
  }

  send(text: string): void {
    this.#socket.send(text);
  }

  /** Asks the other side whether it is still there; the connection is cut where no answer comes. */
  prove(): void {
    this.#keepAlive?.prove();
  }

  /**
   * Stays for `linger` milliseconds, for answers on their way, and closes. Both times go by pings: once the
   * first is answered, everything that was sent has arrived, and its answers have `linger` from then; once the
   * last is answered, so has everything that was sent from there.
   */
  retire(linger: number): void {
    const close = () => {
      // A browser delivers nothing more once `close` was called: there is nothing to wait for.
      this.#break(1000);
      this.#end(new ConnectionError("the connection was handed over", 1000), true);
    };
    this.#keepAlive?.flush(() => {
      this.#timer = this.#settings.environment.setTimeout(() => this.#keepAlive?.flush(close), linger);
    });
  }

  /**
   * Closes it, and tells its end, after `CLOSE_TIMEOUT` at the latest. A handshake goes on until it opens, fails or
   * is late: browsers print the URL of one that is broken off.
   */
  close(code: number, reason: string): void {
    const { environment } = this.#settings;
    this.#keepAlive?.stop();
    this.#socket.onmessage = null;
    const close = () => {
      environment.clearTimeout(this.#timer);
      this.#socket.close(code, reason);
    };
    if (this.#socket.readyState === CONNECTING) this.#socket.onopen = close;
    else close();
    this.#closeTimer = environment.setTimeout(
      () => this.#end(new ConnectionError("the close has no answer", 1006), false),
      CLOSE_TIMEOUT,
    );
  }

  #opened(): void {
    const { environment, keepAlive } = this.#settings;
    environment.clearTimeout(this.#timer);
    this.#openedAt = environment.now();
    this.#keepAlive = new KeepAlive(environment, keepAlive, {
      ping: (text) => this.#socket.send(text),
      lost: () => this.#cut(`no answer to a ping in ${keepAlive.answer} ms`),
      ticked: () => this.#owner.ticked(),
    });
    this.#owner.opened(this);
  }

  #cut(message: string): void {
    this.#break();
    this.#end(new ConnectionError(message, 1006), false);
  }

  #ended(code: number, clean: boolean): void {
    this.#stop();
    const message =
      this.#keepAlive === null
        ? "the handshake was refused, or the server was not reached: a browser does not tell which"
        : `the connection was closed with code ${code}`;
    this.#end(new ConnectionError(message, code), clean);
  }

  /** Closes the socket, and hears of it no more. */
  #break(code?: number): void {
    this.#stop();
    this.#socket.onopen = null;
    this.#socket.onmessage = null;
    this.#socket.onclose = null;
    this.#socket.onerror = null;
    this.#socket.close(code);
  }

  #stop(): void {
    for (const timer of [this.#timer, this.#closeTimer]) this.#settings.environment.clearTimeout(timer);
    this.#keepAlive?.stop();
  }

  /** A handshake may fail by two events, and after its close was given up: that is told once. */
  #end(error: ConnectionError, clean: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#owner.ended(this, error, clean);
  }
}
