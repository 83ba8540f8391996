/** The ids of the messages of late. */

export class RecentIds {
  readonly #ids = new Set<string>();
  readonly #count: number;

  /** Remembers the last `count` ids. */
  constructor(count: number) {
    this.#count = count;
  }

  /** Remembers the id. False where it is remembered already. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    if (this.#ids.size > this.#count) {
      // A set keeps the order in which its values came.
      for (const oldest of this.#ids) {
        this.#ids.delete(oldest);
        break;
      }
    }
    return true;
  }
}
