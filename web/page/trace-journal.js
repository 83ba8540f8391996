/** What the trace has told, put together: a record for each handshake. Pure. */

/** @import { Answered, Arrived, Decided, Disconnected, Ended, Gone, HandshakeEvent, Invoked, Judged, Logged, Stored, TraceEvent } from "./trace-events.js" */

/** Handshakes that are kept; the page is for looking at, not for keeping. */
export const KEPT_HANDSHAKES = 50;

/** Lines of functions that are kept of one handshake, the first ones. */
export const KEPT_LINES = 100;

/**
 * @typedef {object} Handshake
 * @property {string} id
 * @property {number} number counts the handshakes that were seen to arrive, from 1
 * @property {Arrived} arrived
 * @property {Judged | null} judged
 * @property {Decided | null} decided
 * @property {Invoked | null} invoked
 * @property {readonly Logged[]} logged
 * @property {Answered | null} answered
 * @property {readonly Stored[]} stored
 * @property {Ended | null} ended
 * @property {Gone | null} gone
 * @property {Disconnected | null} disconnected
 * @property {boolean} isCut whether the trace ended before it did: what was told meanwhile is missing
 */

/**
 * @typedef {object} Journal
 * @property {readonly Handshake[]} handshakes the newest first
 * @property {number} arrived how many were seen to arrive, also those that are not kept any more
 * @property {number} skipped lines that the page was too slow for
 */

/** @type {Journal} */
export const EMPTY = { handshakes: [], arrived: 0, skipped: 0 };

/**
 * The journal with one more event. What belongs to a handshake that was not seen to arrive, or is not kept any
 * more, changes nothing.
 *
 * @param {Journal} journal
 * @param {TraceEvent} event
 * @returns {Journal}
 */
export function told(journal, event) {
  switch (event.event) {
    case "watching":
      return { ...journal, handshakes: journal.handshakes.map(cut) };
    case "skipped":
      return { ...journal, skipped: journal.skipped + event.count };
    case "arrived": {
      const number = journal.arrived + 1;
      const handshakes = [newHandshake(event, number), ...journal.handshakes].slice(0, KEPT_HANDSHAKES);
      return { ...journal, handshakes, arrived: number };
    }
    default: {
      const next = (/** @type {Handshake} */ one) =>
        one.id === event.handshake ? continued(one, event) : one;
      return { ...journal, handshakes: journal.handshakes.map(next) };
    }
  }
}

/**
 * A line of the trace; `null` where it is none, as from a server that is no `countersign`.
 *
 * @param {string} line
 * @returns {TraceEvent | null}
 */
export function eventOf(line) {
  try {
    const event = JSON.parse(line);
    return typeof event?.event === "string" ? event : null;
  } catch {
    return null;
  }
}

/**
 * @param {Arrived} arrived
 * @param {number} number
 * @returns {Handshake}
 */
function newHandshake(arrived, number) {
  return {
    id: arrived.handshake,
    number,
    arrived,
    judged: null,
    decided: null,
    invoked: null,
    logged: [],
    answered: null,
    stored: [],
    ended: null,
    gone: null,
    disconnected: null,
    isCut: false,
  };
}

/**
 * As it is when the trace begins anew.
 *
 * @param {Handshake} handshake
 * @returns {Handshake}
 */
function cut(handshake) {
  const { ended, gone, disconnected } = handshake;
  const isOver = disconnected !== null || gone !== null || (ended !== null && ended.status !== 101);
  return isOver || handshake.isCut ? handshake : { ...handshake, isCut: true };
}

/**
 * @param {Handshake} handshake
 * @param {Exclude<HandshakeEvent, Arrived>} event
 * @returns {Handshake}
 */
function continued(handshake, event) {
  switch (event.event) {
    case "judged":
      return { ...handshake, judged: event };
    case "decided":
      return { ...handshake, decided: event };
    case "invoked":
      return { ...handshake, invoked: event };
    case "logged":
      return handshake.logged.length < KEPT_LINES
        ? { ...handshake, logged: [...handshake.logged, event] }
        : handshake;
    case "answered":
      return { ...handshake, answered: event };
    case "stored":
      return { ...handshake, stored: [...handshake.stored, event] };
    case "ended":
      return { ...handshake, ended: event };
    case "gone":
      return { ...handshake, gone: event };
    case "disconnected":
      return { ...handshake, disconnected: event };
    default:
      // Of a newer `countersign`.
      return handshake;
  }
}
