/** A world for a client, all of which a test drives. */

import type { Environment, Surroundings } from "../../src/environment.js";
import { Clock } from "./clock.js";
import { FakeGateway } from "./gateway.js";

export class FakeEnvironment implements Environment {
  readonly clock = new Clock();
  readonly gateway = new FakeGateway(this.clock);
  /** What `random` gives. */
  randomness: () => number;
  /** How much later than it should each timer of the client fires, as in a page that is not seen. */
  lateness: () => number = () => 0;
  readonly #watching = new Set<Surroundings>();
  /** Timers of the client alone, not of the gateway. */
  readonly #timers = new Set<number>();
  #isOnline = true;

  /** `seed` decides all randomness. */
  constructor(seed = 1) {
    this.randomness = mulberry32(seed);
    this.gateway.isOnline = () => this.#isOnline;
  }

  /** What the client has left behind, if it is closed: timers, and listeners for what happens around the page. */
  get leftBehind(): { timers: number; listeners: number } {
    return { timers: this.#timers.size, listeners: this.#watching.size };
  }

  now(): number {
    return this.clock.now();
  }

  random(): number {
    return this.randomness();
  }

  setTimeout(callback: () => void, delay: number): number {
    const timer = this.clock.setTimeout(() => {
      this.#timers.delete(timer);
      callback();
    }, delay + this.lateness());
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as number);
    this.clock.clearTimeout(timer);
  }

  fetch: Environment["fetch"] = (address, request) => this.gateway.fetch(address, request);

  connect: Environment["connect"] = (url, protocols) => this.gateway.connect(url, protocols);

  isOnline(): boolean {
    return this.#isOnline;
  }

  watch(surroundings: Surroundings): () => void {
    this.#watching.add(surroundings);
    return () => this.#watching.delete(surroundings);
  }

  /** The network is gone: every connection is half-open, every attempt fails. */
  goOffline(): void {
    this.#isOnline = false;
    for (const connection of this.gateway.connections) connection.isHalfOpen = true;
  }

  /** There is a network again; connections from before stay dead. */
  goOnline(): void {
    this.#isOnline = true;
    for (const { online } of this.#watching) online();
  }

  /** The page is seen again. */
  show(): void {
    for (const { visible } of this.#watching) visible();
  }
}

/** A small generator of random numbers, by a seed: "mulberry32" (Tommy Ettinger, public domain). */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
