/** The lines that `POST /trace` sends, as `local/src/trace/mod.rs` writes them. */

/**
 * @typedef {object} Judgement a rule of the signature, and what was found
 * @property {number} number
 * @property {string} name a sentence that holds when it is kept
 * @property {"kept" | "broken" | "notChecked"} status
 * @property {string | null} found
 */

/**
 * @typedef {object} Refusal the rule that a handshake was refused by
 * @property {number} rule
 * @property {string} name
 * @property {string} found
 * @property {string} advice
 * @property {string} section `docs/troubleshooting.md#rule-7`
 */

/** @typedef {{ event: "arrived", handshake: string, at: number, method: string, url: string, headers: [string, string][] }} Arrived */
/** @typedef {{ event: "judged", handshake: string, rules: Judgement[], canonicalRequest: string[] | null, stringToSign: string[] | null }} Judged */
/** @typedef {{ event: "decided", handshake: string, principal: string, action: string, resource: string, denied: string | null }} Decided */
/** @typedef {{ event: "invoked", handshake: string, function: string, connectionId: string, payload: unknown }} Invoked */
/** @typedef {{ event: "logged", handshake: string, function: string, line: string }} Logged */
/** @typedef {{ event: "answered", handshake: string, answer: unknown, error: string | null }} Answered */
/** @typedef {{ event: "stored", handshake: string, table: string, item: unknown }} Stored */
/** @typedef {{ event: "ended", handshake: string, status: number, refusal: Refusal | null }} Ended */
/** @typedef {{ event: "gone", handshake: string }} Gone its client went away before it was answered */
/** @typedef {{ event: "disconnected", handshake: string, statusCode: number, reason: string, left: number | null }} Disconnected */

/** @typedef {Arrived | Judged | Decided | Invoked | Logged | Answered | Stored | Ended | Gone | Disconnected} HandshakeEvent */

/** `watching` comes first; `skipped` where the page was too slow for `count` lines. */
/** @typedef {HandshakeEvent | { event: "watching" } | { event: "skipped", count: number }} TraceEvent */

export {};
