/** The lines to copy: the same request for a terminal and for a program, without any secret. Pure. */

import { quoted, quotedJson } from "./shell.js";

/** @import { Authorization } from "./context.js" */

/**
 * What the lines are made of.
 *
 * @typedef {object} Asked
 * @property {string} sign the address of `/sign`
 * @property {Record<string, string>} query
 * @property {Authorization} authorization
 * @property {string | null} tokenCommand a command that prints a token
 */

/**
 * A thing to copy. `unavailable` says why there are no lines.
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
  ];
}

/**
 * @param {Asked} asked
 * @returns {Lines[]}
 */
function programs(asked) {
  const client = { id: "client", name: "JavaScript, with the client" };
  const plain = { id: "websocket", name: "JavaScript, without it" };
  if (asked.authorization === "IAM") {
    const note =
      "A page has no AWS credentials: let your server make the call to `/sign`, and hand the URL to the page.";
    return [
      { ...client, note, text: null },
      { ...plain, note, text: null },
    ];
  }
  return [
    {
      ...client,
      note: "Reconnects, keeps alive, moves to a new connection in time. `signed-websocket.js` is served by this page, too.",
      text: withClient(asked),
    },
    { ...plain, note: "A plain WebSocket, in a `<script type=module>`.", text: withoutClient(asked) },
  ];
}

/** @param {Asked} asked */
function withClient({ sign, query, authorization }) {
  const isJwt = authorization === "JWT";
  const names = isJwt ? "SignedWebSocket, fetchSignedUrl" : "SignedWebSocket";
  const way = isJwt
    ? [
        "  sign: (request) =>",
        `    fetchSignedUrl(${JSON.stringify(sign)}, {`,
        "      ...request,",
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a template string
        "      headers: { Authorization: `Bearer ${token}` },",
        "    }),",
      ]
    : [`  sign: ${JSON.stringify(sign)},`];
  return [
    `import { ${names} } from "./signed-websocket.js";`,
    "",
    "const socket = new SignedWebSocket({",
    ...way,
    `  query: ${object(query)},`,
    "});",
    ...USE,
  ].join("\n");
}

/** @param {Asked} asked */
function withoutClient({ sign, query, authorization }) {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a template string
  const headers = authorization === "JWT" ? ["  headers: { Authorization: `Bearer ${token}` },"] : [];
  return [
    `const response = await fetch(${JSON.stringify(sign)}, {`,
    '  method: "POST",',
    ...headers,
    `  body: JSON.stringify({ query: ${object(query)} }),`,
    "});",
    "const answer = await response.json();",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a template string
    "if (!response.ok) throw new Error(`${answer.code}: ${answer.detail}`);",
    "const socket = new WebSocket(answer.url);",
    ...USE,
  ].join("\n");
}

const USE = [
  'socket.addEventListener("open", () => socket.send("hello"));',
  'socket.addEventListener("message", ({ data }) => console.log(JSON.parse(data)));',
];

/** @param {Record<string, string>} query */
function object(query) {
  const members = Object.entries(query).map(
    ([name, value]) =>
      `${/^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name)}: ${JSON.stringify(value)}`,
  );
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}

/** @param {Asked} asked */
function preparation({ authorization, tokenCommand }) {
  if (authorization !== "JWT") return "";
  return tokenCommand === null ? "TOKEN='a token of your issuer'\n" : `TOKEN="$(${tokenCommand})"\n`;
}

/** @param {Asked} asked */
function curlLine({ sign, query, authorization }) {
  const body = `curl -s ${quoted(sign)} -d ${quotedJson({ query })}`;
  switch (authorization) {
    case "NONE":
      return body;
    case "JWT":
      return `${body} -H "authorization: Bearer $TOKEN"`;
    case "IAM":
      return (
        `${body} --aws-sigv4 "aws:amz:$AWS_REGION:execute-api" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"` +
        // Temporary credentials have one; curl leaves a header without a value out.
        ' -H "x-amz-security-token: $AWS_SESSION_TOKEN"'
      );
  }
}
