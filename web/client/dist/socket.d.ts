/** The public face: a `WebSocket` that stays. */
import { type SignedWebSocketEventMap, Target } from "./events.js";
import type { SignedWebSocketOptions } from "./options.js";
import type { State } from "./state.js";
type Handler<K extends keyof SignedWebSocketEventMap> = ((event: SignedWebSocketEventMap[K]) => unknown) | null;
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
export declare class SignedWebSocket extends Target {
    #private;
    static readonly CONNECTING = 0;
    static readonly OPEN = 1;
    static readonly CLOSING = 2;
    static readonly CLOSED = 3;
    readonly CONNECTING = 0;
    readonly OPEN = 1;
    readonly CLOSING = 2;
    readonly CLOSED = 3;
    /**
     * Begins to connect at once. Throws a `TypeError` for an option of the wrong type or an unknown name, a
     * `RangeError` for a number out of its range.
     */
    constructor(options: SignedWebSocketOptions);
    /** What it is doing. */
    get state(): State;
    /**
     * 0 while there is no connection yet, or not again; 1 while messages go both ways; 2 and 3 after `close`, or
     * at the end.
     */
    get readyState(): 0 | 1 | 2 | 3;
    /** The address of the connection, or of the last attempt at one, without its query; empty before the first. */
    get url(): string;
    /** The subprotocol that the server has chosen; empty without a connection. */
    get protocol(): string;
    /** The extensions that the server has chosen; empty without a connection. */
    get extensions(): string;
    /** Bytes that wait for a connection, or in the browser for the network. */
    get bufferedAmount(): number;
    /** As what binary messages come. */
    get binaryType(): BinaryType;
    set binaryType(type: BinaryType);
    /**
     * Sends a text of at most 32 768 bytes in UTF-8. Without an open connection it is kept, or refused, as
     * `whenNotOpen` says; what is kept is lost when the socket ends before it opens.
     *
     * `false` asks the caller to wait for the event `drain`: the queue is more than half full, or as many bytes
     * wait in the browser. The message was taken all the same.
     *
     * Throws a {@link SendError}: `not-text`, `too-large`, `queue-full`, `not-open`, or `closed` after the end.
     */
    send(data: string): boolean;
    /**
     * Ends it, whatever it is doing: a request to `/sign` is aborted, each connection is closed, no attempt
     * follows. `close` comes when the other side has answered, or after 5 seconds. Without `code` it is 1000.
     *
     * Throws a `DOMException`, as a WebSocket does, for another code than 1000 and 3000 to 4999
     * (`InvalidAccessError`), and for a reason of more than 123 bytes in UTF-8 (`SyntaxError`).
     */
    close(code?: number, reason?: string): void;
    get onopen(): Handler<"open">;
    set onopen(handler: Handler<"open">);
    get onmessage(): Handler<"message">;
    set onmessage(handler: Handler<"message">);
    get onerror(): Handler<"error">;
    set onerror(handler: Handler<"error">);
    get onclose(): Handler<"close">;
    set onclose(handler: Handler<"close">);
}
export {};
