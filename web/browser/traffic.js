/**
 * What a page has under way on the network, told to whoever drives its clock: time may pass only when all is quiet.
 * Runs in the page, before anything else: it stands in for the page's `fetch`, `WebSocket` and `setTimeout`.
 */

/**
 * A socket of the page, seen from below whatever made it. No URL is kept: it is signed.
 *
 * @typedef {object} Line
 * @property {string[]} sent
 * @property {string[]} received
 * @property {number} answers how many of `received` answer one of `sent`
 * @property {number | null} openedAt by the page's clock, as are the others
 * @property {number | null} closingAt when the page closed it
 * @property {number | null} closedAt
 * @property {number | null} code the close code
 */

/**
 * @typedef {object} Traffic
 * @property {Line[]} lines every socket that there was, in the order in which they were made
 * @property {() => Promise<number>} quiet once nothing is under way: the milliseconds to the page's next timer
 */

/** Goes into a page by `addInitScript`, and so refers to nothing outside itself. */
export function installTraffic() {
  /** @type {Line[]} */
  const lines = [];
  /** @type {(() => void)[]} */
  let waiting = [];
  let requests = 0;
  /** @type {Map<number, number>} */
  const timers = new Map();

  const isUnderWay = (/** @type {Line} */ line) =>
    line.closedAt === null &&
    (line.openedAt === null || line.closingAt !== null || line.answers < line.sent.length);

  // In a task of its own: whoever else listens to the same event has answered to it by then.
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    if (requests > 0 || lines.some(isUnderWay)) return;
    const told = waiting;
    waiting = [];
    for (const tell of told) tell();
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
        line.received.push(data);
        // What is pushed answers nothing.
        if (!("pushed" in JSON.parse(data))) line.answers += 1;
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
      if (this.readyState === WebSocket.OPEN) this.#line.sent.push(data);
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

  /** @type {Traffic} */
  const traffic = {
    lines,
    quiet: () =>
      new Promise((resolve) => {
        waiting.push(() => resolve(Math.min(...timers.values()) - Date.now()));
        look();
      }),
  };
  Object.assign(window, { traffic });
}
