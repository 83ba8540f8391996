/** The client's states in words. Pure. */

/** @import { State } from "./signed-websocket.js" */

/**
 * @param {State} state
 * @param {number} [remaining] milliseconds of a wait that are left
 * @returns {{ name: string, text: string }} code in backquotes
 */
export function words(state, remaining) {
  switch (state.name) {
    case "signing":
      return { name: "signing", text: "gets a signed URL" };
    case "connecting":
      return { name: "connecting", text: "opens the URL" };
    case "open":
      return { name: "open", text: "messages go both ways" };
    case "handing-over":
      return {
        name: "handing over",
        text: "messages go both ways; it moves to a new connection before API Gateway ends this one",
      };
    case "waiting": {
      const seconds = Math.max(1, Math.ceil((remaining ?? state.delay) / 1000));
      const when = seconds === 1 ? "in a second" : `in ${seconds} seconds`;
      return {
        name: "waiting",
        text: `tries again ${when}${failures(state.attempt)}: ${state.cause.message}`,
      };
    }
    case "closing":
      return { name: "closing", text: "waits for the other side" };
    case "closed":
      return { name: "closed", text: closed(state) };
  }
}

/**
 * What is to be done with a state in a list in which `last` was the last to be listed. A wait stands there once however
 * often it is tried again: who listens to the list would hear of nothing else.
 *
 * @param {State["name"] | null} last
 * @param {State["name"]} next
 * @returns {"add" | "replace" | "skip"} `replace`: in the place of the last
 */
export function listing(last, next) {
  if (last !== "waiting") return "add";
  if (next === "waiting") return "replace";
  return next === "signing" || next === "connecting" ? "skip" : "add";
}

/** @param {number} attempt 0 where a connection that stood was lost */
function failures(attempt) {
  if (attempt === 0) return "";
  return attempt === 1 ? ", after a failure" : `, after ${attempt} failures`;
}

/** @param {Extract<State, { name: "closed" }>} state */
function closed({ code, reason, cause }) {
  if (cause) return `it is over: ${cause.message}`;
  return reason === "" ? `with code ${code}` : `with code ${code}: ${reason}`;
}
