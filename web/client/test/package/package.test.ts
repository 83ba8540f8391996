/** What `npm pack` makes of the client, as its users meet it: installed, run by node, read by tsc. */

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

const CLIENT = fileURLToPath(new URL("../../", import.meta.url));
const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const TSC = fileURLToPath(new URL("../../../node_modules/typescript/bin/tsc", import.meta.url));

// npm and tsc take a second each, and longer where the machine is busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let folder: string;
let packed: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "package-"));
  const [tarball] = JSON.parse(
    await succeed("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], CLIENT),
  ) as [{ filename: string; files: { path: string }[] }];
  packed = tarball.files.map((file) => file.path).sort();
  await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  await succeed("npm", ["install", "--offline", "--ignore-scripts", `./${tarball.filename}`]);
});

afterAll(() => rm(folder, { recursive: true }));

test("it holds the module, its declarations, the licences and what tells of it", async () => {
  expect(packed.filter((path) => !/^dist\/[a-z-]+\.d\.ts$/.test(path))).toEqual([
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "dist/signed-websocket.js",
    "package.json",
  ]);
  expect(packed).toContain("dist/index.d.ts");
  for (const licence of ["LICENSE-APACHE", "LICENSE-MIT"]) {
    expect(await readFile(join(CLIENT, licence), "utf8")).toBe(await readFile(join(ROOT, licence), "utf8"));
  }
});

test("it names no place of the machine that built it", async () => {
  const module = await readFile(join(CLIENT, "dist/signed-websocket.js"), "utf8");
  expect(module).not.toContain(ROOT);
  expect(module).not.toMatch(/file:|\/home\/|\/Users\//);
});

test("node imports it, where there is no page", async () => {
  const names = ["ConnectionError", "SendError", "SignError", "SignedWebSocket", "fetchSignedUrl"];
  const print = 'console.log(JSON.stringify(Object.keys(await import("@countersign/client")).sort()))';
  expect(JSON.parse(await succeed(process.execPath, ["--input-type=module", "--eval", print]))).toEqual(
    names,
  );
});

test("node opens a connection with it, given an environment", async () => {
  await writeFile(join(folder, "run.js"), RUN);
  expect(await succeed(process.execPath, ["run.js"])).toBe("hello\n1000\n");
});

describe.each([
  { moduleResolution: "bundler", module: "esnext" },
  { moduleResolution: "nodenext", module: "nodenext" },
])("by the module resolution $moduleResolution", (resolution) => {
  const compilerOptions = {
    ...resolution,
    target: "es2022",
    lib: ["es2022", "dom"],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
  };

  /** What tsc says of each line of a program, by the line's number. */
  async function errors(lines: readonly string[]): Promise<Map<number, string>> {
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["use.ts"] }));
    await writeFile(join(folder, "use.ts"), [IMPORT, ...lines].join("\n"));
    const { stdout } = await run(process.execPath, [TSC, "--pretty", "false"]);
    const found = stdout.matchAll(/^(\S+)\((\d+),\d+\): error (TS\d+)/gm);
    return new Map(Array.from(found, ([, file, line, code]) => [Number(line) - 1, `${file}: ${code}`]));
  }

  test("what is documented compiles", async () => {
    expect(await errors(RIGHT)).toEqual(new Map());
  });

  test("what cannot work does not", async () => {
    const expected = WRONG.map(([, code], index) => [index + 1, `use.ts: ${code}`] as const);
    expect(await errors(WRONG.map(([line]) => line))).toEqual(new Map(expected));
  });
});

const IMPORT =
  'import { SignedWebSocket, fetchSignedUrl, SignError, type Sign, type State } from "@countersign/client";';

const RIGHT = [
  'const socket = new SignedWebSocket({ sign: "https://example.com/sign", query: { room: "lobby" } });',
  'const mayGoOn: boolean = socket.send("hello");',
  'socket.addEventListener("statechange", ({ state }) => { const known: State = state; });',
  'socket.addEventListener("message", ({ data }) => { socket.send(data); });',
  'socket.addEventListener("error", ({ error }) => { if (error instanceof SignError) error.code?.length; });',
  'socket.addEventListener("close", ({ code, reason, wasClean }) => { [code + 1, reason.length, !wasClean]; });',
  "socket.onmessage = ({ data }) => { data.length; };",
  "const headers = { authorization: `Bearer x` };",
  'const sign: Sign = (request) => fetchSignedUrl("https://example.com/sign", { headers, ...request });',
  'new SignedWebSocket({ sign, backOff: { attempts: 5 }, whenNotOpen: "refuse", messageId: () => undefined });',
  "const backOff: { attempts: number | undefined } | undefined = undefined;",
  "new SignedWebSocket({ sign, backOff, query: undefined, messageId: undefined, keepAlive: { idle: undefined } });",
  "if (mayGoOn) socket.close(1000, socket.state.name);",
];

/** Each line, and tsc's error for it. */
const WRONG: readonly (readonly [string, string])[] = [
  ['new SignedWebSocket({ query: { room: "lobby" } });', "TS2741"],
  ['new SignedWebSocket({ sign: "/sign", query: { room: 1 } });', "TS2322"],
  ['new SignedWebSocket({ sign: "/sign", whenNotOpen: "drop" });', "TS2322"],
  ['new SignedWebSocket({ sign: "/sign", backoff: {} });', "TS2561"],
  ['new SignedWebSocket({ sign: "/sign" }).send(new Uint8Array(1));', "TS2345"],
  ['new SignedWebSocket({ sign: "/sign" }).state.name = "open";', "TS2540"],
  ['new SignedWebSocket({ sign: "/sign" }).addEventListener("message", ({ state }) => state);', "TS2339"],
];

/** Connects in an environment whose server echoes, and closes. */
const RUN = `
  import { SignedWebSocket } from "@countersign/client";

  const socket = {
    readyState: 0, bufferedAmount: 0, protocol: "", extensions: "", binaryType: "blob",
    send: (data) => queueMicrotask(() => socket.onmessage({ data, origin: "" })),
    close: (code) => queueMicrotask(() => socket.onclose({ code, wasClean: true })),
  };
  const environment = {
    now: () => 0, random: () => 0, setTimeout: () => 0, clearTimeout() {}, isOnline: () => true, watch: () => () => {},
    fetch: async () => ({ ok: true, status: 201, text: async () => '{"url":"wss://example.com/prod?X-Amz-Signature=x"}' }),
    connect() {
      queueMicrotask(() => { socket.readyState = 1; socket.onopen(); });
      return socket;
    },
  };
  const client = new SignedWebSocket({ sign: "https://example.com/sign", environment });
  client.onopen = () => client.send("hello");
  client.onmessage = ({ data }) => { console.log(data); client.close(); };
  client.onclose = ({ code }) => console.log(code);
`;

/** Runs a program in the consumer's folder. */
function run(program: string, parameters: readonly string[], cwd = folder) {
  return new Promise<{ error: Error | null; stdout: string; stderr: string }>((resolve) => {
    execFile(program, parameters, { cwd }, (error, stdout, stderr) => resolve({ error, stdout, stderr }));
  });
}

async function succeed(program: string, parameters: readonly string[], cwd?: string): Promise<string> {
  const { error, stdout, stderr } = await run(program, parameters, cwd);
  if (error) throw new Error(`${program} ${parameters.join(" ")}: ${stdout}${stderr}`, { cause: error });
  return stdout;
}
