/** What a {@link SignedWebSocket} is doing. */
/** Why it is not connected, without anything of a signed URL. */
export type State = 
/** It asks for a URL. */
{
    readonly name: "signing";
}
/** It opens the URL. */
 | {
    readonly name: "connecting";
}
/** Messages go both ways. */
 | {
    readonly name: "open";
}
/** Messages go both ways; it moves to a new connection. */
 | {
    readonly name: "handing-over";
}
/**
 * It tries again after `delay` milliseconds; `attempt` counts the failures in a row, `cause` is the last.
 * `online` may end the wait before.
 */
 | {
    readonly name: "waiting";
    readonly delay: number;
    readonly attempt: number;
    readonly cause: Error;
}
/** `close` was called, and it is closing. */
 | {
    readonly name: "closing";
}
/** It is over: by `close` (no `cause`), by a refusal of `/sign`, or because it has given up. */
 | {
    readonly name: "closed";
    readonly code: number;
    readonly reason: string;
    readonly cause?: Error;
};
