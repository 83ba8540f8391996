/** Virtual time: timers in a queue, which a test drives. */

interface Timer {
  /** By `elapsed`. */
  readonly at: number;
  /** Among timers of the same time the first that was set comes first. */
  readonly number: number;
  readonly callback: () => void;
}

export class Clock {
  #elapsed = 0;
  #offset = Date.UTC(2026, 0, 2, 3, 4, 5);
  #count = 0;
  readonly #timers = new Map<number, Timer>();

  /** What a clock on the wall shows. */
  now(): number {
    return this.#offset + this.#elapsed;
  }

  /** Milliseconds since the beginning, whatever the clock on the wall is set to. */
  get elapsed(): number {
    return this.#elapsed;
  }

  /** Timers that have not fired. */
  get pending(): number {
    return this.#timers.size;
  }

  setTimeout(callback: () => void, delay: number): number {
    this.#count += 1;
    const at = this.#elapsed + Math.max(0, delay);
    this.#timers.set(this.#count, { at, number: this.#count, callback });
    return this.#count;
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as number);
  }

  /**
   * Goes on for so many milliseconds; each timer that is due fires at its time, and its promises settle before
   * the next.
   */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#elapsed + milliseconds;
    await settled();
    for (let timer = this.#next(end); timer; timer = this.#next(end)) {
      this.#elapsed = Math.max(this.#elapsed, timer.at);
      this.#timers.delete(timer.number);
      timer.callback();
      await settled();
    }
    this.#elapsed = end;
  }

  /** Time goes by and no timer fires, as while a machine sleeps. What became due fires with the next `advance`. */
  sleep(milliseconds: number): void {
    this.#elapsed += milliseconds;
  }

  /** The clock on the wall is set; timers keep the time that they had left, as where they sleep with the machine. */
  set(now: number): void {
    this.#offset = now - this.#elapsed;
  }

  #next(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers.values()) {
      if (timer.at > end) continue;
      if (!next || timer.at < next.at || (timer.at === next.at && timer.number < next.number)) next = timer;
    }
    return next;
  }
}

/** Everything that promises have to do is done: a message of a channel is a task of its own, behind them all. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
