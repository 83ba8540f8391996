/** `$default` in Node.js: echoes, with what is stored of the connection. */
import {
  ApiGatewayManagementApiClient,
  GoneException,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { variable } from "./configuration.mjs";
import { count } from "./metrics.mjs";

const connectionsTable = variable("CONNECTIONS_TABLE");
const endpoint = variable("CONNECTIONS_URL");

const MAXIMUM_FRAME_BYTES = 131_072;

const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient({}));
// Once: a frame whose answer was lost would else reach the client twice.
const connections = new ApiGatewayManagementApiClient({ endpoint, maxAttempts: 1 });

/** Answers one message. */
export async function handler(event) {
  const { connectionId, eventType, requestId, requestTimeEpoch: at } = event.requestContext;
  if (eventType !== "MESSAGE") {
    throw new Error("the event is not one of a message");
  }
  const body = event.body ?? "";
  const message = event.isBase64Encoded ? Buffer.from(body, "base64").toString() : body;
  const frame = pongTo(message) ?? (await echoOf(message, connectionId, requestId, at));
  let text = JSON.stringify(frame);
  if (Buffer.byteLength(text) > MAXIMUM_FRAME_BYTES) {
    text = JSON.stringify({ error: "message_too_large", requestId });
  }
  try {
    await connections.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: text }));
  } catch (error) {
    if (!(error instanceof GoneException)) {
      throw error;
    }
    count("Gone", at);
    await dynamodb.send(new DeleteCommand({ TableName: connectionsTable, Key: { connectionId } }));
    return { statusCode: 200 };
  }
  if (frame.connection !== undefined) {
    count("Echoed", at);
  }
  return { statusCode: 200 };
}

async function echoOf(message, connectionId, requestId, at) {
  const { Item: stored } = await dynamodb.send(
    new GetCommand({ TableName: connectionsTable, Key: { connectionId }, ConsistentRead: true }),
  );
  if (stored === undefined || stored.expiresAt <= Math.floor(at / 1_000)) {
    return { error: "unknown_connection", requestId };
  }
  const { connectedAt, granted, requested } = stored;
  return { message, connection: { connectionId, connectedAt, granted, requested }, requestId };
}

/** The pong, where the message is a ping. */
function pongTo(message) {
  if (!message.trimStart().startsWith("{")) {
    return undefined;
  }
  let ping;
  try {
    ping = JSON.parse(message);
  } catch {
    return undefined;
  }
  const { type, id, ...others } = ping;
  return type === "ping" && Object.keys(others).length === 0 ? { type: "pong", id } : undefined;
}
