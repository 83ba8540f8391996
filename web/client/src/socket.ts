/** The public face: a `WebSocket` that stays. */

import { SendError } from "./errors.js";
import { ClosedEvent, FailureEvent, type SignedWebSocketEventMap, StateEvent, Target } from "./events.js";
import { RECENT_IDS } from "./limits.js";
import { messageBytes } from "./message.js";
import type { SignedWebSocketOptions } from "./options.js";
import { RecentIds } from "./recent-ids.js";
import { type Listener, Session } from "./session.js";
import { check } from "./settings.js";
import type { State } from "./state.js";

type Handler<K extends keyof SignedWebSocketEventMap> =
  | ((event: SignedWebSocketEventMap[K]) => unknown)
  | null;

const READY_STATES = {
  signing: 0,
  connecting: 0,
  waiting: 0,
  open: 1,
  "handing-over": 1,
  closing: 2,
  closed: 3,
} as const satisfies Record<State["name"], number>;

/**
 * A WebSocket of API Gateway that lasts: under signed URLs, of which each opens one connection, it connects,
 * connects again when it is cut, keeps a silent connection alive, and moves to a new one before API Gateway
 * ends the old.
 *
 * It has the interface of a `WebSocket`, and more: `state` with the event `statechange`, the event `drain`, and
 * events `error` and `close` with the `error` that was the cause.
 *
 * **Delivery.** A message is sent at most once: nothing is repeated on another connection, and what was on its
 * way when a connection was cut may be lost. Messages go out in the order of `send`; where a connection was
 * handed over between two of them, the later one may arrive first.
 *
 * **Hand-over.** Messages go to the old connection until the new one is open, from then on to the new; the old
 * one stays `handOver.linger` (30 seconds, longer than API Gateway waits for a function) and is closed only
 * then, with 1000, after a last ping was answered or its answer is overdue. That time begins when a ping that
 * was sent at the switch is answered, so that a message that took long to arrive has as long for its answer.
 * Whatever arrives on the old one until then is delivered. A message whose id was seen, of the last 1 000 that
 * `messageId` gave, is delivered once across both. A failed attempt at a new connection leaves the old one in
 * use, and is repeated with back-off.
 *
 * **Secrets.** No URL is in an error, an event or a line of the console that comes from here. What the browser
 * itself writes to its console about a failed handshake has the URL, and no page can prevent that.
 */
export class SignedWebSocket extends Target {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSING = 2;
  readonly CLOSED = 3;

  readonly #session: Session;
  readonly #handlers = new Map<string, (event: never) => unknown>();
  /** Listens for all on-handlers: the page may give one of them to `addEventListener` as well. */
  readonly #handled = (event: Event) => this.#handlers.get(event.type)?.call(this, event as never);

  /**
   * Begins to connect at once. Throws a `TypeError` for an option of the wrong type or an unknown name, a
   * `RangeError` for a number out of its range.
   */
  constructor(options: SignedWebSocketOptions) {
    super();
    const settings = check(options);
    this.#session = new Session(settings, this.#tell(settings.messageId));
  }

  /** What it is doing. */
  get state(): State {
    return this.#session.state;
  }

