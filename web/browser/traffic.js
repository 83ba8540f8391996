/** What a page has under way on the network, told to whoever drives its time: it may pass only when all is quiet. */

/**
 * A socket of the page, seen from below whatever made it. No URL is kept: it is signed.
 *
 * @typedef {object} Line
 * @property {{ at: number, data: string }[]} sent
 * @property {{ at: number, data: string }[]} received
 * @property {number} answers how many of `received` answer one of `sent`
 * @property {number | null} openedAt by the page's clock, as are the others
 * @property {number | null} closingAt when the page closed it
 * @property {number | null} closedAt
 * @property {number | null} code the close code
 */

/**
 * @typedef {object} Traffic
 * @property {Line[]} lines every socket that there was, in the order in which they were made
 * @property {() => Promise<number>} quiet waits until nothing is under way; how many sockets are open then
 * @property {() => number} nextTimer the milliseconds to the page's next timer of `setTimeout`; what ticks, ticks on the way
 */

/**
 * Runs in a page before anything else, and refers to nothing outside itself: stands in for `fetch`, `WebSocket` and `setTimeout`.
 * A request is under way until its body is read (a stream: until its head is), a socket until it is open and again while it
 * closes, a message until its answer, and each until all who wait for it have run.
 */
export function watchTraffic() {
  /** @type {Line[]} */
  const lines = [];
  /** @type {((open: number) => void)[]} */
  let waiting = [];
  let requests = 0;
  /**
   * When each is due, by its id.
   *
   * @type {Map<number, number>}
   */
  const timers = new Map();

  const isUnderWay = (/** @type {Line} */ line) =>
    line.closedAt === null &&
    (line.openedAt === null || line.closingAt !== null || line.answers < line.sent.length);

  // Each message has one: an echo, a pong, or words of an error. What is pushed answers nothing.
  const isAnswer = (/** @type {string} */ data) => {
    try {
      const { type, message, error } = JSON.parse(data);
      return type === "pong" || message !== undefined || error !== undefined;
    } catch {
      return false;
    }
  };

  // In a task of its own: whoever else listens to the same event has answered to it by then.
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    if (requests > 0 || lines.some(isUnderWay)) return;
    const open = lines.filter((line) => line.closedAt === null).length;
    for (const tell of waiting) tell(open);
    waiting = [];
  };
  const look = () => port2.postMessage(null);

  const { fetch, setTimeout, clearTimeout, WebSocket } = window;
  const { json, text } = Response.prototype;

  /**
   * @template T
   * @param {() => Promise<T>} act
   */
  async function count(act) {
    requests += 1;
    try {
      return await act();
    } finally {
      requests -= 1;
      look();
    }
  }
  window.fetch = (...request) => count(() => fetch(...request));
  Response.prototype.json = function () {
    return count(() => json.call(this));
  };
  Response.prototype.text = function () {
    return count(() => text.call(this));
  };

  // @ts-expect-error a page gives functions, never texts
  window.setTimeout = (/** @type {() => void} */ act, delay = 0) => {
    const id = setTimeout(() => {
      timers.delete(id);
      act();
    }, delay);
    timers.set(id, Date.now() + delay);
    return id;
  };
  window.clearTimeout = (id) => {
    if (id !== undefined) timers.delete(id);
    clearTimeout(id);
  };
  window.WebSocket = class extends WebSocket {
    /** @type {Line} */
    #line = {
      sent: [],
      received: [],
      answers: 0,
      openedAt: null,
      closingAt: null,
      closedAt: null,
      code: null,
    };

    /**
     * @param {string | URL} url
     * @param {string | string[]} [protocols]
     */
    constructor(url, protocols) {
      super(url, protocols);
      const line = this.#line;
      lines.push(line);
      this.addEventListener("open", () => {
        line.openedAt = Date.now();
        look();
      });
      this.addEventListener("message", ({ data }) => {
        line.received.push({ at: Date.now(), data });
        if (isAnswer(data)) line.answers += 1;
        look();
      });
      this.addEventListener("close", ({ code }) => {
        line.closedAt = Date.now();
        line.code = code;
        look();
      });
    }

    /**
     * @override
     * @param {string} data
     */
    send(data) {
      super.send(data);
      // What is sent over a socket that closes goes nowhere.
      if (this.readyState === WebSocket.OPEN) this.#line.sent.push({ at: Date.now(), data });
    }

    /**
     * @override
     * @param {number} [code]
     * @param {string} [reason]
     */
    close(code, reason) {
      super.close(code, reason);
      this.#line.closingAt ??= Date.now();
    }
  };

  window.traffic = {
    lines,
    quiet: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        look();
      }),
    nextTimer: () => Math.min(...timers.values()) - Date.now(),
  };
}
