/**
 * `POST /sign` in Node.js: a WebSocket URL, signed by the signer role. Of what sign-fn does only `query` is taken:
 * not `url`, and no signature in headers.
 */
import { randomBytes } from "node:crypto";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { Hash } from "@smithy/hash-node";
import { HttpRequest } from "@smithy/protocol-http";
import { SignatureV4 } from "@smithy/signature-v4";
import { list, variable } from "./configuration.mjs";
import { count } from "./metrics.mjs";

const websocketUrl = new URL(variable("WEBSOCKET_URL"));
const roleArn = variable("SIGNER_ROLE_ARN");
const lifetime = Number(variable("URL_TTL_SECONDS"));
const grants = Object.entries(JSON.parse(variable("GRANTS")));
const claimGrants = Object.entries(JSON.parse(variable("CLAIM_GRANTS")));
const requestable = new Set(list("REQUESTABLE"));

const MAXIMUM_BODY_BYTES = 16_384;
const MAXIMUM_URL_CHARACTERS = 4_096;
const RENEWAL_BEFORE_END_SECONDS = 300;
const CONTROL_CHARACTER = /\p{Cc}/u;
const RESERVED = /^(grant\.|x-amz-)/i;
const CODES_OF_CLAIMS = new Set(["claim_missing", "claim_unusable"]);

const sts = new STSClient({});
let kept;

/** Answers one request of an HTTP API, payload format 2.0. */
export async function handler(event) {
  const at = event.requestContext.timeEpoch;
  try {
    const answer = await sign(event, Math.floor(at / 1_000));
    count("Signed", at);
    return reply(201, "application/json", answer);
  } catch (error) {
    if (!(error instanceof Refusal)) {
      throw error;
    }
    count("Refused", at, error.code);
    const { code, status, message: detail } = error;
    return reply(status, "application/problem+json", { type: "about:blank", status, code, detail });
  }
}

async function sign(event, now) {
  const claimed = claimsOf(event);
  const requested = requestedBy(event);
  const { signer, end } = await signerAt(now);
  const expires = Math.min(now + lifetime, end);
  const query = Object.fromEntries(requested);
  for (const [name, value] of [...grants, ...claimed]) {
    query[`grant.${name}`] = value;
  }
  query["grant.expires"] = String(expires);
  query["grant.nonce"] = randomBytes(16).toString("base64url");
  const request = new HttpRequest({
    method: "GET",
    protocol: websocketUrl.protocol,
    hostname: websocketUrl.hostname,
    path: websocketUrl.pathname,
    headers: { host: websocketUrl.host },
    query,
  });
  const signed = await signer.presign(request, {
    expiresIn: expires - now,
    signingDate: new Date(now * 1_000),
  });
  const url = urlOf(signed.query);
  if (url.length > MAXIMUM_URL_CHARACTERS) {
    throw new Refusal("url_too_long", `the signed URL would have ${url.length} characters`);
  }
  return { url, headers: {}, expiresAt: new Date(expires * 1_000).toISOString().replace(".000Z", "Z") };
}

/** The signer with the credentials of the signer role, which are kept until shortly before their end. */
async function signerAt(now) {
  if (kept === undefined || kept.end < now + RENEWAL_BEFORE_END_SECONDS) {
    const { Credentials: assumed } = await sts.send(
      new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: "sign-websocket-url" }),
    );
    const credentials = {
      accessKeyId: assumed.AccessKeyId,
      secretAccessKey: assumed.SecretAccessKey,
      sessionToken: assumed.SessionToken,
    };
    const signer = new SignatureV4({
      service: "execute-api",
      region: variable("AWS_REGION"),
      sha256: Hash.bind(null, "sha256"),
      credentials,
    });
    kept = { signer, end: Math.floor(assumed.Expiration.getTime() / 1_000) };
  }
  return kept;
}

/** The grants that are made of the claims of the caller's token. */
function claimsOf(event) {
  const claims = event.requestContext.authorizer?.jwt?.claims ?? {};
  return claimGrants.map(([claim, grant]) => {
    const value = claims[claim];
    if (value === undefined) {
      throw new Refusal("claim_missing", `the claim \`${claim}\` is missing`);
    }
    if (value.trim() === "" || CONTROL_CHARACTER.test(value)) {
      throw new Refusal("claim_unusable", `the claim \`${claim}\` is blank or has a control character`);
    }
    return [grant, value];
  });
}

/** The parameters that the caller asks for, checked. */
function requestedBy(event) {
  const body = Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8");
  if (body.length > MAXIMUM_BODY_BYTES) {
    throw new Refusal("body_too_large", `the body has ${body.length} bytes`, 413);
  }
  const { query = {}, ...others } = body.length === 0 ? {} : parse(body.toString());
  for (const name of Object.keys(others)) {
    throw new Refusal("unknown_field", `\`${name}\` is no field of the request`);
  }
  if (!isObject(query)) {
    throw new Refusal("wrong_type", "`query` is no object");
  }
  const parameters = Object.entries(query);
  for (const [name, value] of parameters) {
    if (name === "") {
      throw new Refusal("empty_name", "a parameter has an empty name");
    }
    if (RESERVED.test(name)) {
      throw new Refusal("reserved_name", `the parameter \`${name}\` is reserved`);
    }
    if (!requestable.has(name) && !requestable.has("*")) {
      throw new Refusal("name_not_allowed", `the parameter \`${name}\` may not be requested here`);
    }
    if (typeof value !== "string") {
      throw new Refusal("wrong_type", `\`query.${name}\` is no string`);
    }
    if (CONTROL_CHARACTER.test(name) || CONTROL_CHARACTER.test(value)) {
      throw new Refusal("control_character", "a parameter has a control character");
    }
  }
  return parameters;
}

function parse(text) {
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Refusal("invalid_json", "the body is not JSON");
  }
  if (!isObject(body)) {
    throw new Refusal("wrong_type", "the body is no object");
  }
  return body;
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function urlOf(query) {
  const pairs = Object.entries(query).map(([name, value]) => `${encode(name)}=${encode(value)}`);
  return `${websocketUrl.href}?${pairs.join("&")}`;
}

/** Percent-encodes all but unreserved characters (RFC 3986, section 2.3), as the signature wants it. */
function encode(text) {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (it) => `%${it.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function reply(statusCode, contentType, body) {
  const headers = { "content-type": contentType, "cache-control": "no-store" };
  return { statusCode, headers, body: JSON.stringify(body), isBase64Encoded: false };
}

class Refusal extends Error {
  constructor(code, detail, status = CODES_OF_CLAIMS.has(code) ? 403 : 400) {
    super(detail);
    this.code = code;
    this.status = status;
  }
}