  /**
   * 0 while there is no connection yet, or not again; 1 while messages go both ways; 2 and 3 after `close`, or
   * at the end.
   */
  get readyState(): 0 | 1 | 2 | 3 {
    return READY_STATES[this.#session.state.name];
  }

  /** The address of the connection, or of the last attempt at one, without its query; empty before the first. */
  get url(): string {
    return this.#session.url;
  }

  /** The subprotocol that the server has chosen; empty without a connection. */
  get protocol(): string {
    return this.#session.connection?.protocol ?? "";
  }

  /** The extensions that the server has chosen; empty without a connection. */
  get extensions(): string {
    return this.#session.connection?.extensions ?? "";
  }

  /** Bytes that wait for a connection, or in the browser for the network. */
  get bufferedAmount(): number {
    return this.#session.bufferedAmount;
  }

  /** As what binary messages come. */
  get binaryType(): BinaryType {
    return this.#session.binaryType;
  }

  set binaryType(type: BinaryType) {
    this.#session.binaryType = type;
  }

  /**
   * Sends a text of at most 32 768 bytes in UTF-8. Without an open connection it is kept, or refused, as
   * `whenNotOpen` says; what is kept is lost when the socket ends before it opens.
   *
   * `false` asks the caller to wait for the event `drain`: the queue is more than half full, or as many bytes
   * wait in the browser. The message was taken all the same.
   *
   * Throws a {@link SendError}: `not-text`, `too-large`, `queue-full`, `not-open`, or `closed` after the end.
   */
  send(data: string): boolean {
    return this.#session.send(data, messageBytes(data));
  }

  /**
   * Ends it, whatever it is doing: a request to `/sign` is aborted, each connection is closed, no attempt
   * follows. `close` comes when the other side has answered, or after 5 seconds. Without `code` it is 1000.
   *
   * Throws a `DOMException`, as a WebSocket does, for another code than 1000 and 3000 to 4999
   * (`InvalidAccessError`), and for a reason of more than 123 bytes in UTF-8 (`SyntaxError`).
   */
  close(code = 1000, reason = ""): void {
    if (code !== 1000 && !(code >= 3000 && code <= 4999)) {
      throw new DOMException(
        `the close code is ${code}, expected 1000 or 3000 to 4999`,
        "InvalidAccessError",
      );
    }
    const bytes = new TextEncoder().encode(reason).length;
    if (bytes > 123) {
      throw new DOMException(`the reason has ${bytes} bytes in UTF-8, expected at most 123`, "SyntaxError");
    }
    this.#session.close(code, reason);
  }

  get onopen(): Handler<"open"> {
    return this.#handler("open");
  }

  set onopen(handler: Handler<"open">) {
    this.#handle("open", handler);
  }

  get onmessage(): Handler<"message"> {
    return this.#handler("message");
  }

  set onmessage(handler: Handler<"message">) {
    this.#handle("message", handler);
  }

  get onerror(): Handler<"error"> {
    return this.#handler("error");
  }

  set onerror(handler: Handler<"error">) {
    this.#handle("error", handler);
  }

  get onclose(): Handler<"close"> {
    return this.#handler("close");
  }

  set onclose(handler: Handler<"close">) {
    this.#handle("close", handler);
  }

  #handler<K extends keyof SignedWebSocketEventMap>(type: K): Handler<K> {
    return (this.#handlers.get(type) as Handler<K> | undefined) ?? null;
  }

  #handle<K extends keyof SignedWebSocketEventMap>(type: K, handler: Handler<K>): void {
    if (typeof handler === "function") {
      this.#handlers.set(type, handler);
      // Where it listens already it keeps its place.
      this.addEventListener(type, this.#handled);
    } else {
      this.#handlers.delete(type);
      this.removeEventListener(type, this.#handled);
    }
  }

  /** Turns what happens into events. */
  #tell(messageId: (data: string) => string | undefined): Listener {
    const seen = new RecentIds(RECENT_IDS);
    const fail = (error: Error) => this.dispatchEvent(new FailureEvent(error));
    return {
      changed: (state, previous) => this.dispatchEvent(new StateEvent(state, previous)),
      opened: () => this.dispatchEvent(new Event("open")),
      received: ({ data, origin }) => {
        let id: string | undefined;
        try {
          if (typeof data === "string") id = messageId(data);
        } catch (error) {
          // The page's own fault. A message is worth more than its id.
          fail(error instanceof Error ? error : new TypeError("messageId has thrown what is no error"));
        }
        // `messageId`, or who was told that it has thrown, may have called `close`.
        if (!this.#session.isClosedByPage && (id == null || seen.add(id))) {
          this.dispatchEvent(new MessageEvent("message", { data, origin }));
        }
      },
      failed: fail,
      drained: () => this.dispatchEvent(new Event("drain")),
      closed: ({ code, reason, cause }, wasClean) =>
        this.dispatchEvent(new ClosedEvent(code, reason, wasClean, cause ?? null)),
    };
  }
}
