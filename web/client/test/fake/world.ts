/** A client in a world of its own, with a record of what it tells. */

import { expect } from "vitest";
import { SignedWebSocket, type SignedWebSocketOptions, type State } from "../../src/index.js";
import { FakeEnvironment } from "./environment.js";

export const SIGN = "https://sign.example/sign";

export class World {
  readonly environment: FakeEnvironment;
  readonly gateway;
  readonly clock;
  readonly socket: SignedWebSocket;
  /** The names of all events, in their order; those of states as `state:NAME`. */
  readonly events: string[] = [];
  readonly states: State[] = [];
  readonly messages: string[] = [];
  readonly errors: Error[] = [];
  readonly closed: { code: number; reason: string; wasClean: boolean; error: Error | null }[] = [];

  constructor(options: Partial<SignedWebSocketOptions> = {}, environment = new FakeEnvironment()) {
    this.environment = environment;
    this.gateway = environment.gateway;
    this.clock = environment.clock;
    this.socket = new SignedWebSocket({ sign: SIGN, environment, ...options });
    this.socket.addEventListener("open", () => this.events.push("open"));
    this.socket.addEventListener("drain", () => this.events.push("drain"));
    this.socket.addEventListener("message", ({ data }) => {
      this.events.push("message");
      this.messages.push(data);
    });
    this.socket.addEventListener("error", ({ error }) => {
      this.events.push("error");
      this.errors.push(error);
    });
    this.socket.addEventListener("close", ({ code, reason, wasClean, error }) => {
      this.events.push("close");
      this.closed.push({ code, reason, wasClean, error });
    });
    this.socket.addEventListener("statechange", ({ state }) => {
      this.events.push(`state:${state.name}`);
      this.states.push(state);
    });
  }

  /** One that is open. */
  static async open(
    options: Partial<SignedWebSocketOptions> = {},
    environment?: FakeEnvironment,
  ): Promise<World> {
    const world = new World(options, environment);
    await world.clock.advance(1_000);
    expect(world.socket.state.name).toBe("open");
    return world;
  }

  advance(milliseconds: number): Promise<void> {
    return this.clock.advance(milliseconds);
  }

  /** The connection that was made last. */
  get last() {
    const connection = this.gateway.connections.at(-1);
    if (!connection) throw new Error("there is no connection yet, expected one");
    return connection;
  }
}
