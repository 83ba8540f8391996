// Built from web/client/src by `npm run build` in web/. MIT OR Apache-2.0

// src/errors.ts
var SignError = class extends Error {
  constructor(message, status, code, detail) {
    super(message);
    this.status = status;
    this.code = code;
    this.detail = detail;
  }
  status;
  code;
  detail;
  name = "SignError";
  /** Whether asking again would be of no use: a 4xx but for 429. */
  get isFinal() {
    return this.status >= 400 && this.status < 500 && this.status !== 429;
  }
};
var ConnectionError = class extends Error {
  constructor(message, code) {
    super(message);
    this.code = code;
  }
  code;
  name = "ConnectionError";
};
var SendError = class extends Error {
  constructor(message, code) {
    super(message);
    this.code = code;
  }
  code;
  name = "SendError";
};

// src/environment.ts
var browser = {
  get base() {
    return globalThis.document?.baseURI ?? globalThis.location?.href;
  },
  now: () => Date.now(),
  random: () => Math.random(),
  setTimeout: (callback, delay) => setTimeout(callback, delay),
  clearTimeout: (timer) => clearTimeout(timer),
  fetch: (address, request) => fetch(address, request),
  connect: (url, protocols) => new WebSocket(url, [...protocols]),
  isOnline: () => globalThis.navigator?.onLine !== false,
  watch({ online, visible }) {
    const watched = new AbortController();
    const { signal } = watched;
    const { document } = globalThis;
    globalThis.addEventListener?.("online", online, { signal });
    document?.addEventListener(
      "visibilitychange",
      () => {
        if (document.visibilityState === "visible") visible();
      },
      { signal }
    );
    return () => watched.abort();
  }
};

// src/limits.ts
var MESSAGE_BYTES = 32768;
var SIGN_TIMEOUT = 35e3;
var SIGN_FUNCTION_TIMEOUT = 12e4;
var HANDSHAKE_TIMEOUT = 6e4;
var CLOSE_TIMEOUT = 5e3;
var SHORTEST_WAIT = 100;
var ONLINE_WAIT = 1e3;
var STAND = 1e4;
var SHORTEST_PING = 1e3;
var LATE = 5e3;
var DRAIN_INTERVAL = 50;
var RECENT_IDS = 1e3;
var LONGEST_TIME = 2 ** 30 - 1;

// src/sign.ts
async function fetchSignedUrl(sign, { query = {}, headers = {}, signal, environment = browser } = {}) {
  signal?.throwIfAborted();
  const limit = limited(SIGN_TIMEOUT, environment, signal);
  try {
    const request = {
      method: "POST",
      headers,
      body: JSON.stringify({ query }),
      signal: limit.signal
    };
    const answer = await environment.fetch(sign, request);
    const body = answer.text();
    return read(answer, await (answer.ok ? body : body.catch(() => "")));
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof SignError) throw error;
    const why = limit.signal.aborted ? `no answer within ${SIGN_TIMEOUT} ms` : "no network, or its CORS does not let this origin in";
    throw unanswered(`/sign could not be asked: ${why}`);
  } finally {
    limit.clear();
  }
}
async function askSign(sign, { query, signal }, environment) {
  await null;
  signal.throwIfAborted();
  const limit = limited(SIGN_FUNCTION_TIMEOUT, environment, signal);
  const late = new Promise((_, reject) => {
    limit.signal.addEventListener(
      "abort",
      () => reject(unanswered(`the function gave no URL within ${SIGN_FUNCTION_TIMEOUT} ms`))
    );
  });
  late.catch(() => {
  });
  try {
    const given = await Promise.race([sign({ query: { ...query }, signal: limit.signal }), late]);
    const url = webSocketUrl(given);
    if (url) return url;
  } catch (error) {
    throw error instanceof Error ? error : unanswered("the function has thrown what is no error");
  } finally {
    limit.clear();
  }
  throw unanswered("the function gave no URL of a WebSocket, expected one that begins with wss: or ws:");
}
function limited(delay, environment, outer) {
  const controller = new AbortController();
  const clear = () => {
    environment.clearTimeout(timer);
    outer?.removeEventListener("abort", abort);
  };
  const abort = () => {
    clear();
    controller.abort(outer?.reason);
  };
  const timer = environment.setTimeout(abort, delay);
  outer?.addEventListener("abort", abort);
  return { signal: controller.signal, clear };
}
function webSocketUrl(url) {
  try {
    const parsed = new URL(url);
    return parsed.protocol === "wss:" || parsed.protocol === "ws:" ? parsed : null;
  } catch {
    return null;
  }
}
function read({ ok, status }, body) {
  const answer = fields(body);
  if (ok) {
    const { url } = answer;
    if (typeof url === "string" && webSocketUrl(url)) return url;
    throw new SignError(`/sign answered ${status} without the URL of a WebSocket`, status, null, null);
  }
  const code = text(answer.code);
  const detail = text(answer.detail) ?? text(answer.message);
  const message = [`/sign refused with ${status}`, code, detail].filter((part) => part !== null).join(": ");
  throw new SignError(message, status, code, detail);
}
function unanswered(message) {
  return new SignError(message, 0, null, null);
}
function fields(body) {
  try {
    return Object(JSON.parse(body));
  } catch {
    return {};
  }
}
function text(value) {
  return typeof value === "string" ? value : null;
}

