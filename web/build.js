/**
 * Builds the client: `dist/signed-websocket.js` and the declarations that its users read. With `--check` it writes
 * nothing, and fails where what is committed differs from what its source gives. It takes nothing else.
 */

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, transform } from "esbuild";

const CLIENT = fileURLToPath(new URL("client/", import.meta.url));
const TSC = fileURLToPath(new URL("node_modules/typescript/bin/tsc", import.meta.url));
const MODULE = "signed-websocket.js";

/** What a page pays at most for the module, gzipped: as it is, and by a bundler. To raise it takes a reason in the commit. */
const GZIPPED_BYTES = { readable: 10_496, minified: 6_656 };

const CHECK = "--check";
const parameters = process.argv.slice(2);
for (const parameter of parameters) {
  if (parameter === CHECK) continue;
  console.error(`error: build.js has no ${parameter}, expected nothing or ${CHECK}`);
  process.exit(2);
}

const dist = join(CLIENT, "dist");
const built = new Map([[MODULE, await module()], ...(await declarations())]);
const problems = parameters.includes(CHECK) ? await differences() : await write();
problems.push(...(await size()));
for (const problem of problems) console.error(`error: ${problem}`);
process.exitCode = problems.length === 0 ? 0 : 1;

/** The client as one module, readable: who looks at what is committed, or at a page's sources, sees what it does. */
async function module() {
  const { outputFiles } = await build({
    absWorkingDir: CLIENT,
    entryPoints: ["src/index.ts"],
    bundle: true,
    format: "esm",
    target: "es2022",
    charset: "utf8",
    banner: { js: "// Built from web/client/src by `npm run build` in web/. MIT OR Apache-2.0" },
    write: false,
  });
  return outputFiles.map((file) => file.text).join("");
}

/** The declarations that `index.d.ts` leads to, by name. Those of modules that only the client itself uses stay out. */
async function declarations() {
  const folder = await mkdtemp(join(tmpdir(), "declarations-"));
  try {
    await compile("-p", CLIENT, "--noEmit", "false", "--emitDeclarationOnly", "--outDir", folder);
    /** @type {Map<string, string>} */
    const found = new Map();
    const names = ["index.d.ts"];
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      const text = await readFile(join(folder, name), "utf8");
      found.set(name, text);
      for (const [, path] of text.matchAll(/(?:from |import\()"\.\/([^"]+)\.js"/g)) {
        if (!found.has(`${path}.d.ts`)) names.push(`${path}.d.ts`);
      }
    }
    return found;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * @param {string[]} parameters
 * @returns {Promise<void>}
 */
function compile(...parameters) {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [TSC, ...parameters], {}, (error, stdout) => {
      // What tsc complains about is on its standard output.
      if (error) reject(new Error(`tsc: ${stdout || error.message}`));
      else resolve();
    });
  });
}

async function differences() {
  const committed = await readdir(dist).catch(() => /** @type {string[]} */ ([]));
  const problems = committed
    .filter((name) => !built.has(name))
    .map((name) => `client/dist/${name} is not of the build`);
  for (const [name, text] of built) {
    const found = await readFile(join(dist, name), "utf8").catch(() => null);
    if (found === null) problems.push(`client/dist/${name} is missing`);
    else if (found !== text) problems.push(`client/dist/${name} is not what client/src gives`);
  }
  if (problems.length > 0)
    problems.push("run `npm run build` in web/, and commit client/dist with its source");
  return problems;
}

async function write() {
  await rm(dist, { recursive: true, force: true });
  await mkdir(dist);
  for (const [name, text] of built) await writeFile(join(dist, name), text);
  return /** @type {string[]} */ ([]);
}

/** Says how large the module is, and where that is too large. */
async function size() {
  const readable = built.get(MODULE) ?? "";
  const { code: minified } = await transform(readable, { minify: true, format: "esm", target: "es2022" });
  return Object.entries({ readable, minified }).flatMap(([form, text]) => {
    const most = GZIPPED_BYTES[/** @type {keyof typeof GZIPPED_BYTES} */ (form)];
    const gzipped = gzipSync(text, { level: 9 }).length;
    console.log(`client/dist/${MODULE}, ${form}: ${Buffer.byteLength(text)} bytes, ${gzipped} gzipped`);
    return gzipped <= most
      ? []
      : [
          `client/dist/${MODULE}, ${form}, has ${gzipped} bytes gzipped, expected at most ${most} (GZIPPED_BYTES in build.js)`,
        ];
  });
}
