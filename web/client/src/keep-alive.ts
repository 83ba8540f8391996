/** Pings: they keep a connection from being idle, and find out whether it still lives. */

import type { Environment } from "./environment.js";
import { LATE } from "./limits.js";

/** What a {@link KeepAlive} works on. */
export interface Kept {
  /** Sends a ping. */
  ping(text: string): void;
  /** Nothing was heard since the ping. */
  lost(): void;
  /** Some time has passed, perhaps in sleep. */
  ticked(): void;
}

export class KeepAlive {
  readonly #environment: Environment;
  readonly #times: { readonly idle: number; readonly answer: number };
  readonly #kept: Kept;
  /** Ids of pings without an answer yet. */
  readonly #ids = new Set<string>();
  #count = 0;
  #heardAt: number;
  #timer: unknown;
  #asks = false;
  /** The ping whose own answer is waited for, and what comes then. */
  #flush: { id: string; done: () => void } | null = null;

  constructor(
    environment: Environment,
    times: { readonly idle: number; readonly answer: number },
    kept: Kept,
  ) {
    this.#environment = environment;
    this.#times = times;
    this.#kept = kept;
    this.#heardAt = environment.now();
    this.#listen(times.idle);
  }

  /** Notes that something has come. True where it answers a ping of ours, which is nobody else's business. */
  heard(data: unknown): boolean {
    this.#heardAt = this.#environment.now();
    const id = this.#answered(data);
    if (this.#flush) {
      if (this.#flush.id === id) this.#finish();
    } else if (this.#asks) {
      this.#asks = false;
      this.#listen(this.#times.idle);
    }
    return id !== null;
  }

  /** Asks at once whether the connection lives, unless it is being asked. */
  prove(): void {
    if (this.#asks || this.#flush) return;
    this.#ask(false);
  }

  /** Asks no more by itself. Sends a ping, and calls `done` when it is answered or should have been. */
  flush(done: () => void): void {
    this.stop();
    this.#askLast(done, false);
  }

  /** No timer is left. */
  stop(): void {
    this.#environment.clearTimeout(this.#timer);
    this.#asks = false;
    this.#flush = null;
  }

  /** Looks again after so long. It is not set anew by each message: there may be thousands. */
  #listen(delay: number): void {
    this.#start(delay, (late) => {
      const silence = this.#environment.now() - this.#heardAt;
      // The clock may have been set back.
      if (late || silence < 0 || silence >= this.#times.idle) this.#ask(false);
      else this.#listen(this.#times.idle - silence);
      this.#kept.ticked();
    });
  }

  #ask(again: boolean): void {
    this.#asks = true;
    this.#ping();
    this.#start(this.#times.answer, (late) => {
      // After a sleep the answer may wait behind this timer, or be lost while the machine was away: it is asked once more.
      if (late && !again) this.#ask(true);
      else this.#kept.lost();
    });
  }

  #askLast(done: () => void, again: boolean): void {
    this.#flush = { id: this.#ping(), done };
    this.#start(this.#times.answer, (late) => {
      // As above: what has arrived may wait behind this timer, before the answer.
      if (late && !again) this.#askLast(done, true);
      else this.#finish();
    });
  }

  #start(delay: number, then: (late: boolean) => void): void {
    const due = this.#environment.now() + delay;
    this.#environment.clearTimeout(this.#timer);
    this.#timer = this.#environment.setTimeout(() => then(this.#environment.now() > due + LATE), delay);
  }

  #ping(): string {
    this.#count += 1;
    const id = `keep-alive:${this.#count}:${Math.floor(this.#environment.random() * 2 ** 48).toString(36)}`;
    this.#ids.add(id);
    this.#kept.ping(JSON.stringify({ type: "ping", id }));
    return id;
  }

  #finish(): void {
    const done = this.#flush?.done;
    this.stop();
    done?.();
  }

  /** The id of the ping that this answers. */
  #answered(data: unknown): string | null {
    if (this.#ids.size === 0 || typeof data !== "string" || !data.includes('"keep-alive:')) return null;
    try {
      const { type, id } = JSON.parse(data);
      return type === "pong" && this.#ids.delete(id) ? id : null;
    } catch {
      return null;
    }
  }
}
