/** What a refusal of `/sign` means to whoever sees the page, and what to do about it. Pure. */

import { quoted } from "./shell.js";

/** @import { Authorization } from "./context.js" */

/**
 * What is known of a refusal, and of who asked.
 *
 * @typedef {object} Refused
 * @property {number} status 0 where there was no answer that a page may read
 * @property {string | null} code
 * @property {string | null} detail
 * @property {string} origin the page's
 * @property {boolean | null} letIn whether CORS lets the page in; null where nobody has said
 * @property {string | null} allow options of `countersign run` that would let it in
 * @property {Authorization} authorization
 * @property {readonly string[]} names the parameters that were asked for
 */

/**
 * What would change it, locally and on AWS, where that is known.
 *
 * @typedef {{ local: string | null, aws: string | null }} Commands
 */

/**
 * @typedef {object} Problem
 * @property {string} title
 * @property {string} advice code in backquotes
 * @property {Commands | null} commands what would change it
 */

/**
 * @param {Refused} refused
 * @returns {Problem}
 */
export function explain(refused) {
  if (refused.status === 0) return unreadable(refused);
  return ofCode(refused) ?? ofStatus(refused);
}

/**
 * @param {string} parameter of the stack, `NAME=VALUE`
 * @returns {Commands}
 */
function setting(parameter) {
  const word = quoted(parameter);
  return {
    local: `cargo run -- --parameter ${word}`,
    aws: `aws cloudformation deploy … --parameter-overrides ${word}`,
  };
}

/**
 * @param {Refused} refused
 * @returns {Problem}
 */
function unreadable({ origin, letIn, allow }) {
  if (letIn === true) {
    return {
      title: "No answer",
      advice: "Nothing answers at this address. Does `countersign` still run, and is the address right?",
      commands: null,
    };
  }
  if (letIn === false) return notLetIn(origin, allow);
  return {
    title: "No answer that this page may read",
    advice:
      "A browser does not say which: nothing answers at this address, or it does not let this page read the answer " +
      `(CORS). For the latter \`AllowedOrigins\` must have \`${origin}\`, beside what it has:`,
    commands: setting(`AllowedOrigins=${origin}`),
  };
}

/**
 * A page whose origin the stack does not let in.
 *
 * @param {string} origin the page's
 * @param {string | null} allow options of `countersign run` that would let it in
 * @returns {Problem}
 */
export function notLetIn(origin, allow) {
  const refused = `The stack lets no page of \`${origin}\` read its answers (CORS).`;
  const title = "This page is not let in";
  if (allow === null)
    return { title, advice: `${refused} Its template names the origins that it lets in.`, commands: null };
  const advice = `${refused} \`AllowedOrigins\` must have this origin, as with:`;
  return { title, advice, commands: { local: `cargo run -- ${allow}`, aws: null } };
}

/**
 * @param {Refused} refused
 * @returns {Problem | null}
 */
function ofCode({ code, names }) {
  switch (code) {
    case "name_not_allowed":
      return {
        title: "A name that may not be requested",
        advice:
          "The stack takes the names in its parameter `Requestable`, and no other. It would take these with:",
        commands: setting(`Requestable=${names.some((name) => name.includes(",")) ? "*" : names.join(",")}`),
      };
    case "reserved_name":
      return {
        title: "A reserved name",
        advice:
          "Only sign-fn sets `grant.…` and only the signer sets `x-amz-…`: this is what makes a grant one.",
        commands: null,
      };
    case "claim_missing":
    case "claim_unusable":
      return {
        title: "The token lacks a claim",
        advice:
          "Claims become grants here, and none is left out. The token must have the claim, with a value.",
        commands: null,
      };
    case "url_too_long":
    case "body_too_large":
      return {
        title: "Too much",
        advice:
          "API Gateway takes URLs of 4,096 characters, and the session token needs a good part of them.",
        commands: null,
      };
    case "credentials_unavailable":
      return {
        title: "Nothing to sign with",
        advice: "The SignerRole cannot be assumed at the moment. The log of sign-fn says why.",
        commands: null,
      };
    default:
      return null;
  }
}

/**
 * @param {Refused} refused
 * @returns {Problem}
 */
function ofStatus({ status, code, authorization }) {
  const plain = (/** @type {string} */ title, /** @type {string} */ advice) => ({
    title,
    advice,
    commands: null,
  });
  switch (status) {
    case 401:
      return plain(
        "No good token",
        "API Gateway wants a token of the stack's issuer: not ended, for its audience, and signed by its key.",
      );
    case 403:
      return authorization === "JWT"
        ? plain("The token is not enough", "API Gateway wants one of the scopes in `JwtScopes`.")
        : plain("Not allowed", "API Gateway wants a call that is signed by IAM: a page cannot make one.");
    case 404:
      return plain(
        "Nothing there",
        "The address is of a server, but it has no such route. It ends in `/sign`.",
      );
    case 405:
      return plain("Not a /sign", "The address takes no `POST`: it is something else.");
    case 413:
      return plain("Too much", "The body of `/sign` may have 16 KiB.");
    case 429:
      return plain(
        "Too fast",
        "The stack is throttled (`SignRateLimit`, `SignBurstLimit`). Try again in a moment.",
      );
    default:
      return status >= 500
        ? plain("A fault of the stack", "Not of yours. Its log says more; try again.")
        : plain("Refused", code === null ? "API Gateway itself has refused it." : "sign-fn has refused it.");
  }
}
