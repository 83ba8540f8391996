/** The functions behind the three routes: nobody is refused, nothing is stored, a message is posted back as it came. */
import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";

// serverless-offline checks no signature, but the client makes one.
const credentials = { accessKeyId: "none", secretAccessKey: "none" };
const connections = new ApiGatewayManagementApiClient({ endpoint: process.env.CONNECTIONS_URL, credentials });

/** `$connect`. */
export async function connect() {
  return { statusCode: 200 };
}

/** `$default`. */
export async function echo({ body, requestContext }) {
  await connections.send(
    new PostToConnectionCommand({ ConnectionId: requestContext.connectionId, Data: body }),
  );
  return { statusCode: 200 };
}

/** `$disconnect`. */
export async function disconnect() {
  return { statusCode: 200 };
}
