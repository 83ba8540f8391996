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
   * headers. A function that never settles is waited for; `fetchSignedUrl` settles within 35 seconds.
   */
  sign: string | URL | Sign;
  /** The parameters to be signed. */
  query?: Readonly<Record<string, string>>;
  /** Subprotocols to offer, as for a WebSocket. */
  protocols?: string | readonly string[];
  /**
   * When to try again: after a random time from 100 milliseconds to a bound that doubles. It begins anew once a
   * connection was open for 10 seconds. `online` ends the wait, but not within a second of the last attempt.
   */
  backOff?: {
    /**
     * The first wait is at most so long; the bound of each further one is twice that before. At least 100.
     * Default 500.
     */
    base?: number;
    /** No wait is longer; while the browser is offline each is as long. At least 100. Default 30 000. */
    cap?: number;
    /**
     * Gives up after so many failures in a row: of attempts, and of connections that were open for less than 10
     * seconds. Not as long as there is a connection. Default: never.
     */
    attempts?: number;
  };
  /** When to ask whether the connection still lives. API Gateway ends one that is idle for 10 minutes. */
  keepAlive?: {
    /** Silence after which a ping goes out. Default 240 000. */
    idle?: number;
    /** How long its answer may take before the connection counts as lost. Default 15 000. */
    answer?: number;
  };
  /** When to move to a new connection. API Gateway ends one after 2 hours. */
  handOver?: {
    /** The age at which it begins, at the earliest. Default 6 000 000 (100 minutes). */
    after?: number;
    /** A random time up to this is added, so that many pages do not move at once. Default 900 000. */
    spread?: number;
    /**
     * How long the old connection stays for answers on their way, from when everything sent on it has arrived.
     * API Gateway waits 29 seconds for a function. Default 30 000.
     */
    linger?: number;
  };
  /** What `send` does while there is no open connection: keep the message, or throw. Default `"queue"`. */
  whenNotOpen?: "queue" | "refuse";
  /** How much is kept; `send` throws beyond it. */
  queue?: {
    /** Default 1 000. */
    messages?: number;
    /** In UTF-8. Default 1 048 576. */
    bytes?: number;
  };
  /**
   * The id of a message, if it has one: of several with the same id one is delivered, of the last 1 000 ids.
   * Default: no message has one.
   */
  messageId?: (data: string) => string | undefined;
  /** For tests: WebSocket, fetch, timers, randomness and whether the machine is online. Default: the browser's. */
  environment?: import("./environment.js").Environment;
}