// src/events.ts
var FailureEvent = class extends Event {
  constructor(error) {
    super("error");
    this.error = error;
  }
  error;
  /** That of the error. */
  get message() {
    return this.error.message;
  }
};
var ClosedEvent = class extends Event {
  constructor(code, reason, wasClean, error) {
    super("close");
    this.code = code;
    this.reason = reason;
    this.wasClean = wasClean;
    this.error = error;
  }
  code;
  reason;
  wasClean;
  error;
};
var StateEvent = class extends Event {
  constructor(state, previous) {
    super("statechange");
    this.state = state;
    this.previous = previous;
  }
  state;
  previous;
};
var Target = EventTarget;

// src/message.ts
var encoder = new TextEncoder();
function messageBytes(data) {
  if (typeof data !== "string") {
    const kind = data === null ? "null" : typeof data;
    throw new SendError(`the message is ${kind}, expected a string: API Gateway takes text only`, "not-text");
  }
  const bytes = data.length > MESSAGE_BYTES ? data.length : encoder.encode(data).length;
  if (bytes > MESSAGE_BYTES) {
    throw new SendError(
      `the message has at least ${bytes} bytes in UTF-8, expected at most ${MESSAGE_BYTES}: a browser sends it as one frame, and API Gateway takes no longer one`,
      "too-large"
    );
  }
  return bytes;
}

// src/recent-ids.ts
var RecentIds = class {
  #ids = /* @__PURE__ */ new Set();
  #count;
  /** Remembers the last `count` ids. */
  constructor(count) {
    this.#count = count;
  }
  /** Remembers the id. False where it is remembered already. */
  add(id) {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    if (this.#ids.size > this.#count) {
      for (const oldest of this.#ids) {
        this.#ids.delete(oldest);
        break;
      }
    }
    return true;
  }
};

// src/back-off.ts
function backOff(failures, { base, cap }, random) {
  const longest = Math.min(cap, base * 2 ** Math.max(0, failures - 1));
  return SHORTEST_WAIT + random * Math.max(0, longest - SHORTEST_WAIT);
}

// src/keep-alive.ts
var KeepAlive = class {
  #environment;
  #times;
  #kept;
  /** Ids of pings without an answer yet. */
  #ids = /* @__PURE__ */ new Set();
  #count = 0;
  #heardAt;
  #timer;
  #asks = false;
  /** The ping whose own answer is waited for, and what comes then. */
  #flush = null;
  constructor(environment, times, kept) {
    this.#environment = environment;
    this.#times = times;
    this.#kept = kept;
    this.#heardAt = environment.now();
    this.#listen(times.idle);
  }
  /** Notes that something has come. True where it answers a ping of ours, which is nobody else's business. */
  heard(data) {
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
  prove() {
    if (this.#asks || this.#flush) return;
    this.#ask(false);
  }
  /** Asks no more by itself. Sends a ping, and calls `done` when it is answered or should have been. */
  flush(done) {
    this.stop();
    this.#askLast(done, false);
  }
  /** No timer is left. */
  stop() {
    this.#environment.clearTimeout(this.#timer);
    this.#asks = false;
    this.#flush = null;
  }
  /** Looks again after so long. It is not set anew by each message: there may be thousands. */
  #listen(delay) {
    this.#start(delay, (late) => {
      const silence = this.#environment.now() - this.#heardAt;
      if (late || silence < 0 || silence >= this.#times.idle) this.#ask(false);
      else this.#listen(this.#times.idle - silence);
      this.#kept.ticked();
    });
  }
  #ask(again) {
    this.#asks = true;
    this.#ping();
    this.#start(this.#times.answer, (late) => {
      if (late && !again) this.#ask(true);
      else this.#kept.lost();
    });
  }
  #askLast(done, again) {
    this.#flush = { id: this.#ping(), done };
    this.#start(this.#times.answer, (late) => {
      if (late && !again) this.#askLast(done, true);
      else this.#finish();
    });
  }
  #start(delay, then) {
    const due = this.#environment.now() + delay;
    this.#environment.clearTimeout(this.#timer);
    this.#timer = this.#environment.setTimeout(() => then(this.#environment.now() > due + LATE), delay);
  }
  #ping() {
    this.#count += 1;
    const id = `keep-alive:${this.#count}:${Math.floor(this.#environment.random() * 2 ** 48).toString(36)}`;
    this.#ids.add(id);
    this.#kept.ping(JSON.stringify({ type: "ping", id }));
    return id;
  }
  #finish() {
    const done = this.#flush?.done;
    this.stop();
    done?.();
  }
  /** The id of the ping that this answers. */
  #answered(data) {
    if (this.#ids.size === 0 || typeof data !== "string" || !data.includes('"keep-alive:')) return null;
    try {
      const { type, id } = JSON.parse(data);
      return type === "pong" && this.#ids.delete(id) ? id : null;
    } catch {
      return null;
    }
  }
};

