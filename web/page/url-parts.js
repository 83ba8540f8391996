/** A signed URL taken apart: its parameters in order, and of each who set it and what it means. Pure. */

/**
 * Who set a parameter. `granted`: sign-fn, of what the stack or the caller's token grants. `requested`: whoever called
 * `/sign`. `signature`: the signer. `limit`: sign-fn, in every URL.
 *
 * @typedef {"granted" | "requested" | "signature" | "limit"} Kind
 */

/**
 * @typedef {object} Part
 * @property {string} raw as it stands in the URL, `name=value`
 * @property {string} name decoded
 * @property {string} value decoded
 * @property {Kind} kind
 * @property {string} meaning code in backquotes
 * @property {boolean} isSecret whether it opens a connection for whoever sees it
 */

const SECRETS = new Set(["X-Amz-Signature", "X-Amz-Security-Token"]);

/**
 * @param {string} url
 * @returns {{ address: string, parts: Part[] }} the address without the query, and what stands in the query
 */
export function takeApart(url) {
  const [address = "", query = ""] = split(url, "?");
  const pairs = query === "" ? [] : query.split("&");
  return { address, parts: pairs.map(part) };
}

/**
 * When ws-connect refuses it: RFC 3339; empty where the URL does not say.
 *
 * @param {string} url
 */
export function endOf(url) {
  const seconds = parameter(url, "grant.expires");
  return /^\d{1,12}$/.test(seconds) ? utc(Number(seconds) * 1000) : "";
}

/**
 * What ws-connect takes once; empty where the URL has none.
 *
 * @param {string} url
 */
export function nonceOf(url) {
  return parameter(url, "grant.nonce");
}

/**
 * When it was signed, in milliseconds since 1970; null where the URL does not say.
 *
 * @param {string} url
 */
export function signedAt(url) {
  return instant(parameter(url, "X-Amz-Date"));
}

/**
 * RFC 3339, without fractions.
 *
 * @param {number} milliseconds since 1970
 */
export function utc(milliseconds) {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, "Z");
}

/**
 * @param {string} raw
 * @returns {Part}
 */
function part(raw) {
  const [name = "", value = ""] = split(raw, "=").map(decoded);
  return {
    raw,
    name,
    value,
    kind: kindOf(name),
    meaning: meaningOf(name, value),
    isSecret: SECRETS.has(name),
  };
}

/**
 * @param {string} name
 * @returns {Kind}
 */
function kindOf(name) {
  if (name.startsWith("X-Amz-")) return "signature";
  if (name === "grant.expires" || name === "grant.nonce") return "limit";
  return name.startsWith("grant.") ? "granted" : "requested";
}

/**
 * @param {string} name
 * @param {string} value
 */
function meaningOf(name, value) {
  switch (name) {
    case "grant.expires":
      return `The end of the URL: ${clock(Number(value) * 1000)}. ws-connect refuses it from that second on.`;
    case "grant.nonce":
      return "128 random bits. ws-connect takes them once: this is why a URL is good for one connection.";
    case "X-Amz-Algorithm":
      return "How it is signed: AWS Signature Version 4.";
    case "X-Amz-Credential":
      return credential(value);
    case "X-Amz-Date":
      return date(value);
    case "X-Amz-Expires":
      return (
        `${value} seconds from its date. By all reports API Gateway does not honour it: ` +
        "`grant.expires` is what ends the URL."
      );
    case "X-Amz-SignedHeaders":
      return `The headers that are signed along: \`${value}\`. For another host the signature does not hold.`;
    case "X-Amz-Security-Token":
      return "The session of the SignerRole. IAM finds the caller and its policies by it.";
    case "X-Amz-Signature":
      return "Covers the host, the path and every parameter above. Change one character, and it does not match.";
    default:
      return name.startsWith("grant.")
        ? "Granted by the stack, or by a claim of the caller's token. Stored with the connection as `granted`."
        : "Chosen by whoever called `/sign`, unchanged since. Stored with the connection as `requested`, unverified.";
  }
}

/** @param {string} value */
function credential(value) {
  const [key, day, region, service] = value.split("/");
  if (!key || !day || !region || !service) return "Who signed, and for what.";
  return `Who signed: a key of the SignerRole. For what: \`${service}\` in \`${region}\`, on that day.`;
}

/** @param {string} value */
function date(value) {
  const at = instant(value);
  return at === null
    ? "When it was signed."
    : `When it was signed: ${clock(at)}. API Gateway takes a signature for 5 minutes after its date.`;
}

/** @param {number} milliseconds */
function clock(milliseconds) {
  return Number.isFinite(milliseconds) && Math.abs(milliseconds) < 8.64e15
    ? `${utc(milliseconds).slice(11, 19)} UTC`
    : "not a time";
}

/**
 * @param {string} text a time in ISO 8601's basic form, as Signature Version 4 has it
 */
function instant(text) {
  const digits = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (!digits) return null;
  const [, year, month, day, hour, minute, second] = digits;
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(at) ? null : at;
}

/**
 * @param {string} url
 * @param {string} name
 */
function parameter(url, name) {
  return takeApart(url).parts.find((found) => found.name === name)?.value ?? "";
}

/**
 * In two, at the first separator; what is not there is empty.
 *
 * @param {string} text
 * @param {string} separator
 */
function split(text, separator) {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

/**
 * Percent-decoded; as it is where it cannot be. A `+` is a plus, as in Signature Version 4.
 *
 * @param {string} text
 */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
