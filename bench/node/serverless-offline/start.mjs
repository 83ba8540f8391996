/**
 * Starts serverless-offline in this process, on a free port: `node start.mjs`. When it is ready it prints
 * `{"websocket":"ws://127.0.0.1:PORT"}` (ready.mjs), and ends by SIGTERM. What it says goes to stderr.
 */
import { once } from "node:events";
import { createServer } from "node:net";

Object.assign(process.env, {
  // It keeps files in the home directory: here they are out of the way.
  HOME: import.meta.dirname,
  // No line for each invocation, and none that Node.js 20 is old; no question.
  SLS_LOG_LEVEL: "warning",
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
  SLS_INTERACTIVE_SETUP_ENABLE: "0",
});

const port = await freePort();
process.chdir(import.meta.dirname);
const address = ["--host", "127.0.0.1", "--websocketPort", String(port), "--lambdaPort", "0"];
process.argv.push("offline", "start", ...address);
await import("serverless/bin/serverless.js");

/** A port that nobody has. It is given back, as serverless-offline takes none that is open. */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
