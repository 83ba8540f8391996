/** Asks `/sign` for a URL, and reads its refusals. */
import { type Environment } from "./environment.js";
import type { Sign, SignRequest } from "./options.js";
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
/**
 * Asks a function for a signed URL, and takes nothing else of it: rejects with an error for anything that is none of a
 * WebSocket, and with a {@link SignError} where there is no answer within 2 minutes.
 */
export declare function askSign(sign: Sign, { query, signal }: SignRequest, environment: Environment): Promise<URL>;
