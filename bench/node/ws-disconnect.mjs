/** `$disconnect` in Node.js: forgets the connection. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { variable } from "./configuration.mjs";
import { count } from "./metrics.mjs";

const connectionsTable = variable("CONNECTIONS_TABLE");

const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient({}));

/** Answers the end of one connection. */
export async function handler(event) {
  const { connectionId, eventType, requestTimeEpoch: at } = event.requestContext;
  if (eventType !== "DISCONNECT") {
    throw new Error("the event is not one of $disconnect");
  }
  await dynamodb.send(new DeleteCommand({ TableName: connectionsTable, Key: { connectionId } }));
  count("Disconnected", at);
  return { statusCode: 200 };
}
