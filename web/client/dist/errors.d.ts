/** What can go wrong. No error holds a signed URL or a part of one. */
/** `/sign` has refused, or could not be asked. */
export declare class SignError extends Error {
    /** The HTTP status; 0 where there was no answer that a page may read (no network, or CORS). */
    readonly status: number;
    /** The problem's `code`, such as `name_not_allowed`; null where API Gateway itself answered, or nobody did. */
    readonly code: string | null;
    /** The problem's `detail`, or what API Gateway itself says: for people. */
    readonly detail: string | null;
    readonly name = "SignError";
    constructor(message: string, 
    /** The HTTP status; 0 where there was no answer that a page may read (no network, or CORS). */
    status: number, 
    /** The problem's `code`, such as `name_not_allowed`; null where API Gateway itself answered, or nobody did. */
    code: string | null, 
    /** The problem's `detail`, or what API Gateway itself says: for people. */
    detail: string | null);
    /** Whether asking again would be of no use: a 4xx but for 429. */
    get isFinal(): boolean;
}
/** A connection was refused, did not open in time, or was cut. A browser does not tell a page why. */
export declare class ConnectionError extends Error {
    /** The close code, as a browser tells it: 1006 where it was not closed but broke, 1005 where the close had none. */
    readonly code: number;
    readonly name = "ConnectionError";
    constructor(message: string, 
    /** The close code, as a browser tells it: 1006 where it was not closed but broke, 1005 where the close had none. */
    code: number);
}
/** `send` did not take a message. */
export declare class SendError extends Error {
    /**
     * `too-large`: over 32 KiB. `not-text`: binary, which API Gateway does not take. `queue-full`, `not-open`,
     * `closed`.
     */
    readonly code: "too-large" | "not-text" | "queue-full" | "not-open" | "closed";
    readonly name = "SendError";
    constructor(message: string, 
    /**
     * `too-large`: over 32 KiB. `not-text`: binary, which API Gateway does not take. `queue-full`, `not-open`,
     * `closed`.
     */
    code: "too-large" | "not-text" | "queue-full" | "not-open" | "closed");
}