// src/connection.ts
var CONNECTING = 0;
var OPEN = 1;
var CLOSED = 3;
var Connection = class {
  #settings;
  #owner;
  #socket;
  #keepAlive = null;
  /** Of the handshake, then of the time that it stays. */
  #timer;
  #closeTimer;
  #isOver = false;
  #openedAt = 0;
  /** Begins the handshake. Throws what the browser's WebSocket throws, which may hold the URL. */
  constructor(settings, url, owner) {
    this.#settings = settings;
    this.#owner = owner;
    const socket = settings.environment.connect(url, settings.protocols);
    this.#socket = socket;
    this.#timer = settings.environment.setTimeout(
      () => this.#cut(`the handshake has no answer in ${HANDSHAKE_TIMEOUT} ms`),
      HANDSHAKE_TIMEOUT
    );
    socket.onopen = () => this.#opened();
    socket.onmessage = (event) => {
      if (!this.#keepAlive?.heard(event.data)) owner.received(event);
    };
    socket.onclose = ({ code, wasClean }) => this.#ended(code, wasClean);
    socket.onerror = () => {
      if (!this.#keepAlive && socket.readyState === CLOSED) this.#ended(1006, false);
    };
  }
  /** Whether a message would go out. A connection that the other side has begun to close takes none. */
  get isOpen() {
    return this.#socket.readyState === OPEN;
  }
  /** For how many milliseconds it has been open. */
  get age() {
    return this.#settings.environment.now() - this.#openedAt;
  }
  get bufferedAmount() {
    return this.#socket.bufferedAmount;
  }
  get protocol() {
    return this.#socket.protocol;
  }
  get extensions() {
    return this.#socket.extensions;
  }
  set binaryType(type) {
    this.#socket.binaryType = type;
  }
  send(text2) {
    this.#socket.send(text2);
  }
  /** Asks the other side whether it is still there; the connection is cut where no answer comes. */
  prove() {
    this.#keepAlive?.prove();
  }
  /**
   * Stays for `linger` milliseconds, for answers on their way, and closes. Both times go by pings: once the
   * first is answered, everything that was sent has arrived, and its answers have `linger` from then; once the
   * last is answered, so has everything that was sent from there.
   */
  retire(linger) {
    const close = () => {
      this.#break(1e3);
      this.#end(new ConnectionError("the connection was handed over", 1e3), true);
    };
    this.#keepAlive?.flush(() => {
      this.#timer = this.#settings.environment.setTimeout(() => this.#keepAlive?.flush(close), linger);
    });
  }
  /**
   * Closes it, and tells its end, after `CLOSE_TIMEOUT` at the latest. A handshake goes on until it opens, fails or
   * is late: browsers print the URL of one that is broken off.
   */
  close(code, reason) {
    const { environment } = this.#settings;
    this.#keepAlive?.stop();
    this.#socket.onmessage = null;
    const close = () => {
      environment.clearTimeout(this.#timer);
      this.#socket.close(code, reason);
    };
    if (this.#socket.readyState === CONNECTING) this.#socket.onopen = close;
    else close();
    this.#closeTimer = environment.setTimeout(
      () => this.#end(new ConnectionError("the close has no answer", 1006), false),
      CLOSE_TIMEOUT
    );
  }
  #opened() {
    const { environment, keepAlive } = this.#settings;
    environment.clearTimeout(this.#timer);
    this.#openedAt = environment.now();
    this.#keepAlive = new KeepAlive(environment, keepAlive, {
      ping: (text2) => this.#socket.send(text2),
      lost: () => this.#cut(`no answer to a ping in ${keepAlive.answer} ms`),
      ticked: () => this.#owner.ticked()
    });
    this.#owner.opened(this);
  }
  #cut(message) {
    this.#break();
    this.#end(new ConnectionError(message, 1006), false);
  }
  #ended(code, clean) {
    this.#stop();
    const message = this.#keepAlive === null ? "the handshake was refused, or the server was not reached: a browser does not tell which" : `the connection was closed with code ${code}`;
    this.#end(new ConnectionError(message, code), clean);
  }
  /** Closes the socket, and hears of it no more. */
  #break(code) {
    this.#stop();
    this.#socket.onopen = null;
    this.#socket.onmessage = null;
    this.#socket.onclose = null;
    this.#socket.onerror = null;
    this.#socket.close(code);
  }
  #stop() {
    for (const timer of [this.#timer, this.#closeTimer]) this.#settings.environment.clearTimeout(timer);
    this.#keepAlive?.stop();
  }
  /** A handshake may fail by two events, and after its close was given up: that is told once. */
  #end(error, clean) {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#owner.ended(this, error, clean);
  }
};

