/** Which answer belongs to which message: ws-default repeats the text, so the oldest that is the same is meant. Pure. */

/**
 * What is stored of the connection, as an echo tells it.
 *
 * @typedef {object} Connection
 * @property {string} connectionId
 * @property {number} connectedAt milliseconds since 1970
 * @property {Record<string, string>} granted
 * @property {Record<string, string>} requested
 */

/**
 * A frame that came. `roundTrip` is in milliseconds, null for what was not asked for.
 *
 * @typedef {{ kind: "echo", text: string, connection: Connection, roundTrip: number | null }
 *   | { kind: "pong", text: string, roundTrip: number | null }
 *   | { kind: "error", text: string }
 *   | { kind: "received", text: string }} Arrived
 */

/** So many messages are remembered until their answer: what is older was lost. */
const REMEMBERED = 1000;

export class Exchange {
  /** @type {{ text: string, at: number, how: "sent" | "queued" }[]} the oldest first */
  #waiting = [];

  /**
   * @param {string} text
   * @param {number} at in milliseconds
   * @param {"sent" | "queued"} how
   */
  sent(text, at, how) {
    this.#waiting.push({ text, at, how });
    if (this.#waiting.length > REMEMBERED) this.#waiting.shift();
  }

  /** There is a connection: what was queued has gone out. */
  opened() {
    this.#waiting = this.#waiting.map((message) => ({ ...message, how: "sent" }));
  }

  /** There is none any more: what was sent on it is answered no more. */
  lost() {
    this.#waiting = this.#waiting.filter(({ how }) => how === "queued");
  }

  /**
   * @param {string} data
   * @param {number} at in milliseconds
   * @returns {Arrived}
   */
  arrived(data, at) {
    const frame = read(data);
    const { message, connection, connectionId, type, error } = frame;
    if (typeof message === "string" && isConnection(connection)) {
      return {
        kind: "echo",
        text: message,
        connection,
        roundTrip: this.#roundTrip(at, (text) => text === message),
      };
    }
    if (type === "pong") {
      const roundTrip = this.#roundTrip(at, (text) => {
        const ping = read(text);
        return ping.type === "ping" && ping.id === frame.id;
      });
      return { kind: "pong", text: data, roundTrip };
    }
    // By ws-default; by API Gateway, where the function has failed. Neither says which message it answers.
    const failure = typeof connectionId === "string" ? message : error;
    if (typeof failure === "string") {
      this.#waiting.shift();
      return { kind: "error", text: failure };
    }
    return { kind: "received", text: data };
  }

  /**
   * @param {number} at
   * @param {(text: string) => boolean} isMeant
   */
  #roundTrip(at, isMeant) {
    const index = this.#waiting.findIndex(({ text }) => isMeant(text));
    const [found] = index < 0 ? [] : this.#waiting.splice(index, 1);
    return found ? at - found.at : null;
  }
}

/**
 * @param {string} data
 * @returns {Record<string, unknown>} empty where it is no JSON object
 */
function read(data) {
  try {
    const value = JSON.parse(data);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
  } catch {
    return {};
  }
}

/**
 * @param {unknown} value
 * @returns {value is Connection}
 */
function isConnection(value) {
  if (typeof value !== "object" || value === null) return false;
  const { connectionId, connectedAt, granted, requested } = /** @type {Record<string, unknown>} */ (value);
  return (
    typeof connectionId === "string" &&
    typeof connectedAt === "number" &&
    isTexts(granted) &&
    isTexts(requested)
  );
}

/** @param {unknown} value */
function isTexts(value) {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every((text) => typeof text === "string")
  );
}
