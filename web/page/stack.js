/** The stack that serves the page, as it tells it; nothing where the page is served by something else. */

import { fact } from "./dom.js";

/** @import { Context, Missing, Stack, TokenPlace } from "./context.js" */

/** Milliseconds that the answer may take: the page is empty until then. */
const PATIENCE = 5_000;

/**
 * Asks whoever serves the page.
 *
 * @param {(address: string, init: RequestInit) => Promise<Response>} ask
 * @returns {Promise<Stack | Missing>}
 */
export async function askStack(ask = (address, init) => fetch(address, init)) {
  try {
    const response = await ask("./stack", { method: "POST", signal: AbortSignal.timeout(PATIENCE) });
    if (!response.ok) return isRefusal(response) ? "refused" : "absent";
    return readStack(await response.json()) ?? "absent";
  } catch (error) {
    // What is no JSON is of a server that answers everything with a page.
    return error instanceof SyntaxError ? "absent" : "lost";
  }
}

/**
 * Asks again whenever the trace begins anew: another stack may be there by now.
 *
 * @param {Context} context which has been told already
 * @param {() => Promise<Stack | Missing>} ask
 */
export function follow(context, ask = askStack) {
  const { watch } = context;
  let isKnown = context.stack !== null;
  watch.addEventListener("state", async () => {
    if (watch.state !== "live") return;
    if (!isKnown) context.learn(await ask());
    isKnown = false;
  });
}

/**
 * Whether it is `countersign` that refuses: a 403 of S3 is XML, one of CloudFront HTML.
 *
 * @param {Response} response
 */
function isRefusal({ status, headers }) {
  return status === 403 && (headers.get("content-type") ?? "").startsWith("text/plain");
}

/**
 * The stack, if it is one.
 *
 * @param {unknown} value
 * @returns {Stack | null}
 */
export function readStack(value) {
  if (typeof value !== "object" || value === null || !("sign" in value && "trace" in value)) return null;
  const told = /** @type {Record<string, unknown>} */ (value);
  const text = (/** @type {string} */ name) => {
    const found = told[name];
    return typeof found === "string" ? found : null;
  };
  const authorization = text("authorization");
  const isKnown = authorization === "NONE" || authorization === "IAM" || authorization === "JWT";
  return {
    sign: text("sign"),
    websocket: text("websocket"),
    authorization: isKnown ? authorization : null,
    token: text("token"),
    parameter: text("parameter"),
    origin: told.origin === true,
    trace: told.trace === true,
    region: text("region"),
    issuer: text("issuer"),
    tokenIn: place(told.tokenIn),
    allow: text("allow"),
    explain: text("explain"),
  };
}

/**
 * @param {unknown} value
 * @returns {TokenPlace | null}
 */
function place(value) {
  if (typeof value !== "object" || value === null || !("in" in value && "name" in value)) return null;
  const { in: where, name } = value;
  return (where === "header" || where === "query") && typeof name === "string" ? { in: where, name } : null;
}

/** Who may call `/sign`. */
const CALLERS = { NONE: "anyone", IAM: "who signs the call (IAM)", JWT: "who brings a token (JWT)" };

/** Why nothing is known of it. @type {Record<Missing, string>} */
const UNTOLD = {
  refused:
    "not told its stack: this browser sends no Sec-Fetch-Site, or countersign has printed another address for this " +
    "page. Type the address of a /sign below",
  lost: "whoever serves it does not answer: does countersign still run?",
  absent: "not served by countersign: type the address of a /sign below",
};

/**
 * What is worth knowing of it, as terms and descriptions.
 *
 * @param {Context} context
 * @param {string} origin the page's
 */
export function facts({ stack, missing }, origin) {
  const rows = stack
    ? [
        ["/sign", stack.sign ?? "unknown"],
        ["open to", stack.authorization ? CALLERS[stack.authorization] : "unknown"],
        ["WebSocket", stack.websocket ?? "unknown"],
        ["This page", `${origin}, ${stack.origin ? "let in by CORS" : "not among AllowedOrigins"}`],
      ]
    : [["This page", `${origin}, ${UNTOLD[missing]}`]];
  return rows.map(([term = "", text = ""]) => fact(term, text));
}
