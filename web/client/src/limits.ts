/** What API Gateway bounds, with the source of each number, and how long the client waits for an answer. */

/**
 * The longest message, in bytes of UTF-8. A browser sends a message as one frame, and a frame has 32 KB at most:
 * "Quotas for configuring and running a WebSocket API in API Gateway", WebSocket frame size.
 */
export const MESSAGE_BYTES = 32_768;

/**
 * How long `/sign` may take: API Gateway waits 30 seconds for a function ("Quotas for configuring and running an HTTP
 * API in API Gateway", maximum integration timeout), and some time is for the way.
 */
export const SIGN_TIMEOUT = 35_000;

/**
 * How long a function of the page may take for a URL: long enough for a request to `/sign`, a new token, and another
 * request.
 */
export const SIGN_FUNCTION_TIMEOUT = 120_000;

/**
 * How long a handshake may take. API Gateway waits 29 seconds for the function of `$connect` ("Quotas for configuring
 * and running a WebSocket API in API Gateway", integration timeout). A browser prints the URL of a handshake that is
 * broken off: after a minute the URL has ended (`UrlTtlSeconds`). It must be broken off then: until it ends a browser
 * lets the next handshake with this host wait (RFC 6455, 4.1), Chromium for minutes.
 */
export const HANDSHAKE_TIMEOUT = 60_000;

/** How long the other side may take to answer a close, before the connection is left to itself. */
export const CLOSE_TIMEOUT = 5_000;

/** No wait before a new attempt is shorter. */
export const SHORTEST_WAIT = 100;

/**
 * The time from one attempt to the next where `online` ends the wait: a network may come and go many times a
 * second.
 */
export const ONLINE_WAIT = 1_000;

/**
 * A connection that was open for so long counts as good: the failures before it are forgotten. None is handed over
 * before.
 */
export const STAND = 10_000;

/** The shortest time of silence before a ping, and for its answer. */
export const SHORTEST_PING = 1_000;

/** A timer that is later than this was held up: the machine slept, or the page was frozen. */
export const LATE = 5_000;

/** How often the browser's buffer is looked at while `drain` is owed: a WebSocket tells no change of it. */
export const DRAIN_INTERVAL = 50;

/** Ids of messages that are remembered. */
export const RECENT_IDS = 1_000;

/** No time may be longer: two of them must fit into the 31 bits of a browser's timer. About twelve days. */
export const LONGEST_TIME = 2 ** 30 - 1;
