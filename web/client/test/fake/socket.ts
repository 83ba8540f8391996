/** A WebSocket as a browser has it, over a line to the fake gateway. */

import type { Socket } from "../../src/environment.js";

/** Where what a page sends goes. */
export interface Line {
  sent(data: string): void;
  /** The page has called `close`, perhaps in the handshake; `code` is null where it gave none. */
  closing(code: number | null, isBrokenOff: boolean): void;
}

/** What the gateway does to it is under `wire`: a page cannot reach that. */
export class FakeSocket implements Socket {
  readyState = 0;
  /** A test sets it. */
  bufferedAmount = 0;
  protocol = "";
  readonly extensions = "";
  binaryType: BinaryType = "blob";
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onerror: ((event: Event) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;

  readonly url: string;
  readonly protocols: readonly string[];
  readonly #line: Line;

  constructor(url: string, protocols: readonly string[], line: Line) {
    this.url = url;
    this.protocols = protocols;
    this.#line = line;
  }

  send(data: string): void {
    if (this.readyState === 0) throw new DOMException("Still in CONNECTING state", "InvalidStateError");
    // As in a browser: what is sent while it closes is lost without a word.
    if (this.readyState === 1) this.#line.sent(data);
  }

  close(code?: number): void {
    if (this.readyState >= 2) return;
    const isBrokenOff = this.readyState === 0;
    this.readyState = 2;
    this.#line.closing(code ?? null, isBrokenOff);
  }

  readonly wire = {
    open: (protocol: string): void => {
      if (this.readyState !== 0) return;
      this.readyState = 1;
      this.protocol = protocol;
      this.onopen?.(new Event("open"));
    },
    /** "The WebSocket API", HTML: what comes when it is not open (any more) is dropped. */
    message: (data: unknown): void => {
      if (this.readyState !== 1) return;
      this.onmessage?.(new MessageEvent("message", { data, origin: new URL(this.url).origin }));
    },
    /** A policy of the page does not let it connect. */
    blocked: (): void => {
      this.readyState = 3;
      queueMicrotask(() => this.onerror?.(new Event("error")));
    },
    /** The other side has begun to close. */
    closing: (): void => {
      if (this.readyState < 2) this.readyState = 2;
    },
    closed: (code: number, wasClean: boolean): void => {
      if (this.readyState === 3) return;
      this.readyState = 3;
      if (!wasClean) this.onerror?.(new Event("error"));
      // Node 20 has no CloseEvent.
      this.onclose?.(Object.assign(new Event("close"), { code, wasClean, reason: "" }) as CloseEvent);
    },
  };
}
