/** Opens the URL with the client, and shows what the client does, what is said, and what is stored. */

import { ask, unspent, whyNot } from "./ask.js";
import { Conversation } from "./conversation.js";
import { button, element, prose, sentence } from "./dom.js";
import { Exchange } from "./exchange.js";
import { GivenUrl } from "./given-url.js";
import { StoredRecord } from "./record.js";
import { SendError, SignedWebSocket } from "./signed-websocket.js";
import { words } from "./state-words.js";

/** @import { Context } from "./context.js" */
/** @import { State } from "./signed-websocket.js" */

/**
 * @param {HTMLElement} section
 * @param {Context} context
 */
export function mount(section, context) {
  /** @type {{ socket: SignedWebSocket, exchange: Exchange } | null} */
  let session = null;
  /** @type {ReturnType<typeof setInterval> | undefined} while the client waits */
  let counting;
  const conversation = new Conversation();
  const record = new StoredRecord();

  const connectButton = button("Connect", { id: "connect-button", class: "main" }, connect);
  const closeButton = button("Close", { id: "close-button" }, () =>
    session?.socket.close(1000, "closed by hand"),
  );
  const state = element("p", { id: "state", "data-state": "none" }, element("strong", {}, "not connected"));
  const message = element("input", {
    id: "message",
    autocomplete: "off",
    enterkeyhint: "send",
    value: "hello",
  });
  const sendButton = element("button", { id: "send-button", type: "submit" }, "Send");
  const problem = element("p", { id: "send-problem", class: "problem", role: "alert", hidden: true });
  const form = element(
    "form",
    { class: "send", novalidate: true },
    element("label", {}, element("span", {}, "Message"), message),
    sendButton,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  context.watch.addEventListener("change", () => record.look(context.watch.journal.handshakes));
  section.append(
    element(
      "div",
      { class: "body" },
      element("div", { class: "row" }, connectButton, closeButton, state),
      form,
      problem,
      conversation.list,
      record.element,
    ),
  );
  enable(false);

  function connect() {
    if (session) return;
    const why = unspent(context) ? null : whyNot(context.request);
    if (why !== null) return refuse(`Not connected: ${why}`);
    problem.hidden = true;
    const exchange = new Exchange();
    const given = new GivenUrl((url, outcome) => context.report(url, outcome));
    const socket = new SignedWebSocket({
      sign: async ({ signal }) => {
        const url = await nextUrl(context, signal);
        if (!signal.aborted) given.give(url);
        return url;
      },
    });
    session = { socket, exchange };
    enable(true);
    socket.addEventListener("statechange", () => show(socket.state));
    socket.addEventListener("error", () => given.failed(socket.state));
    socket.addEventListener("message", ({ data }) => {
      const arrived = exchange.arrived(String(data), performance.now());
      conversation.arrived(arrived, String(data));
      if (arrived.kind === "echo") record.show(arrived.connection, context.watch.journal.handshakes);
    });
    show(socket.state);

    /** @param {State} now */
    function show(now) {
      clearInterval(counting);
      const { name, text } = words(now);
      showState(state, now.name, name, text);
      conversation.state(now.name, name, text);
      given.changed(now);
      if (now.name === "open") exchange.opened();
      if (isWithout(now)) {
        exchange.lost();
        record.end();
      }
      if (now.name === "waiting") count(now);
      if (now.name === "closed") {
        session = null;
        enable(false);
      }
    }
  }

  /**
   * Shows the seconds of a wait running down.
   *
   * @param {Extract<State, { name: "waiting" }>} waiting
   */
  function count(waiting) {
    const until = performance.now() + waiting.delay;
    counting = setInterval(() => {
      const { name, text } = words(waiting, Math.max(0, until - performance.now()));
      showState(state, waiting.name, name, text);
    }, 1000);
  }

  function send() {
    const text = message.value;
    if (!session || text === "") return;
    const { socket, exchange } = session;
    problem.hidden = true;
    const how = socket.readyState === SignedWebSocket.OPEN ? "sent" : "queued";
    try {
      socket.send(text);
    } catch (error) {
      if (!(error instanceof SendError)) throw error;
      return refuse(error.message);
    }
    exchange.sent(text, performance.now(), how);
    conversation.sent(text, how);
    message.select();
  }

  /** @param {string} why */
  function refuse(why) {
    problem.textContent = sentence(why);
    problem.hidden = false;
  }

  /** @param {boolean} isConnected or about to be */
  function enable(isConnected) {
    connectButton.setAttribute("aria-disabled", String(isConnected));
    closeButton.setAttribute("aria-disabled", String(!isConnected));
    sendButton.setAttribute("aria-disabled", String(!isConnected));
  }
}

/**
 * Whether there is no connection; while it is closing there is.
 *
 * @param {State} state
 */
function isWithout({ name }) {
  return name === "signing" || name === "connecting" || name === "waiting" || name === "closed";
}

/**
 * The URL that is shown where it will do, else a new one.
 *
 * @param {Context} context
 * @param {AbortSignal} signal
 */
async function nextUrl(context, signal) {
  return (unspent(context) ?? (await ask(context, signal))).url;
}

/**
 * @param {HTMLElement} place
 * @param {string} state
 * @param {string} name
 * @param {string} text code in backquotes
 */
function showState(place, state, name, text) {
  place.dataset.state = state;
  place.replaceChildren(element("strong", {}, name), " ", ...prose(text));
}
