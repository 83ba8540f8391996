/** Asks `/sign` for a URL, and reads its refusals. */
import { type Environment } from "./environment.js";
/** What {@link fetchSignedUrl} asks with. */
export interface FetchSignedUrlOptions {
    /** The parameters to be signed. */
    readonly query?: Readonly<Record<string, string>> | undefined;
    /** Headers of the request itself, such as `Authorization`. */
    readonly headers?: Readonly<Record<string, string>> | undefined;
    /** Ends the request when it is aborted. */
    readonly signal?: AbortSignal | undefined;
    /** For tests. Default: the browser's. */
    readonly environment?: Environment | undefined;
}
/**
 * Asks `/sign`, at the address `sign`, for a signed URL. It is good for one connection, for a short while, and a
 * secret until it is used.
 *
 * Rejects with a {@link SignError} for a refusal, an answer without a URL, no network, CORS, or no answer within 35
 * seconds; with the reason of `signal` where that is aborted.
 */
export declare function fetchSignedUrl(sign: string | URL, { query, headers, signal, environment }?: FetchSignedUrlOptions): Promise<string>;
/** The URL as it was parsed, or null where it is none of a WebSocket. */
export declare function webSocketUrl(url: unknown): URL | null;
