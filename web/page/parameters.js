/** What the form says, as it is asked of `/sign`, or why it is not. Pure. */

/** @import { Request } from "./context.js" */

/** @typedef {{ name: string, value: string }} Row */

/**
 * The form as it was typed.
 *
 * @typedef {Pick<Request, "authorization" | "tokenIn"> & { address: string, rows: readonly Row[], token: string }} Form
 */

/**
 * What a token is made of. (RFC 6750, 2.1, `b64token`.)
 */
const TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;

/**
 * @param {Form} form
 * @returns {Request}
 */
export function readForm({ address, rows, authorization, token, tokenIn }) {
  const sign = readAddress(address) ?? "";
  const { query, fault } = readRows(rows);
  const trimmed = token.trim();
  const faults = [
    sign === "" ? "the address of /sign is not one, expected https://HOST/sign" : null,
    fault,
    authorization === "JWT" && trimmed !== "" && !TOKEN.test(trimmed)
      ? "the token has a character that no token has, expected letters, digits and -._~+/="
      : null,
  ];
  const first = faults.find((text) => text !== null) ?? null;
  return { sign, query, authorization, token: trimmed === "" ? null : trimmed, tokenIn, fault: first };
}

/**
 * The parameters, or what is wrong with the rows. A row that is empty on both sides is left out. Which names may be
 * requested is for `/sign` to say; of two rows with one name it would see only the last.
 *
 * @param {readonly Row[]} rows
 * @returns {{ query: Record<string, string>, fault: string | null }}
 */
export function readRows(rows) {
  /** @type {Map<string, string>} */
  const query = new Map();
  for (const { name, value } of rows) {
    if (name === "" && value === "") continue;
    if (name === "") return { query: {}, fault: `the parameter with the value “${value}” has no name` };
    if (query.has(name)) return { query: {}, fault: `the parameter “${name}” is given twice, expected once` };
    query.set(name, value);
  }
  // From entries, as `__proto__` is a name like any other.
  return { query: Object.fromEntries(query), fault: null };
}

/**
 * An address of `/sign` as it was typed, made whole; null where it is none.
 *
 * @param {string} text
 */
export function readAddress(text) {
  try {
    const url = new URL(text.trim());
    const isWeb = url.protocol === "https:" || url.protocol === "http:";
    return isWeb && url.username === "" && url.password === "" ? url.href : null;
  } catch {
    return null;
  }
}
