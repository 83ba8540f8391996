/** The lines to copy: a shell and a JavaScript engine read them as they are meant. */

import { execFile } from "node:child_process";
import { describe, expect, test } from "vitest";
import { allLines } from "../command-lines.js";
import { quoted, quotedJson, quotedWith } from "../shell.js";

/** Nothing in them may have a meaning, nor become one in its quotes. */
const TEXTS = [
  "plain",
  "https://host.invalid/a_b-c?d=e&f",
  "",
  "two words",
  "it's",
  "'",
  '"',
  "$HOME",
  "$(echo no)",
  "`echo no`",
  "a\\b",
  "*",
  "~;&|<>#!",
  "line\nline",
  "grüße 👋",
  "__proto__",
];

/**
 * What a shell prints.
 *
 * @param {string} script
 * @returns {Promise<string>}
 */
function shell(script) {
  return new Promise((resolve, reject) => {
    execFile("sh", ["-c", script], {}, (error, stdout, stderr) => {
      if (error || stderr !== "") reject(error ?? new Error(stderr));
      else resolve(stdout);
    });
  });
}

/** @type {import("../command-lines.js").Asked} */
const ASKED = {
  sign: "http://127.0.0.1:3000/sign",
  query: { room: "lobby" },
  authorization: "NONE",
  tokenIn: { in: "header", name: "authorization" },
  tokenCommand: null,
  issuer: null,
  region: null,
  explain: null,
};

/**
 * @param {Partial<import("../command-lines.js").Asked>} asked
 * @param {string} id
 */
function line(asked, id) {
  const found = allLines({ ...ASKED, ...asked }).find((lines) => lines.id === id);
  if (!found) throw new Error(`there is no ${id}`);
  return found.text ?? "";
}

describe("words of a shell", () => {
  test.each(TEXTS)("a shell reads %j as it is", async (text) => {
    expect(await shell(`printf %s ${quoted(text)}`)).toBe(text);
    expect(await shell(`A='a b'; printf %s ${quotedWith(text, "$A")}`)).toBe(`${text}a b`);
    expect(JSON.parse(await shell(`printf %s ${quotedJson({ [text]: text })}`))).toEqual(
      Object.fromEntries([[text, text]]),
    );
  });

  test("what is plain stays readable", () => {
    expect(quoted("http://127.0.0.1:3000/sign")).toBe("http://127.0.0.1:3000/sign");
    expect(quotedWith("authorization: Bearer ", "$TOKEN")).toBe('"authorization: Bearer $TOKEN"');
  });

  test("a shell that is typed into finds no history in JSON", () => {
    expect(quotedJson("a!b")).not.toContain("!");
  });
});

