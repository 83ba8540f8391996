/**
 * The events of a {@link SignedWebSocket}. They are classes of our own where not every place that has a WebSocket has
 * the class: node 20 has neither `CloseEvent` nor `ErrorEvent`.
 */
import type { State } from "./state.js";
/** Something failed. Unless `close` follows, it is tried again. */
export declare class FailureEvent extends Event {
    /** A `SignError` or a `ConnectionError`, or what the page's own function has thrown. */
    readonly error: Error;
    constructor(
    /** A `SignError` or a `ConnectionError`, or what the page's own function has thrown. */
    error: Error);
    /** That of the error. */
    get message(): string;
}
/** The end. */
export declare class ClosedEvent extends Event {
    /** As it was given to `close`; 1006 where it ended otherwise, or the other side has not answered. */
    readonly code: number;
    /** As it was given to `close`; else `refused` or `given up`. */
    readonly reason: string;
    /** Whether `close` was called, and whoever was on the other side has answered. */
    readonly wasClean: boolean;
    /** Why it ended; null where `close` was called. */
    readonly error: Error | null;
    constructor(
    /** As it was given to `close`; 1006 where it ended otherwise, or the other side has not answered. */
    code: number, 
    /** As it was given to `close`; else `refused` or `given up`. */
    reason: string, 
    /** Whether `close` was called, and whoever was on the other side has answered. */
    wasClean: boolean, 
    /** Why it ended; null where `close` was called. */
    error: Error | null);
}
/** The state has changed. */
export declare class StateEvent extends Event {
    /** What it does from now on. */
    readonly state: State;
    /** What it did until now. */
    readonly previous: State;
    constructor(
    /** What it does from now on. */
    state: State, 
    /** What it did until now. */
    previous: State);
}
/** Each event by its name. */
export interface SignedWebSocketEventMap {
    /** Messages can go out: after the first connection, and after each that came where there was none. */
    open: Event;
    /** A message has come. */
    message: MessageEvent;
    /** Something failed. */
    error: FailureEvent;
    /** It is over. */
    close: ClosedEvent;
    /** The state has changed. */
    statechange: StateEvent;
    /** `send` has returned `false`, and may be called again. */
    drain: Event;
}
/** An `EventTarget` that knows its events. */
export interface SignedWebSocketTarget extends EventTarget {
    addEventListener<K extends keyof SignedWebSocketEventMap>(type: K, listener: ((event: SignedWebSocketEventMap[K]) => unknown) | null, options?: boolean | AddEventListenerOptions): void;
    addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
    removeEventListener<K extends keyof SignedWebSocketEventMap>(type: K, listener: ((event: SignedWebSocketEventMap[K]) => unknown) | null, options?: boolean | EventListenerOptions): void;
    removeEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | EventListenerOptions): void;
}
/** `EventTarget`, with the types of the events. */
export declare const Target: new () => SignedWebSocketTarget;
