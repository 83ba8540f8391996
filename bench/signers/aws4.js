// aws4, which keeps the signing key. X-Amz-Expires is the caller's to set.

import { stringify } from "node:querystring";
import aws4 from "aws4";
import { measure } from "./measure.js";

await measure((given) => {
  const { accessKeyId, secretAccessKey, sessionToken, region, service, host } = given;
  const credentials = { accessKeyId, secretAccessKey, sessionToken };
  const date = new Date(given.seconds * 1000).toISOString().replace(/[:-]|\.\d{3}/g, "");
  const added = { "X-Amz-Expires": given.lifetime, "X-Amz-Date": date };
  return () => {
    const query = stringify({ ...Object.fromEntries(given.parameters), ...added });
    const path = `${given.path}?${query}`;
    const signed = aws4.sign({ service, region, host, path, signQuery: true }, credentials);
    return `wss://${host}${signed.path}`;
  };
});
