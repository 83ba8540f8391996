/** The stack that serves the page, as it tells it; nothing where the page is served by something else. */

import { element } from "./dom.js";

/** @import { Stack, TokenPlace } from "./context.js" */

/**
 * Asks whoever serves the page.
 *
 * @returns {Promise<Stack | null>}
 */
export async function askStack() {
  try {
    const response = await fetch("./stack", { method: "POST" });
    return response.ok ? readStack(await response.json()) : null;
  } catch {
    return null; // A server of files alone, which knows no such address.
  }
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

/**
 * What is worth knowing of it, as terms and descriptions.
 *
 * @param {Stack | null} stack
 * @param {string} origin the page's
 */
export function facts(stack, origin) {
  const rows = stack
    ? [
        ["/sign", stack.sign ?? "unknown"],
        ["open to", stack.authorization ? CALLERS[stack.authorization] : "unknown"],
        ["WebSocket", stack.websocket ?? "unknown"],
        ["This page", `${origin}, ${stack.origin ? "let in by CORS" : "not among AllowedOrigins"}`],
      ]
    : [["This page", `${origin}, not served by countersign: type the address of a /sign below`]];
  return rows.map(([term = "", text = ""]) =>
    element("div", {}, element("dt", {}, term), element("dd", {}, text)),
  );
}