// src/outbox.ts
var Outbox = class {
  #messages = [];
  #bytes = 0;
  #bounds;
  constructor(bounds) {
    this.#bounds = bounds;
  }
  /** Of all messages, in UTF-8. */
  get bytes() {
    return this.#bytes;
  }
  /** Whether it is more than half full, with `buffered` bytes beside it. */
  isCrowded(buffered) {
    return this.#messages.length * 2 > this.#bounds.messages || (this.#bytes + buffered) * 2 > this.#bounds.bytes;
  }
  /** Keeps a message of so many bytes. A {@link SendError} with `queue-full` where it would pass a bound. */
  add(message, bytes) {
    if (this.#messages.length >= this.#bounds.messages) {
      throw new SendError(`${this.#messages.length} messages wait already, and no more may`, "queue-full");
    }
    if (this.#bytes + bytes > this.#bounds.bytes) {
      throw new SendError(
        `${this.#bytes} bytes wait already, ${bytes} more would pass ${this.#bounds.bytes}`,
        "queue-full"
      );
    }
    this.#messages.push(message);
    this.#bytes += bytes;
  }
  /** All messages, in their order; none is left. */
  take() {
    const messages = this.#messages;
    this.#messages = [];
    this.#bytes = 0;
    return messages;
  }
};

