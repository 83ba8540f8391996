/**
 * What a `SignedWebSocket` does: one connection after another, each under a URL of its own, the next one sometimes
 * before the last one ends. It knows no events.
 */

import { backOff } from "./back-off.js";
import { Connection, type Owner } from "./connection.js";
import { ConnectionError, SendError, SignError } from "./errors.js";
import { DRAIN_INTERVAL, ONLINE_WAIT, STAND } from "./limits.js";
import { Outbox } from "./outbox.js";
import type { Settings } from "./settings.js";
import { askSign } from "./sign.js";
import type { State } from "./state.js";

/** What a {@link Session} tells. Each may call back. */
export interface Listener {
  changed(state: State, previous: State): void;
  opened(): void;
  received(event: MessageEvent): void;
  failed(error: Error): void;
  drained(): void;
  closed(state: Closed, wasClean: boolean): void;
}

/** The last state. */
export type Closed = Extract<State, { name: "closed" }>;

/** An attempt to get a connection: first it asks for a URL, then it opens it. */
interface Attempt {
  readonly signing: AbortController;
  connection: Connection | null;
}

export class Session implements Owner {
  readonly #settings: Settings;
  readonly #listener: Listener;
  readonly #outbox: Outbox;
  readonly #unwatch: () => void;
  #state: State = { name: "signing" };
  #url = "";
  #binaryType: BinaryType = "blob";
  #attempt: Attempt | null = null;
  #attemptedAt = 0;
  /** Failures in a row, of attempts and of connections that did not stand. */
  #failures = 0;
  /** Where messages go. */
  #current: Connection | null = null;
  /** What was current, and stays for answers on their way. */
  #old: Connection | null = null;
  /** Those whose end is waited for, and what is told after the last. */
  readonly #closing = new Set<Connection>();
  #ending: Closed = { name: "closed", code: 1006, reason: "" };
  #wasClean = true;
  #isClosedByPage = false;
  #retry: { readonly at: number; readonly timer: unknown } | null = null;
  #handOverAt = Number.POSITIVE_INFINITY;
  #handOverTimer: unknown;
  /** Set while `send` has returned false and `drain` was not told. */
  #owesDrain = false;
  #drainTimer: unknown;

