/** The lines to copy: the same request for a terminal and for a program, without any secret. Pure. */

import { programs, upTo } from "./program-lines.js";
import { quoted, quotedJson, quotedWith } from "./shell.js";

/** @import { Authorization, TokenPlace } from "./context.js" */

/**
 * What the lines are made of.
 *
 * @typedef {object} Asked
 * @property {string} sign the address of `/sign`
 * @property {Record<string, string>} query
 * @property {Authorization} authorization
 * @property {TokenPlace} tokenIn
 * @property {string | null} tokenCommand a command that prints a token
 * @property {string | null} issuer whose tokens are taken
 * @property {string | null} region
 * @property {string | null} explain a command that reads a URL, and says what would become of it
 */

/**
 * A thing to copy. Where there is no text, the note says why.
 *
 * @typedef {object} Lines
 * @property {string} id
 * @property {string} name
 * @property {string} note code in backquotes
 * @property {string | null} text
 */

/**
 * @param {Asked} asked
 * @returns {Lines[]}
 */
export function allLines(asked) {
  const first = preparation(asked);
  const curl = curlLine(asked);
  const url = `"$(${curl} | jq -r .url)"`;
  return [
    {
      id: "wscat",
      name: "wscat",
      note: "`npm install -g wscat`, and jq. Type a message, and it is echoed.",
      text: `${first}wscat -c ${url}`,
    },
    { id: "websocat", name: "websocat", note: "The same with websocat.", text: `${first}websocat ${url}` },
    { id: "curl", name: "curl", note: "Only asks: the answer, set out by jq.", text: `${first}${curl} | jq` },
    ...programs(asked),
    ...(asked.explain === null ? [] : [explainLine(first, curl, asked.explain)]),
  ];
}

/**
 * @param {string} first
 * @param {string} curl
 * @param {string} explain
 * @returns {Lines}
 */
function explainLine(first, curl, explain) {
  const note = "Every check that a URL meets, in AWS's order, without connecting.";
  return { id: "explain", name: "countersign explain", note, text: `${first}${curl} | ${explain}` };
}

/** @param {Asked} asked */
function preparation({ authorization, tokenCommand, issuer }) {
  if (authorization !== "JWT") return "";
  const token =
    tokenCommand === null ? quoted(`a token of ${issuer ?? "your issuer"}`) : `"$(${tokenCommand})"`;
  return `TOKEN=${token}\n`;
}

/** @param {Asked} asked */
function curlLine({ sign, query, authorization, tokenIn, region }) {
  const body = `-d ${quotedJson({ query })}`;
  switch (authorization) {
    case "NONE":
      return `curl -s ${quoted(sign)} ${body}`;
    case "JWT":
      return tokenIn.in === "header"
        ? `curl -s ${quoted(sign)} ${body} -H ${quotedWith(`${tokenIn.name}: Bearer `, "$TOKEN")}`
        : `curl -s ${quotedWith(upTo(sign, tokenIn.name), "$TOKEN")} ${body}`;
    case "IAM":
      return `curl -s ${quoted(sign)} ${body} ${signature(region)}`;
  }
}

/**
 * @param {string | null} region of the stack that serves the page, whose keys have no session token; null elsewhere
 */
function signature(region) {
  const user = '--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"';
  if (region !== null) return `--aws-sigv4 ${quoted(`aws:amz:${region}:execute-api`)} ${user}`;
  // Two words for temporary credentials, none for others: curl signs an empty header, too.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell puts it in
  const session = '${AWS_SESSION_TOKEN:+-H} ${AWS_SESSION_TOKEN:+"x-amz-security-token: $AWS_SESSION_TOKEN"}';
  return `--aws-sigv4 "aws:amz:$AWS_REGION:execute-api" ${user} ${session}`;
}
