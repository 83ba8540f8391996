/** Virtual time: timers in a queue, which a test drives. */

interface Timer {
  readonly at: number;
  /** Among timers of the same time the first that was set comes first. */
  readonly number: number;
  readonly callback: () => void;
}

export class Clock {
  #now = Date.UTC(2026, 0, 2, 3, 4, 5);
  #count = 0;
  readonly #timers = new Map<number, Timer>();

  now(): number {
    return this.#now;
  }

  /** Timers that have not fired. */
  get pending(): number {
    return this.#timers.size;
  }

  setTimeout(callback: () => void, delay: number): number {
    this.#count += 1;
    const at = this.#now + Math.max(0, delay);
    this.#timers.set(this.#count, { at, number: this.#count, callback });
    return this.#count;
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as number);
  }

  /** Goes on for so many milliseconds; each timer that is due fires at its time, and its promises settle before the next. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await settled();
    for (let timer = this.#next(end); timer; timer = this.#next(end)) {
      this.#now = Math.max(this.#now, timer.at);
      this.#timers.delete(timer.number);
      timer.callback();
      await settled();
    }
    this.#now = end;
  }

  /** Time goes by and no timer fires, as while a machine sleeps. What became due fires with the next `advance`. */
  sleep(milliseconds: number): void {
    this.#now += milliseconds;
  }

  /** Somebody sets the clock to another time; timers keep the time that they had left. */
  set(milliseconds: number): void {
    const change = milliseconds - this.#now;
    this.#now = milliseconds;
    for (const [number, timer] of this.#timers) {
      this.#timers.set(number, { ...timer, at: timer.at + change });
    }
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
