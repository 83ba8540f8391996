/** The messages that wait for a connection. */

import { SendError } from "./errors.js";

export class Outbox {
  #messages: string[] = [];
  #bytes = 0;
  readonly #bounds: { readonly messages: number; readonly bytes: number };

  constructor(bounds: { readonly messages: number; readonly bytes: number }) {
    this.#bounds = bounds;
  }

  /** Of all messages, in UTF-8. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether it is more than half full, with `buffered` bytes beside it. */
  isCrowded(buffered: number): boolean {
    return (
      this.#messages.length * 2 > this.#bounds.messages || (this.#bytes + buffered) * 2 > this.#bounds.bytes
    );
  }

  /** Keeps a message of so many bytes. A {@link SendError} with `queue-full` where it would pass a bound. */
  add(message: string, bytes: number): void {
    if (this.#messages.length >= this.#bounds.messages) {
      throw new SendError(`${this.#messages.length} messages wait already, and no more may`, "queue-full");
    }
    if (this.#bytes + bytes > this.#bounds.bytes) {
      throw new SendError(
        `${this.#bytes} bytes wait already, ${bytes} more would pass ${this.#bounds.bytes}`,
        "queue-full",
      );
    }
    this.#messages.push(message);
    this.#bytes += bytes;
  }

  /** All messages, in their order; none is left. */
  take(): string[] {
    const messages = this.#messages;
    this.#messages = [];
    this.#bytes = 0;
    return messages;
  }
}
