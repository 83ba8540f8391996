/** What is said of the trace. Pure. */

/** @import { Logged, Refusal } from "./trace-events.js" */
/** @import { Handshake } from "./trace-journal.js" */
/** @import { WatchState } from "./trace-watch.js" */

/** @type {Readonly<Record<WatchState, string>>} code in backquotes */
export const STATE_WORDS = {
  connecting: "Asking for the trace.",
  live: "Live. Every handshake is told, those of wscat too.",
  full: "As many pages watch as can. Close another one: this one asks again within ten seconds.",
  lost: "The trace cannot be had now, and is asked for again within ten seconds. Does `countersign run` still run?",
  off: "Off: this stack runs with `--no-trace`. Its log names the rule that refused a handshake. When it runs without, load this page anew.",
  absent:
    "Not served here. On AWS a browser is not told why; the reason is in ws-connect's log and in the access log.",
  refused:
    "Refused: it is told to the page's own origin alone. Open the page at the address that the command prints.",
};

/** @type {Readonly<Record<WatchState, string>>} why a refusal is not explained; code in backquotes */
export const UNTOLD_WORDS = {
  connecting: "A browser is not told why, and the trace is not there yet.",
  live: "A browser is not told why. The trace has not told it yet.",
  full: "A browser is not told why, and as many other pages watch the trace as can.",
  lost: "A browser is not told why, and the trace cannot be had now. The log of `countersign run` names the rule.",
  off: "A browser is not told why. This stack runs with `--no-trace`; its log names the rule.",
  absent: "A browser is not told why. On AWS the reason is in ws-connect's log and in the access log.",
  refused: "A browser is not told why, and the trace is not told to this page.",
};

/** A time of the stack's clock, as its log has it. @param {number} at in milliseconds since 1970 */
export function timeOfDay(at) {
  return new Date(at).toISOString().slice(11, 19);
}

/**
 * How a handshake has gone, in a few words.
 *
 * @param {Handshake} handshake
 */
export function outcome({ ended, gone, disconnected, isCut, logged }) {
  if (gone !== null) return "the client went away before it was answered";
  if (disconnected !== null) return `closed with ${disconnected.statusCode}`;
  if (ended === null) return isCut ? "not told to its end" : "under way";
  if (ended.refusal !== null) return `refused by ${refuserWords(ended.refusal, logged)}`;
  if (ended.status !== 101) return "refused";
  return isCut ? "opened, and not told to its end" : "open";
}

/**
 * The rule that refused, and why: what was found, or what the function has said of it. (A rule's name says what holds when
 * it is kept.)
 *
 * @param {Refusal} refusal
 * @param {readonly Logged[]} logged
 */
export function refuserWords({ rule, found }, logged) {
  const reason = logged.map(({ line }) => reasonOf(line)).find((each) => each !== null);
  return `rule ${rule}: ${reason ?? found}`;
}

/**
 * What a rule asks for.
 *
 * @param {number} number
 * @param {string} name
 * @returns {[string, string]} what may be emphasized, and the rest
 */
export function ruleWords(number, name) {
  return [`Rule ${number}`, ` asks that ${name}`];
}

/**
 * What is left of a connection's rows once `$disconnect` has been told.
 *
 * @param {number | null} left
 */
export function leftWords(left) {
  if (left === null) return "What is still stored of it could not be read in time.";
  return left === 0 ? "Nothing of it is stored any more." : `Rows that are still there: ${left}.`;
}

/**
 * Method, path and what is not of the signature: who looks for a handshake knows it by these.
 *
 * @param {string} method
 * @param {string} url masked
 */
export function shortRequest(method, url) {
  const [address = "", query = ""] = url.replace(/^[a-z]+:\/\/[^/?]*/i, "").split("?");
  const shown = query
    .split("&")
    .filter((piece) => piece !== "" && !/^(x-amz-|grant\.(expires|nonce)=)/i.test(piece));
  return `${method} ${address}${shown.length > 0 ? `?${shown.join("&")}` : ""}`;
}

/**
 * The lines of a canonical request, each with what it is.
 * ("Create a signed AWS API request", IAM User Guide.)
 *
 * @param {readonly string[]} lines
 * @returns {[string, string][]}
 */
export function canonicalLines(lines) {
  const first = ["method", "path", "query"];
  const last = ["signed headers", "hash of the body"];
  return lines.map((line, at) => {
    const fromEnd = at - (lines.length - last.length);
    const header = line === "" ? "end of headers" : "header";
    return [first[at] ?? last[fromEnd] ?? header, line];
  });
}

/**
 * The lines of a string to sign, likewise.
 *
 * @param {readonly string[]} lines
 * @returns {[string, string][]}
 */
export function stringLines(lines) {
  const names = ["algorithm", "date", "scope", "hash of the request"];
  return lines.map((line, at) => [names[at] ?? "", line]);
}

/**
 * The reason that a function's line of the log gives for a refusal, such as `nonce_spent`.
 *
 * @param {string} line
 */
export function reasonOf(line) {
  return /\breason="?([a-z_]+)/.exec(logWords(line))?.[1] ?? null;
}

/** What a line of Lambda's JSON log has beside the words and their fields. */
const ASIDE = new Set(["timestamp", "level", "message", "target", "span", "spans"]);

/**
 * A function's line as `countersign run` prints it: a line of JSON in words, any other as it is.
 *
 * @param {string} line
 */
export function logWords(line) {
  const { level, message, ...rest } = fieldsOf(line);
  if (typeof level !== "string" || typeof message !== "string") return line;
  const fields = Object.entries(rest).filter(([name]) => !ASIDE.has(name));
  return [level, message, ...fields.map(([name, value]) => `${name}=${plain(value)}`)].join(" ");
}

/**
 * @param {string} line
 * @returns {Record<string, unknown>} empty where it is no object of JSON
 */
function fieldsOf(line) {
  try {
    const value = JSON.parse(line);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** @param {unknown} value */
function plain(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}
