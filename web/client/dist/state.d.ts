/** What a {@link SignedWebSocket} is doing. */
/** By its name, with what there is to know of it. Nothing of a signed URL is in it. */
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
 * It tries again after `delay` milliseconds; `attempt` counts the failures in a row: 0 where a connection
 * was lost that had stood. `cause` is what happened last. `online` may end the wait before.
 */
 | {
    readonly name: "waiting";
    readonly delay: number;
    readonly attempt: number;
    readonly cause: Error;
}
/**
 * Its connections end: `close` was called, or no new one will come and an old one still stays for answers on
 * their way.
 */
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