  constructor(settings: Settings, listener: Listener) {
    this.#settings = settings;
    this.#listener = listener;
    this.#outbox = new Outbox(settings.queue);
    this.#unwatch = settings.environment.watch({
      online: () => this.#online(),
      visible: () => this.#awake(),
    });
    this.#try();
  }

  get state(): State {
    return this.#state;
  }

  /** The address of the last connection, without its query. */
  get url(): string {
    return this.#url;
  }

  /** Whether `close` was called: nothing is to be delivered any more. */
  get isClosedByPage(): boolean {
    return this.#isClosedByPage;
  }

  get connection(): Connection | null {
    return this.#current;
  }

  get bufferedAmount(): number {
    return this.#outbox.bytes + (this.#current?.bufferedAmount ?? 0) + (this.#old?.bufferedAmount ?? 0);
  }

  get binaryType(): BinaryType {
    return this.#binaryType;
  }

  set binaryType(type: BinaryType) {
    this.#binaryType = type;
    for (const connection of [this.#attempt?.connection, this.#current, this.#old, ...this.#closing]) {
      if (connection) connection.binaryType = type;
    }
  }

  /** Sends a message of so many bytes, or keeps it. False where the caller should wait for `drained`. */
  send(data: string, bytes: number): boolean {
    if (this.#isEnding()) throw new SendError("the socket is closed, and stays so", "closed");
    if (this.#current?.isOpen) this.#current.send(data);
    else if (this.#settings.whenNotOpen === "queue") this.#outbox.add(data, bytes);
    else throw new SendError("there is no open connection, and whenNotOpen is refuse", "not-open");
    if (!this.#isCrowded()) return true;
    this.#owesDrain = true;
    this.#watchDrain();
    return false;
  }

  /** Ends it, with all connections. */
  close(code: number, reason: string): void {
    if (this.#isClosedByPage || this.#state.name === "closed") return;
    this.#isClosedByPage = true;
    // After a refusal for good it may be ending already.
    if (this.#state.name !== "closing") {
      this.#stop({ name: "closed", code, reason });
      this.#change({ name: "closing" });
    }
    for (const connection of this.#closing) connection.close(code, reason);
    // As a WebSocket does: nobody hears of the end before `close` has returned.
    if (this.#closing.size === 0) queueMicrotask(() => this.#finish(this.#ending));
  }

  opened(connection: Connection): void {
    const { environment, handOver } = this.#settings;
    const old = this.#current;
    this.#attempt = null;
    this.#current = connection;
    const delay = handOver.after + environment.random() * handOver.spread;
    this.#cancelHandOver();
    this.#handOverAt = environment.now() + delay;
    this.#handOverTimer = environment.setTimeout(() => {
      // Whatever the clock says: it may have been set back.
      this.#handOverAt = 0;
      this.ticked();
    }, delay);
    if (old) {
      this.#old = old;
      old.retire(handOver.linger);
    }
    // Before anyone is told, who might send: what has waited goes first.
    for (const message of this.#outbox.take()) connection.send(message);
    const state = this.#change({ name: "open" });
    if (!old && this.#state === state) this.#listener.opened();
    this.#watchDrain();
  }

  received(event: MessageEvent): void {
    this.#listener.received(event);
  }

  ticked(): void {
    // A timer may sleep with the machine; the clock does not.
    if (this.#settings.environment.now() >= this.#handOverAt) this.#handOver();
  }

  ended(connection: Connection, error: ConnectionError, clean: boolean): void {
    if (this.#closing.delete(connection)) {
      this.#wasClean &&= clean;
      if (this.#closing.size === 0) {
        this.#finish(this.#wasClean ? this.#ending : { ...this.#ending, code: 1006 });
      }
    } else if (connection === this.#old) {
      this.#old = null;
      // The next hand-over has waited for the end of this one.
      this.ticked();
    } else if (connection === this.#current) {
      this.#lost(connection, error);
    } else if (connection === this.#attempt?.connection) {
      this.#failed(error);
    }
  }

  /** Begins an attempt. */
  #try(): void {
    this.#settings.environment.clearTimeout(this.#retry?.timer);
    this.#retry = null;
    this.#attempt?.signing.abort();
    this.#attemptedAt = this.#settings.environment.now();
    const attempt: Attempt = { signing: new AbortController(), connection: null };
    this.#attempt = attempt;
    void this.#sign(attempt);
    this.#change({ name: this.#current ? "handing-over" : "signing" });
  }

  async #sign(attempt: Attempt): Promise<void> {
    const { sign, query, environment } = this.#settings;
    const request = { query, signal: attempt.signing.signal };
    const signed = await askSign(sign, request, environment).catch((error: Error) => error);
    // It may be over, or its connection not needed any more.
    if (this.#attempt !== attempt) return;
    if (signed instanceof Error) this.#failed(signed);
    else this.#connect(attempt, signed);
  }

  #connect(attempt: Attempt, url: URL): void {
    this.#url = `${url.protocol}//${url.host}${url.pathname}`;
    try {
      attempt.connection = new Connection(this.#settings, url.href, this);
    } catch {
      // The browser's error is left out, as it holds the URL.
      this.#failed(new ConnectionError("the browser does not open this URL from this page", 1006));
      return;
    }
    attempt.connection.binaryType = this.#binaryType;
    if (!this.#current) this.#change({ name: "connecting" });
  }

  /** Begins to move to a new connection, unless that is so already, or the one before still stays. */
  #handOver(): void {
    if (!this.#current || this.#attempt || this.#retry || this.#old) return;
    // It has stood.
    this.#failures = 0;
    this.#try();
  }

  /** The current connection is gone. */
  #lost(connection: Connection, error: Error): void {
    this.#current = null;
    if (this.#attempt) {
      // The next one is under way already.
      this.#tell({ name: this.#attempt.connection ? "connecting" : "signing" }, error);
      return;
    }
    const stood = connection.age >= STAND;
    // Where it was to be handed over its age says nothing about the attempts that have failed since.
    if (!stood) this.#failures += 1;
    else if (!this.#retry) this.#failures = 0;
    if (!stood && this.#failures >= this.#settings.backOff.attempts) this.#giveUp("given up", error);
    else this.#wait(this.#backOff(), error);
  }

  /** The attempt has failed. */
  #failed(error: Error): void {
    this.#attempt = null;
    this.#failures += 1;
    const isFinal = error instanceof SignError && error.isFinal;
    if (this.#current && isFinal) {
      // It is not asked again as long as there is a connection: that stays in use until it is cut.
      this.#cancelHandOver();
      this.#tell({ name: "open" }, error);
    } else if (isFinal) {
      this.#giveUp("refused", error);
    } else if (!this.#current && this.#failures >= this.#settings.backOff.attempts) {
      this.#giveUp("given up", error);
    } else {
      this.#wait(this.#backOff(), error);
    }
  }

  #backOff(): number {
    const { environment, backOff: bounds } = this.#settings;
    // Without a network `online` is what to wait for; but browsers err, and this machine itself is reached without one.
    return environment.isOnline() ? backOff(this.#failures, bounds, environment.random()) : bounds.cap;
  }

  /** Tries again after so many milliseconds. */
  #wait(delay: number, cause: Error): void {
    this.#retryIn(delay);
    const attempt = this.#failures;
    this.#tell(this.#current ? this.#state : { name: "waiting", delay, attempt, cause }, cause);
  }

  #retryIn(delay: number): void {
    const { environment } = this.#settings;
    environment.clearTimeout(this.#retry?.timer);
    if (delay <= 0) this.#try();
    else
      this.#retry = {
        at: environment.now() + delay,
        timer: environment.setTimeout(() => this.#try(), delay),
      };
  }

  /** The machine or the page may have slept. */
  #awake(): void {
    this.#current?.prove();
    this.ticked();
  }

  #online(): void {
    this.#awake();
    const now = this.#settings.environment.now();
    // The clock may have been set back: never more than it should be.
    const rest = Math.min(this.#attemptedAt + ONLINE_WAIT - now, ONLINE_WAIT);
    if (this.#retry) this.#retryIn(Math.min(this.#retry.at - now, rest));
    // A request may hang in the network of before. A handshake is left: browsers make the next one wait for it.
    else if (!this.#current && this.#attempt?.connection === null && rest <= 0) this.#try();
  }

  #giveUp(reason: string, cause: Error): void {
    this.#wasClean = false;
    this.#stop({ name: "closed", code: 1006, reason, cause });
    // An old connection stays its time, for answers on their way.
    if (this.#closing.size === 0) this.#finish(this.#ending);
    else this.#change({ name: "closing" });
  }

  /** Leaves nothing behind but the connections whose end is waited for. */
  #stop(ending: Closed): void {
    const { environment } = this.#settings;
    this.#ending = ending;
    for (const connection of [this.#attempt?.connection, this.#current, this.#old]) {
      if (connection) this.#closing.add(connection);
    }
    this.#attempt?.signing.abort();
    this.#attempt = null;
    this.#current = null;
    this.#old = null;
    this.#outbox.take();
    this.#unwatch();
    environment.clearTimeout(this.#retry?.timer);
    this.#retry = null;
    environment.clearTimeout(this.#drainTimer);
    this.#cancelHandOver();
  }

  #cancelHandOver(): void {
    this.#settings.environment.clearTimeout(this.#handOverTimer);
    this.#handOverAt = Number.POSITIVE_INFINITY;
  }

  #finish(state: Closed): void {
    this.#change(state);
    if (state.cause) this.#listener.failed(state.cause);
    this.#listener.closed(state, this.#wasClean);
  }

  #isEnding(): boolean {
    return this.#state.name === "closing" || this.#state.name === "closed";
  }

  #isCrowded(): boolean {
    return this.#outbox.isCrowded(this.#current?.bufferedAmount ?? 0);
  }

  /** Tells `drained` once there is room. Without a connection there will be none. */
  #watchDrain(): void {
    const { environment } = this.#settings;
    environment.clearTimeout(this.#drainTimer);
    if (!this.#owesDrain || !this.#current) return;
    if (this.#isCrowded()) {
      this.#drainTimer = environment.setTimeout(() => this.#watchDrain(), DRAIN_INTERVAL);
    } else {
      this.#owesDrain = false;
      this.#listener.drained();
    }
  }

  /** Changes the state because of an error, and tells both. */
  #tell(state: State, error: Error): void {
    this.#change(state);
    // A listener may have gone on from there.
    if (this.#state === state) this.#listener.failed(error);
  }

  #change(state: State): State {
    const previous = this.#state;
    this.#state = state;
    if (state.name !== previous.name || state.name === "waiting") this.#listener.changed(state, previous);
    return state;
  }
}
