/** A WebSocket over signed URLs: a new URL for every connection, reconnects, keep-alive, hand-over. */
export type { Answer, AnswerRequest, Environment, Socket, Surroundings } from "./environment.js";
export { ConnectionError, SendError, SignError } from "./errors.js";
export type { ClosedEvent, FailureEvent, SignedWebSocketEventMap, StateEvent } from "./events.js";
export type { Sign, SignedWebSocketOptions, SignRequest } from "./options.js";
export { type FetchSignedUrlOptions, fetchSignedUrl } from "./sign.js";
export { SignedWebSocket } from "./socket.js";
export type { State } from "./state.js";
