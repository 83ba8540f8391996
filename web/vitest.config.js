/** Unit tests: of the client and of the page's parts, without a browser. */

import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["client/test/**/*.test.ts", "page/test/**/*.test.{js,ts}"],
    // A test that was left to run alone would hide the others.
    allowOnly: false,
  },
  resolve: {
    // As the page is served: the client beside it.
    alias: [
      {
        find: /^\.{1,2}\/signed-websocket\.js$/,
        replacement: fileURLToPath(new URL("client/src/index.ts", import.meta.url)),
      },
    ],
  },
});
