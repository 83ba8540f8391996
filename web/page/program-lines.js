/** The lines to copy into a page: with the client, and with a plain WebSocket. Pure. */

/** @import { Asked, Lines } from "./command-lines.js" */

/**
 * @param {Asked} asked
 * @returns {Lines[]}
 */
export function programs(asked) {
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
  const token = asked.authorization === "JWT" ? " `token` is that of whoever has signed in." : "";
  return [
    {
      ...client,
      note: `Reconnects, keeps alive, and moves to a new connection in time. This page serves \`signed-websocket.js\`, too.${token}`,
      text: withClient(asked),
    },
    {
      ...plain,
      note: `One connection of a plain WebSocket, in a \`<script type=module>\`.${token}`,
      text: withoutClient(asked),
    },
  ];
}

/**
 * An address up to the value of a parameter.
 *
 * @param {string} sign
 * @param {string} name
 */
export function upTo(sign, name) {
  return `${sign}${sign.includes("?") ? "&" : "?"}${encodeURIComponent(name)}=`;
}

/** @param {Asked} asked */
function withClient(asked) {
  const { address, headers } = proof(asked);
  const query = `  query: ${object(asked.query)},`;
  const isJwt = asked.authorization === "JWT";
  const token = headers === null ? [] : [`      headers: ${headers},`];
  const sign = isJwt
    ? ["  sign: (request) =>", `    fetchSignedUrl(${address}, {`, "      ...request,", ...token, "    }),"]
    : [`  sign: ${address},`];
  const names = isJwt ? "SignedWebSocket, fetchSignedUrl" : "SignedWebSocket";
  return [
    `import { ${names} } from "./signed-websocket.js";`,
    "",
    "const socket = new SignedWebSocket({",
    ...sign,
    query,
    "});",
    ...USE,
  ].join("\n");
}

/** @param {Asked} asked */
function withoutClient(asked) {
  const { address, headers } = proof(asked);
  return [
    `const response = await fetch(${address}, {`,
    '  method: "POST",',
    ...(headers === null ? [] : [`  headers: ${headers},`]),
    `  body: JSON.stringify({ query: ${object(asked.query)} }),`,
    "});",
    "const answer = await response.json();",
    'if (!response.ok) throw new Error(answer.code + ": " + answer.detail);',
    "const socket = new WebSocket(answer.url);",
    ...USE,
  ].join("\n");
}

const USE = [
  'socket.addEventListener("open", () => socket.send("hello"));',
  'socket.addEventListener("message", ({ data }) => console.log(JSON.parse(data)));',
];

/**
 * The address and the headers as expressions, with the variable `token` where `/sign` looks for it.
 *
 * @param {Asked} asked
 */
function proof({ sign, authorization, tokenIn }) {
  if (authorization !== "JWT") return { address: JSON.stringify(sign), headers: null };
  if (tokenIn.in === "query") {
    const address = `${JSON.stringify(upTo(sign, tokenIn.name))} + encodeURIComponent(token)`;
    return { address, headers: null };
  }
  return { address: JSON.stringify(sign), headers: `{ ${member(tokenIn.name)}: "Bearer " + token }` };
}

/** @param {Record<string, string>} query */
function object(query) {
  const members = Object.entries(query).map(([name, value]) => `${member(name)}: ${JSON.stringify(value)}`);
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}

/**
 * A name in an object: `__proto__` in quotes would set the prototype, so it is computed.
 *
 * @param {string} name
 */
function member(name) {
  if (name === "__proto__") return `[${JSON.stringify(name)}]`;
  return /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
}
