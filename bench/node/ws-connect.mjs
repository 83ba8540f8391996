/** `$connect` in Node.js: admits a signed URL once, and stores the connection. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { list, variable } from "./configuration.mjs";
import { count } from "./metrics.mjs";

const connectionsTable = variable("CONNECTIONS_TABLE");
const noncesTable = variable("NONCES_TABLE");
const signerRoleId = variable("SIGNER_ROLE_ID");
const keptHeaders = list("KEPT_HEADERS").map((name) => name.toLowerCase());
const subprotocols = new Set(list("SUBPROTOCOLS"));
const allowedOrigins = list("ALLOWED_ORIGINS");

const LONGEST_LIFE_SECONDS = 360;
const NONCE_MARGIN_SECONDS = 300;
const RECORD_LIFE_SECONDS = 7_800;

const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient({}));

/** Answers one handshake. */
export async function handler(event) {
  const at = event.requestContext.requestTimeEpoch;
  try {
    const subprotocol = await admit(event, Math.floor(at / 1_000));
    count("Connected", at);
    return subprotocol === undefined
      ? { statusCode: 200 }
      : { statusCode: 200, headers: { "Sec-WebSocket-Protocol": subprotocol } };
  } catch (error) {
    if (!(error instanceof Refusal)) {
      throw error;
    }
    count("Refused", at, error.reason);
    return { statusCode: error.status };
  }
}

async function admit(event, now) {
  const { requestContext: context } = event;
  const { identity } = context;
  if (context.eventType !== "CONNECT") {
    throw new Error("the event is not one of $connect");
  }
  const [roleId, session] = identity.caller?.split(":", 2) ?? [];
  if (roleId !== signerRoleId || !session || !identity.userArn) {
    throw new Refusal("caller_not_signer");
  }
  if (!valuesOf(event, "origin").every(isAllowed)) {
    throw new Refusal("origin_not_allowed");
  }
  const subprotocol = chosenSubprotocol(event);
  const { granted, requested, nonce, expires } = parametersOf(event, now);
  const connection = {
    connectionId: context.connectionId,
    granted,
    requested,
    headers: headersOf(event),
    connectedAt: context.connectedAt,
    sourceIp: identity.sourceIp,
    ...(identity.userAgent && { userAgent: identity.userAgent }),
    caller: identity.userArn,
    apiId: context.apiId,
    stage: context.stage,
    expiresAt: Math.floor(context.connectedAt / 1_000) + RECORD_LIFE_SECONDS,
  };
  await store(connection, { nonce, expiresAt: expires + NONCE_MARGIN_SECONDS });
  return subprotocol;
}

/** Spends the nonce and stores the connection, in one transaction. */
async function store(connection, nonce) {
  const spend = {
    TableName: noncesTable,
    Item: nonce,
    ConditionExpression: "attribute_not_exists(#nonce)",
    ExpressionAttributeNames: { "#nonce": "nonce" },
  };
  const put = { TableName: connectionsTable, Item: connection };
  try {
    await dynamodb.send(
      new TransactWriteCommand({
        ClientRequestToken: connection.connectionId,
        TransactItems: [{ Put: spend }, { Put: put }],
      }),
    );
  } catch (error) {
    if (error.CancellationReasons?.[0]?.Code === "ConditionalCheckFailed") {
      throw new Refusal("nonce_spent");
    }
    throw error;
  }
}

/** The parameters of the URL, sorted by who set them. */
function parametersOf(event, now) {
  const granted = {};
  const requested = {};
  for (const [name, values] of Object.entries(event.multiValueQueryStringParameters ?? {})) {
    const lower = name.toLowerCase();
    if (lower.startsWith("x-amz-")) {
      continue;
    }
    if (name === "") {
      throw new Refusal("parameter_name_empty");
    }
    if (values.length > 1) {
      throw new Refusal("parameter_repeated");
    }
    if (!lower.startsWith("grant.")) {
      requested[name] = values[0];
    } else if (name.startsWith("grant.") && name !== "grant.") {
      granted[name.slice("grant.".length)] = values[0];
    } else {
      throw new Refusal("grant_name_malformed");
    }
  }
  const { expires, nonce, ...others } = granted;
  if (expires === undefined) {
    throw new Refusal("expires_missing");
  }
  if (!/^[0-9]+$/.test(expires) || Number(expires) - now > LONGEST_LIFE_SECONDS) {
    throw new Refusal("expires_malformed");
  }
  if (now >= Number(expires)) {
    throw new Refusal("url_expired");
  }
  if (nonce === undefined) {
    throw new Refusal("nonce_missing");
  }
  if (!/^[A-Za-z0-9_-]{22}$/.test(nonce)) {
    throw new Refusal("nonce_malformed");
  }
  return { granted: others, requested, nonce, expires: Number(expires) };
}

function headersOf(event) {
  const kept = {};
  for (const name of keptHeaders) {
    const values = valuesOf(event, name);
    if (values.length > 0) {
      kept[name] = values.join(", ");
    }
  }
  return kept;
}

/** The first subprotocol of the client's that is spoken here, if it offers any. */
function chosenSubprotocol(event) {
  const offered = valuesOf(event, "sec-websocket-protocol")
    .flatMap((value) => value.split(","))
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (offered.length === 0) {
    return undefined;
  }
  const chosen = offered.find((name) => subprotocols.has(name));
  if (chosen === undefined) {
    throw new Refusal("subprotocol_not_allowed", 400);
  }
  return chosen;
}

function isAllowed(origin) {
  return allowedOrigins.some(
    (allowed) =>
      allowed === "*" ||
      allowed === origin ||
      (allowed.endsWith("://*") && origin.startsWith(allowed.slice(0, -1))),
  );
}

/** All values of the headers with this name, in whatever case they came. */
function valuesOf(event, name) {
  return Object.entries(event.multiValueHeaders ?? {})
    .filter(([key]) => key.toLowerCase() === name)
    .flatMap(([, values]) => values);
}

class Refusal extends Error {
  constructor(reason, status = 403) {
    super(reason);
    this.reason = reason;
    this.status = status;
  }
}
