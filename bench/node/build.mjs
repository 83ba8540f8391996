/** Bundles each function into one minified file, as many deploy them: `node build.mjs` writes `dist/FUNCTION.mjs`. */
import { build } from "esbuild";

await build({
  entryPoints: ["empty-fn", "sign-fn", "ws-connect", "ws-default", "ws-disconnect"].map(
    (name) => `${name}.mjs`,
  ),
  outdir: "dist",
  outExtension: { ".js": ".mjs" },
  bundle: true,
  minify: true,
  platform: "node",
  target: "node20",
  format: "esm",
  // The modules of the SDK rather than its CommonJS: only of those what is not used is left out.
  mainFields: ["module", "main"],
  // What is CommonJS all the same asks for Node's own modules by `require`.
  banner: {
    js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
  },
  logLevel: "warning",
});
