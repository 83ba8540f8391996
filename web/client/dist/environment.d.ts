/** What the client needs of the browser. A test brings its own. */
/** The part of a WebSocket that is used. */
export interface Socket {
    readonly readyState: number;
    readonly bufferedAmount: number;
    readonly protocol: string;
    readonly extensions: string;
    binaryType: BinaryType;
    onopen: ((event: Event) => void) | null;
    onmessage: ((event: MessageEvent) => void) | null;
    onerror: ((event: Event) => void) | null;
    onclose: ((event: CloseEvent) => void) | null;
    send(data: string): void;
    close(code?: number, reason?: string): void;
}
/** The part of an answer to `fetch` that is used. */
export interface Answer {
    readonly ok: boolean;
    readonly status: number;
    text(): Promise<string>;
}
/** The part of a request by `fetch` that is used. */
export interface AnswerRequest {
    readonly method: "POST";
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly signal: AbortSignal;
}
/** What happens around the page. */
export interface Surroundings {
    /** The machine has a network again. */
    online(): void;
    /** The page can be seen again. */
    visible(): void;
}
/** The world of a client. All times are in milliseconds. */
export interface Environment {
    /** What a relative address of `/sign` is relative to; without it there are only absolute ones. */
    readonly base?: string | undefined;
    /** The wall clock, which goes on while the machine sleeps. */
    now(): number;
    /** At least 0, less than 1. */
    random(): number;
    setTimeout(callback: () => void, delay: number): unknown;
    clearTimeout(timer: unknown): void;
    fetch(address: string | URL, request: AnswerRequest): Promise<Answer>;
    connect(url: string, protocols: readonly string[]): Socket;
    /** False only where the browser knows that there is no network. */
    isOnline(): boolean;
    /** Tells of changes until the function that it returns is called. */
    watch(surroundings: Surroundings): () => void;
}
/** The browser's, and that of a worker, where there is no document. */
export declare const browser: Environment;
