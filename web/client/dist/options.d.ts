/** What a {@link SignedWebSocket} is made with. */
/** What a page asks `/sign` for. */
export interface SignRequest {
    /** The parameters to be signed. */
    readonly query: Readonly<Record<string, string>>;
    /** Aborted when the URL is not needed any more. */
    readonly signal: AbortSignal;
}
/**
 * Gets a signed URL, anew for every connection: each is good once. A {@link SignError} decides by its `isFinal`
 * whether it is asked again; after any other error it is.
 */
export type Sign = (request: SignRequest) => Promise<string>;
/** All times are in milliseconds. */
export interface SignedWebSocketOptions {
    /**
     * The address of `/sign`, or a function, so that a page can add its own token: `fetchSignedUrl` takes its
     * headers. A function has 2 minutes: after them its signal is aborted, and what it gives is not used.
     */
    sign: string | URL | Sign;
    /** The parameters to be signed. */
    query?: Readonly<Record<string, string>> | undefined;
    /** Subprotocols to offer, as for a WebSocket. */
    protocols?: string | readonly string[] | undefined;
    /**
     * When to try again: after a random time from 100 milliseconds to a bound that doubles. It begins anew once a
     * connection was open for 10 seconds. `online` ends the wait, and begins a request for a URL
     * anew, but not within a second of the last attempt.
     */
    backOff?: BackOffOptions | undefined;
    /** When to ask whether the connection still lives. API Gateway ends one that is idle for 10 minutes. */
    keepAlive?: KeepAliveOptions | undefined;
    /** When to move to a new connection. API Gateway ends one after 2 hours. */
    handOver?: HandOverOptions | undefined;
    /** What `send` does while there is no open connection: keep the message, or throw. Default `"queue"`. */
    whenNotOpen?: "queue" | "refuse" | undefined;
    /** How much is kept; `send` throws beyond it. */
    queue?: QueueOptions | undefined;
    /**
     * The id of a message, if it has one: of several with the same id one is delivered, of the last 1 000 ids.
     * Default: no message has one.
     */
    messageId?: ((data: string) => string | undefined) | undefined;
    /** For tests: WebSocket, fetch, timers, randomness and whether the machine is online. Default: the browser's. */
    environment?: import("./environment.js").Environment | undefined;
}
/** Of `backOff`. */
export interface BackOffOptions {
    /**
     * The first wait is at most so long; the bound of each further one is twice that before. At least 100.
     * Default 500.
     */
    base?: number | undefined;
    /** No wait is longer; while the browser is offline each is as long. At least 100. Default 30 000. */
    cap?: number | undefined;
    /**
     * Gives up after so many failures in a row: of attempts, and of connections that were open for less than 10
     * seconds. Not as long as there is a connection; the loss of one that was open for longer is no failure.
     * Default: never.
     */
    attempts?: number | undefined;
}
/** Of `keepAlive`. */
export interface KeepAliveOptions {
    /** Silence after which a ping goes out. At least 1 000. Default 240 000. */
    idle?: number | undefined;
    /** How long its answer may take before the connection counts as lost. At least 1 000. Default 15 000. */
    answer?: number | undefined;
}
/** Of `handOver`. */
export interface HandOverOptions {
    /** The age at which it begins, at the earliest. At least 10 000. Default 6 000 000 (100 minutes). */
    after?: number | undefined;
    /** A random time up to this is added, so that many pages do not move at once. Default 900 000. */
    spread?: number | undefined;
    /**
     * How long the old connection stays for answers on their way, from when everything sent on it has arrived.
     * API Gateway waits 29 seconds for a function. Default 30 000.
     */
    linger?: number | undefined;
}
/** Of `queue`. */
export interface QueueOptions {
    /** Default 1 000. */
    messages?: number | undefined;
    /** In UTF-8. Default 1 048 576. */
    bytes?: number | undefined;
}
