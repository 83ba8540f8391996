/** The least Lambda runtime in Node.js: `node runtime.mjs ./FUNCTION.mjs`, with AWS_LAMBDA_RUNTIME_API in the environment. */
import { Agent, request } from "node:http";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const VERSION = "2018-06-01";
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

let handler;
try {
  ({ handler } = await import(pathToFileURL(resolve(process.argv[2]))));
} catch (error) {
  await call("POST", "runtime/init/error", asJson(error));
  throw error;
}
for (;;) {
  const { headers, body } = await call("GET", "runtime/invocation/next");
  const awsRequestId = headers["lambda-runtime-aws-request-id"];
  try {
    const reply = await handler(JSON.parse(body), { awsRequestId });
    await call("POST", `runtime/invocation/${awsRequestId}/response`, JSON.stringify(reply));
  } catch (error) {
    await call("POST", `runtime/invocation/${awsRequestId}/error`, asJson(error));
  }
}

/** One call of the Runtime API: the headers of the answer, and its body as text. */
function call(method, path, body = "") {
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const sent = request({ agent, host, port, method, path: `/${VERSION}/${path}`, headers }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk) => {
        text += chunk;
      });
      answer.on("end", () => resolve({ headers: answer.headers, body: text }));
      answer.on("error", reject);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

function asJson(error) {
  return JSON.stringify({
    errorType: error.name,
    errorMessage: error.message,
    stackTrace: error.stack?.split("\n"),
  });
}