describe("lines of a terminal", () => {
  /** What curl and the client behind it get, as the shell calls them. */
  const witnesses = `
    exec 3>&1
    curl() { for word; do printf '%s\\n' "$word" >&3; done; printf '{"url":"ws://signed"}'; }
    jq() { cat > /dev/null; printf 'ws://signed'; }
    wscat() { printf '%s\\n' "$@"; }
    websocat() { printf '%s\\n' "$@"; }
  `;

  test.each(TEXTS)("curl is told %j as it is", async (text) => {
    const script = `${witnesses}\n${line({ query: { room: text } }, "wscat")}`;
    const all = (await shell(script)).trimEnd().split("\n");
    expect(all.slice(0, 3)).toEqual(["-s", ASKED.sign, "-d"]);
    expect(JSON.parse(all[3] ?? "")).toEqual({ query: { room: text } });
    expect(all.slice(4)).toEqual(["-c", "ws://signed"]);
  });

  test("every line asks for a URL of its own", () => {
    expect(line({}, "wscat")).toBe(
      `wscat -c "$(curl -s http://127.0.0.1:3000/sign -d '{"query":{"room":"lobby"}}' | jq -r .url)"`,
    );
    expect(line({}, "websocat")).toMatch(/^websocat "\$\(curl .*\| jq -r \.url\)"$/);
    expect(line({}, "curl")).toMatch(/^curl .* \| jq$/);
  });

  test("a token comes out of its command, and goes into the header that is looked at", async () => {
    const asked = /** @type {const} */ ({ authorization: "JWT", tokenCommand: "echo 'a b'" });
    expect(line(asked, "curl")).toBe(
      `TOKEN="$(echo 'a b')"\ncurl -s http://127.0.0.1:3000/sign -d '{"query":{"room":"lobby"}}' -H "authorization: Bearer $TOKEN" | jq`,
    );
    const all = await shell(`${witnesses}\n${line(asked, "wscat")}`);
    expect(all).toContain("\n-H\nauthorization: Bearer a b\n");
  });

  test("without a command it is said whose token is wanted", async () => {
    const asked = /** @type {const} */ ({ authorization: "JWT", issuer: "https://it's.invalid/" });
    expect(await shell(`${line(asked, "wscat").split("\n")[0]}; printf %s "$TOKEN"`)).toBe(
      "a token of https://it's.invalid/",
    );
  });

  test("a token stands in the query where it is looked for there", () => {
    const asked = /** @type {const} */ ({
      authorization: "JWT",
      tokenIn: { in: "query", name: "a token" },
      tokenCommand: "echo t",
    });
    expect(line(asked, "curl")).toContain('curl -s "http://127.0.0.1:3000/sign?a%20token=$TOKEN" -d');
  });

  test("curl signs where AWS credentials are wanted", () => {
    expect(line({ authorization: "IAM", region: "eu-west-1" }, "curl")).toBe(
      `curl -s http://127.0.0.1:3000/sign -d '{"query":{"room":"lobby"}}' --aws-sigv4 aws:amz:eu-west-1:execute-api ` +
        '--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" | jq',
    );
  });

  test.each([
    ["AWS_SESSION_TOKEN='t o'", ["--user", "id:key", "-H", "x-amz-security-token: t o"]],
    ["AWS_SESSION_TOKEN=", ["--user", "id:key"]],
    ["unset AWS_SESSION_TOKEN", ["--user", "id:key"]],
  ])("with %s a session token goes along if there is one", async (setting, expected) => {
    const credentials = `AWS_REGION=eu-west-1 AWS_ACCESS_KEY_ID=id AWS_SECRET_ACCESS_KEY=key; ${setting}`;
    const all = await shell(`${witnesses}\n${credentials}\n${line({ authorization: "IAM" }, "wscat")}`);
    const words = all.split("\n");
    expect(words.slice(4, 6)).toEqual(["--aws-sigv4", "aws:amz:eu-west-1:execute-api"]);
    expect(words.slice(6, words.indexOf("-c"))).toEqual(expected);
  });

  test("explain is offered where it is there", () => {
    expect(line({ explain: "countersign explain -" }, "explain")).toMatch(
      /^curl .* \| countersign explain -$/,
    );
    expect(allLines(ASKED).map(({ id }) => id)).not.toContain("explain");
  });
});

describe("lines of a page", () => {
  /**
   * Runs lines with what a browser would give them, and returns what was asked.
   *
   * @param {string} text
   */
  async function run(text) {
    /** @type {unknown[]} */
    const calls = [];
    const told = (/** @type {string} */ name) =>
      class {
        /** @param {...unknown} args */
        constructor(...args) {
          calls.push(name, ...args);
        }
        addEventListener() {}
      };
    const fetch = (/** @type {unknown[]} */ ...args) => {
      calls.push("fetch", ...args);
      return Promise.resolve({ ok: true, json: () => ({ url: "ws://signed" }) });
    };
    const fetchSignedUrl = (/** @type {unknown[]} */ ...args) => calls.push("fetchSignedUrl", ...args);
    const body = text.replace(/^import .*$/m, "");
    const names = ["SignedWebSocket", "WebSocket", "fetch", "fetchSignedUrl", "token"];
    const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
    await new AsyncFunction(...names, body)(told("client"), told("plain"), fetch, fetchSignedUrl, "TOKEN");
    return calls;
  }

  test.each(TEXTS)("both ask for %j as it is", async (text) => {
    const query = Object.fromEntries([[text, text]]);
    expect(await run(line({ query }, "client"))).toEqual(["client", { sign: ASKED.sign, query }]);
    const [, sign, { body }, ...rest] = /** @type {any[]} */ (await run(line({ query }, "websocket")));
    expect([sign, JSON.parse(body), ...rest]).toEqual([ASKED.sign, { query }, "plain", "ws://signed"]);
  });

  test("a token goes along, into the header or the query", async () => {
    const authorization = /** @type {const} */ ("JWT");
    const [, options] = /** @type {any[]} */ (await run(line({ authorization }, "client")));
    expect(options.sign).toBeTypeOf("function");
    const [, , { headers }] = /** @type {any[]} */ (await run(line({ authorization }, "websocket")));
    expect(headers).toEqual({ authorization: "Bearer TOKEN" });
    const tokenIn = /** @type {const} */ ({ in: "query", name: "t" });
    const [, address] = await run(line({ authorization, tokenIn }, "websocket"));
    expect(address).toBe("http://127.0.0.1:3000/sign?t=TOKEN");
  });

  test("there are none where AWS credentials are wanted", () => {
    expect(line({ authorization: "IAM" }, "client")).toBe("");
    expect(line({ authorization: "IAM" }, "websocket")).toBe("");
  });
});