// src/session.ts
var Session = class {
  #settings;
  #listener;
  #outbox;
  #unwatch;
  #state = { name: "signing" };
  #url = "";
  #binaryType = "blob";
  #attempt = null;
  #attemptedAt = 0;
  /** Failures in a row, of attempts and of connections that did not stand. */
  #failures = 0;
  /** Where messages go. */
  #current = null;
  /** What was current, and stays for answers on their way. */
  #old = null;
  /** Those whose end is waited for, and what is told after the last. */
  #closing = /* @__PURE__ */ new Set();
  #ending = { name: "closed", code: 1006, reason: "" };
  #wasClean = true;
  #isClosedByPage = false;
  #retry = null;
  #handOverAt = Number.POSITIVE_INFINITY;
  #handOverTimer;
  /** Set while `send` has returned false and `drain` was not told. */
  #owesDrain = false;
  #drainTimer;
  constructor(settings, listener) {
    this.#settings = settings;
    this.#listener = listener;
    this.#outbox = new Outbox(settings.queue);
    this.#unwatch = settings.environment.watch({
      online: () => this.#online(),
      visible: () => this.#awake()
    });
    this.#try();
  }
  get state() {
    return this.#state;
  }
  /** The address of the last connection, without its query. */
  get url() {
    return this.#url;
  }
  /** Whether `close` was called: nothing is to be delivered any more. */
  get isClosedByPage() {
    return this.#isClosedByPage;
  }
  get connection() {
    return this.#current;
  }
  get bufferedAmount() {
    return this.#outbox.bytes + (this.#current?.bufferedAmount ?? 0) + (this.#old?.bufferedAmount ?? 0);
  }
  get binaryType() {
    return this.#binaryType;
  }
  set binaryType(type) {
    this.#binaryType = type;
    for (const connection of [this.#attempt?.connection, this.#current, this.#old, ...this.#closing]) {
      if (connection) connection.binaryType = type;
    }
  }
  /** Sends a message of so many bytes, or keeps it. False where the caller should wait for `drained`. */
  send(data, bytes) {
    if (this.#isEnding()) throw new SendError("the socket is closed, and stays so", "closed");
    if (this.#current?.isOpen) this.#current.send(data);
    else if (this.#settings.whenNotOpen === "queue") this.#outbox.add(data, bytes);
    else throw new SendError("there is no open connection, and whenNotOpen is refuse", "not-open");
    if (!this.#isCrowded()) return true;
    this.#owesDrain = true;
    this.#watchDrain();
    return false;
  }
  /** Ends it, with all connections. */
  close(code, reason) {
    if (this.#isClosedByPage || this.#state.name === "closed") return;
    this.#isClosedByPage = true;
    if (this.#state.name !== "closing") {
      this.#stop({ name: "closed", code, reason });
      this.#change({ name: "closing" });
    }
    for (const connection of this.#closing) connection.close(code, reason);
    if (this.#closing.size === 0) queueMicrotask(() => this.#finish(this.#ending));
  }
  opened(connection) {
    const { environment, handOver } = this.#settings;
    const old = this.#current;
    this.#attempt = null;
    this.#current = connection;
    const delay = handOver.after + environment.random() * handOver.spread;
    this.#cancelHandOver();
    this.#handOverAt = environment.now() + delay;
    this.#handOverTimer = environment.setTimeout(() => {
      this.#handOverAt = 0;
      this.ticked();
    }, delay);
    if (old) {
      this.#old = old;
      old.retire(handOver.linger);
    }
    for (const message of this.#outbox.take()) connection.send(message);
    const state = this.#change({ name: "open" });
    if (!old && this.#state === state) this.#listener.opened();
    this.#watchDrain();
  }
  received(event) {
    this.#listener.received(event);
  }
  ticked() {
    if (this.#settings.environment.now() >= this.#handOverAt) this.#handOver();
  }
  ended(connection, error, clean) {
    if (this.#closing.delete(connection)) {
      this.#wasClean &&= clean;
      if (this.#closing.size === 0) {
        this.#finish(this.#wasClean ? this.#ending : { ...this.#ending, code: 1006 });
      }
    } else if (connection === this.#old) {
      this.#old = null;
      this.ticked();
    } else if (connection === this.#current) {
      this.#lost(connection, error);
    } else if (connection === this.#attempt?.connection) {
      this.#failed(error);
    }
  }
  /** Begins an attempt. */
  #try() {
    this.#settings.environment.clearTimeout(this.#retry?.timer);
    this.#retry = null;
    this.#attempt?.signing.abort();
    this.#attemptedAt = this.#settings.environment.now();
    const attempt = { signing: new AbortController(), connection: null };
    this.#attempt = attempt;
    void this.#sign(attempt);
    this.#change({ name: this.#current ? "handing-over" : "signing" });
  }
  async #sign(attempt) {
    const { sign, query, environment } = this.#settings;
    const request = { query, signal: attempt.signing.signal };
    const signed = await askSign(sign, request, environment).catch((error) => error);
    if (this.#attempt !== attempt) return;
    if (signed instanceof Error) this.#failed(signed);
    else this.#connect(attempt, signed);
  }
  #connect(attempt, url) {
    this.#url = `${url.protocol}//${url.host}${url.pathname}`;
    try {
      attempt.connection = new Connection(this.#settings, url.href, this);
    } catch {
      this.#failed(new ConnectionError("the browser does not open this URL from this page", 1006));
      return;
    }
    attempt.connection.binaryType = this.#binaryType;
    if (!this.#current) this.#change({ name: "connecting" });
  }
  /** Begins to move to a new connection, unless that is so already, or the one before still stays. */
  #handOver() {
    if (!this.#current || this.#attempt || this.#retry || this.#old) return;
    this.#failures = 0;
    this.#try();
  }
  /** The current connection is gone. */
  #lost(connection, error) {
    this.#current = null;
    if (this.#attempt) {
      this.#tell({ name: this.#attempt.connection ? "connecting" : "signing" }, error);
      return;
    }
    const stood = connection.age >= STAND;
    if (!stood) this.#failures += 1;
    else if (!this.#retry) this.#failures = 0;
    if (!stood && this.#failures >= this.#settings.backOff.attempts) this.#giveUp("given up", error);
    else this.#wait(this.#backOff(), error);
  }
  /** The attempt has failed. */
  #failed(error) {
    this.#attempt = null;
    this.#failures += 1;
    const isFinal = error instanceof SignError && error.isFinal;
    if (this.#current && isFinal) {
      this.#cancelHandOver();
      this.#tell({ name: "open" }, error);
    } else if (isFinal) {
      this.#giveUp("refused", error);
    } else if (!this.#current && this.#failures >= this.#settings.backOff.attempts) {
      this.#giveUp("given up", error);
    } else {
      this.#wait(this.#backOff(), error);
    }
  }
  #backOff() {
    const { environment, backOff: bounds } = this.#settings;
    return environment.isOnline() ? backOff(this.#failures, bounds, environment.random()) : bounds.cap;
  }
  /** Tries again after so many milliseconds. */
  #wait(delay, cause) {
    this.#retryIn(delay);
    const attempt = this.#failures;
    this.#tell(this.#current ? this.#state : { name: "waiting", delay, attempt, cause }, cause);
  }
  #retryIn(delay) {
    const { environment } = this.#settings;
    environment.clearTimeout(this.#retry?.timer);
    if (delay <= 0) this.#try();
    else
      this.#retry = {
        at: environment.now() + delay,
        timer: environment.setTimeout(() => this.#try(), delay)
      };
  }
  /** The machine or the page may have slept. */
  #awake() {
    this.#current?.prove();
    this.ticked();
  }
  #online() {
    this.#awake();
    const now = this.#settings.environment.now();
    const rest = Math.min(this.#attemptedAt + ONLINE_WAIT - now, ONLINE_WAIT);
    if (this.#retry) this.#retryIn(Math.min(this.#retry.at - now, rest));
    else if (!this.#current && this.#attempt?.connection === null && rest <= 0) this.#try();
  }
  #giveUp(reason, cause) {
    this.#wasClean = false;
    this.#stop({ name: "closed", code: 1006, reason, cause });
    if (this.#closing.size === 0) this.#finish(this.#ending);
    else this.#change({ name: "closing" });
  }
  /** Leaves nothing behind but the connections whose end is waited for. */
  #stop(ending) {
    const { environment } = this.#settings;
    this.#ending = ending;
    for (const connection of [this.#attempt?.connection, this.#current, this.#old]) {
      if (connection) this.#closing.add(connection);
    }
    this.#attempt?.signing.abort();
    this.#attempt = null;
    this.#current = null;
    this.#old = null;
    this.#outbox.take();
    this.#unwatch();
    environment.clearTimeout(this.#retry?.timer);
    this.#retry = null;
    environment.clearTimeout(this.#drainTimer);
    this.#cancelHandOver();
  }
  #cancelHandOver() {
    this.#settings.environment.clearTimeout(this.#handOverTimer);
    this.#handOverAt = Number.POSITIVE_INFINITY;
  }
  #finish(state) {
    this.#change(state);
    if (state.cause) this.#listener.failed(state.cause);
    this.#listener.closed(state, this.#wasClean);
  }
  #isEnding() {
    return this.#state.name === "closing" || this.#state.name === "closed";
  }
  #isCrowded() {
    return this.#outbox.isCrowded(this.#current?.bufferedAmount ?? 0);
  }
  /** Tells `drained` once there is room. Without a connection there will be none. */
  #watchDrain() {
    const { environment } = this.#settings;
    environment.clearTimeout(this.#drainTimer);
    if (!this.#owesDrain || !this.#current) return;
    if (this.#isCrowded()) {
      this.#drainTimer = environment.setTimeout(() => this.#watchDrain(), DRAIN_INTERVAL);
    } else {
      this.#owesDrain = false;
      this.#listener.drained();
    }
  }
  /** Changes the state because of an error, and tells both. */
  #tell(state, error) {
    this.#change(state);
    if (this.#state === state) this.#listener.failed(error);
  }
  #change(state) {
    const previous = this.#state;
    this.#state = state;
    if (state.name !== previous.name || state.name === "waiting") this.#listener.changed(state, previous);
    return state;
  }
};

// src/settings.ts
var time = (value, from) => [value, from, LONGEST_TIME];
var NUMBERS = {
  backOff: {
    base: time(500, SHORTEST_WAIT),
    cap: time(3e4, SHORTEST_WAIT),
    attempts: [Number.POSITIVE_INFINITY, 1, Number.POSITIVE_INFINITY]
  },
  keepAlive: { idle: time(24e4, SHORTEST_PING), answer: time(15e3, SHORTEST_PING) },
  handOver: { after: time(6e6, STAND), spread: time(9e5, 0), linger: time(3e4, 0) },
  queue: { messages: [1e3, 0, Number.MAX_SAFE_INTEGER], bytes: [1048576, 0, Number.MAX_SAFE_INTEGER] }
};
var NAMES = [
  "sign",
  "query",
  "protocols",
  "whenNotOpen",
  "messageId",
  "environment",
  ...Object.keys(NUMBERS)
];
var WHEN_NOT_OPEN = ["queue", "refuse"];
function check(options) {
  const given = record("options", options, "an object");
  onlyNames("", given, NAMES);
  const { whenNotOpen = "queue", messageId = () => void 0, environment = browser } = options;
  if (!WHEN_NOT_OPEN.includes(whenNotOpen)) {
    throw new TypeError(`whenNotOpen is ${JSON.stringify(whenNotOpen)}, expected "queue" or "refuse"`);
  }
  if (typeof messageId !== "function") throw wrong("messageId", messageId, "a function");
  const query = record("query", options.query ?? {}, "an object of strings");
  for (const [name, value] of Object.entries(query)) {
    if (typeof value !== "string") throw wrong(`query.${name}`, value, "a string");
  }
  return {
    sign: checkSign(options.sign, environment),
    query: { ...options.query },
    protocols: checkProtocols(options.protocols ?? []),
    backOff: numbers("backOff", given),
    keepAlive: numbers("keepAlive", given),
    handOver: numbers("handOver", given),
    whenNotOpen,
    queue: numbers("queue", given),
    messageId,
    environment
  };
}
function checkSign(sign, environment) {
  if (typeof sign === "function") return sign;
  if (typeof sign !== "string" && !(sign instanceof URL)) {
    throw wrong("sign", sign, "the address of /sign, or a function");
  }
  const address = httpUrl(sign, environment.base);
  if (!address)
    throw new TypeError("sign is no address that begins with https: or http:, expected that of /sign");
  return ({ query, signal }) => fetchSignedUrl(address, { query, signal, environment });
}
function httpUrl(address, base) {
  try {
    const url = new URL(address, base);
    return url.protocol === "https:" || url.protocol === "http:" ? url : null;
  } catch {
    return null;
  }
}
function checkProtocols(protocols) {
  const list = typeof protocols === "string" ? [protocols] : protocols;
  if (!Array.isArray(list)) throw wrong("protocols", protocols, "a string, or an array of strings");
  for (const [index, protocol] of list.entries()) {
    const name = `protocols[${index}]`;
    if (typeof protocol !== "string") throw wrong(name, protocol, "a string");
    if (!/^[!#$%&'*+\-.^_`|~\w]+$/.test(protocol)) {
      throw new TypeError(
        `${name} has other characters, expected one or more of a-z A-Z 0-9 !#$%&'*+-.^_\`|~`
      );
    }
    if (list.indexOf(protocol) < index)
      throw new TypeError(`${name} is there before, expected each name once`);
  }
  return [...list];
}
function numbers(group, options) {
  const ranges = NUMBERS[group];
  const given = record(group, options[group] ?? {}, "an object");
  onlyNames(`${group}.`, given, Object.keys(ranges));
  const entries = Object.entries(ranges).map(([name, [value, from, to]]) => {
    const number = given[name] === void 0 ? value : given[name];
    const expected = `a number from ${from} to ${to}`;
    if (typeof number !== "number") throw wrong(`${group}.${name}`, number, expected);
    if (!(number >= from && number <= to)) {
      throw new RangeError(`${group}.${name} is ${number}, expected ${expected}`);
    }
    return [name, number];
  });
  return Object.fromEntries(entries);
}
function record(name, value, expected) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrong(name, value, expected);
  }
  return value;
}
function onlyNames(prefix, given, names) {
  for (const name of Object.keys(given)) {
    if (!names.includes(name))
      throw new TypeError(`${prefix}${name} is no option, expected one of ${names.join(", ")}`);
  }
}
function wrong(name, value, expected) {
  const kind = Array.isArray(value) ? "array" : typeof value;
  return new TypeError(`${name} is of type ${value === null ? "null" : kind}, expected ${expected}`);
}

// src/socket.ts
var READY_STATES = {
  signing: 0,
  connecting: 0,
  waiting: 0,
  open: 1,
  "handing-over": 1,
  closing: 2,
  closed: 3
};
var SignedWebSocket = class extends Target {
  static CONNECTING = 0;
  static OPEN = 1;
  static CLOSING = 2;
  static CLOSED = 3;
  CONNECTING = 0;
  OPEN = 1;
  CLOSING = 2;
  CLOSED = 3;
  #session;
  #handlers = /* @__PURE__ */ new Map();
  /** Listens for all on-handlers: the page may give one of them to `addEventListener` as well. */
  #handled = (event) => this.#handlers.get(event.type)?.call(this, event);
  /**
   * Begins to connect at once. Throws a `TypeError` for an option of the wrong type or an unknown name, a
   * `RangeError` for a number out of its range.
   */
  constructor(options) {
    super();
    const settings = check(options);
    this.#session = new Session(settings, this.#tell(settings.messageId));
  }
  /** What it is doing. */
  get state() {
    return this.#session.state;
  }
  /**
   * 0 while there is no connection yet, or not again; 1 while messages go both ways; 2 and 3 after `close`, or
   * at the end.
   */
  get readyState() {
    return READY_STATES[this.#session.state.name];
  }
  /** The address of the connection, or of the last attempt at one, without its query; empty before the first. */
  get url() {
    return this.#session.url;
  }
  /** The subprotocol that the server has chosen; empty without a connection. */
  get protocol() {
    return this.#session.connection?.protocol ?? "";
  }
  /** The extensions that the server has chosen; empty without a connection. */
  get extensions() {
    return this.#session.connection?.extensions ?? "";
  }
  /** Bytes that wait for a connection, or in the browser for the network. */
  get bufferedAmount() {
    return this.#session.bufferedAmount;
  }
  /** As what binary messages come. */
  get binaryType() {
    return this.#session.binaryType;
  }
  set binaryType(type) {
    this.#session.binaryType = type;
  }
  /**
   * Sends a text of at most 32 768 bytes in UTF-8. Without an open connection it is kept, or refused, as
   * `whenNotOpen` says; what is kept is lost when the socket ends before it opens.
   *
   * `false` asks the caller to wait for the event `drain`: the queue is more than half full, or as many bytes
   * wait in the browser. The message was taken all the same.
   *
   * Throws a {@link SendError}: `not-text`, `too-large`, `queue-full`, `not-open`, or `closed` after the end.
   */
  send(data) {
    return this.#session.send(data, messageBytes(data));
  }
  /**
   * Ends it, whatever it is doing: a request to `/sign` is aborted, each connection is closed, no attempt
   * follows. `close` comes when the other side has answered, or after 5 seconds. Without `code` it is 1000.
   *
   * Throws a `DOMException`, as a WebSocket does, for another code than 1000 and 3000 to 4999
   * (`InvalidAccessError`), and for a reason of more than 123 bytes in UTF-8 (`SyntaxError`).
   */
  close(code = 1e3, reason = "") {
    if (code !== 1e3 && !(code >= 3e3 && code <= 4999)) {
      throw new DOMException(
        `the close code is ${code}, expected 1000 or 3000 to 4999`,
        "InvalidAccessError"
      );
    }
    const bytes = new TextEncoder().encode(reason).length;
    if (bytes > 123) {
      throw new DOMException(`the reason has ${bytes} bytes in UTF-8, expected at most 123`, "SyntaxError");
    }
    this.#session.close(code, reason);
  }
  get onopen() {
    return this.#handler("open");
  }
  set onopen(handler) {
    this.#handle("open", handler);
  }
  get onmessage() {
    return this.#handler("message");
  }
  set onmessage(handler) {
    this.#handle("message", handler);
  }
  get onerror() {
    return this.#handler("error");
  }
  set onerror(handler) {
    this.#handle("error", handler);
  }
  get onclose() {
    return this.#handler("close");
  }
  set onclose(handler) {
    this.#handle("close", handler);
  }
  #handler(type) {
    return this.#handlers.get(type) ?? null;
  }
  #handle(type, handler) {
    if (typeof handler === "function") {
      this.#handlers.set(type, handler);
      this.addEventListener(type, this.#handled);
    } else {
      this.#handlers.delete(type);
      this.removeEventListener(type, this.#handled);
    }
  }
  /** Turns what happens into events. */
  #tell(messageId) {
    const seen = new RecentIds(RECENT_IDS);
    const fail = (error) => this.dispatchEvent(new FailureEvent(error));
    return {
      changed: (state, previous) => this.dispatchEvent(new StateEvent(state, previous)),
      opened: () => this.dispatchEvent(new Event("open")),
      received: ({ data, origin }) => {
        let id;
        try {
          if (typeof data === "string") id = messageId(data);
        } catch (error) {
          fail(error instanceof Error ? error : new TypeError("messageId has thrown what is no error"));
        }
        if (!this.#session.isClosedByPage && (id == null || seen.add(id))) {
          this.dispatchEvent(new MessageEvent("message", { data, origin }));
        }
      },
      failed: fail,
      drained: () => this.dispatchEvent(new Event("drain")),
      closed: ({ code, reason, cause }, wasClean) => this.dispatchEvent(new ClosedEvent(code, reason, wasClean, cause ?? null))
    };
  }
};
export {
  ConnectionError,
  SendError,
  SignError,
  SignedWebSocket,
  fetchSignedUrl
};
