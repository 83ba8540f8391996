// @smithy/signature-v4, as the SDK for JavaScript uses it in node: with node's own SHA-256. It keeps the signing key.

import { Sha256 } from "@smithy/core/checksum";
import { buildQueryString, HttpRequest } from "@smithy/core/protocols";
import { SignatureV4 } from "@smithy/signature-v4";
import { measure } from "./measure.js";

await measure((given) => {
  const { accessKeyId, secretAccessKey, sessionToken, region, service } = given;
  const credentials = { accessKeyId, secretAccessKey, sessionToken };
  const signer = new SignatureV4({ credentials, region, service, sha256: Sha256 });
  const signingDate = new Date(given.seconds * 1000);
  return async () => {
    const request = new HttpRequest({
      protocol: "wss:",
      method: "GET",
      hostname: given.host,
      path: given.path,
      query: Object.fromEntries(given.parameters),
      headers: { host: given.host },
    });
    const { query } = await signer.presign(request, { signingDate, expiresIn: given.lifetime });
    return `wss://${given.host}${given.path}?${buildQueryString(query)}`;
  };
});
