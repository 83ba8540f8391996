//! The rows that a black box cannot settle, each with the reason.

/// What would have to be another function's than this project's: the functions never answer so.
const OTHER_FUNCTION: &str = "the stack's functions never answer so; it takes one that does";
/// What a function would have to suffer.
const FAILING_FUNCTION: &str = "nothing from outside makes the stack's functions fail or be late";
/// What reaches a function, and is not in its echo.
const EVENT: &str = "it is in the event alone, and no answer of the functions shows it";
/// What would take so many requests that users of the stack were refused.
const FLOOD: &str = "it takes more requests than the stack lets in, at the cost of its users";
/// What only another template shows.
const OTHER_TEMPLATE: &str = "it takes a stack of another template, or with other settings";
/// What only another token shows.
const OTHER_TOKEN: &str = "it takes a token that only the stack's issuer could sign";
/// What two addresses of one API show.
const OTHER_DOOR: &str =
    "it takes a second address of the same API, and the stack's outputs name one";
/// What is between a function and the services it calls.
const BEHIND: &str = "it is between the functions and STS or DynamoDB";

/// First cell and reason.
pub(super) const UNSETTLED: &[(&str, &str)] = &[
    // Handshake
    ("A `statusCode` that ends no handshake (below 200, above 599)", OTHER_FUNCTION),
    ("An answer without a `statusCode` (`null`, `{}`, a body alone): 502", OTHER_FUNCTION),
    ("A `statusCode` that is a text of digits", OTHER_FUNCTION),
    (
        "What a handshake is told whose function failed: `{\"message\": \"Internal server error\", \"connectionId\":\"…\", \"requestId\":\"…\"}`",
        FAILING_FUNCTION,
    ),
    ("The function's own timeout counts as a crash: 502", FAILING_FUNCTION),
    ("The integration's timeout: 504, `Endpoint request timed out`", FAILING_FUNCTION),
    ("What a handshake is told when Lambda throttles its function", FLOOD),
    ("No permission to invoke the function: 500, internal server error", OTHER_TEMPLATE),
    ("What too many handshakes are told: `Too Many Requests`", FLOOD),
    ("Nothing else of the function's headers is in the 101", OTHER_FUNCTION),
    ("A subprotocol that the client did not offer", OTHER_FUNCTION),
    // Signature in the query
    (
        "`//` and dot segments in the path",
        "no stage has such a path, and it is asked for its stage first",
    ),
    (
        "A signature ends with its credentials: `ExpiredTokenException`",
        "the credentials that sign live for longer than anybody waits",
    ),
    // Events of a WebSocket API
    ("A header whose name comes in two spellings", EVENT),
    ("What the client itself sends under the names that the gateway adds", EVENT),
    (
        "The maps of single values have the last of several",
        "ws-connect refuses a parameter that is repeated",
    ),
    ("`X-Amz-*` parameters under a signature in the query, the token among them", EVENT),
    ("A user's (not a session's) are `AIDA…` and `arn:aws:iam::ACCOUNT:user/NAME`", EVENT),
    ("A message's id ends with the last 7 characters of its connection's", EVENT),
    ("`stageVariables` come with every event if the stage has some", EVENT),
    // Messages and the life of a connection
    ("After 2 hours it ends with 1001", "nobody waits for 2 hours"),
    ("A cut without a close frame is 1006, `Connection Closed Abnormally`", EVENT),
    ("Whether `$disconnect` waits for messages under way, and what becomes of these", EVENT),
    (
        "An answer without a `statusCode` (`null`, `{}`, a body alone) is malformed too",
        OTHER_FUNCTION,
    ),
    ("What a throttled message is answered", FLOOD),
    (
        "A limit in a stage's `RouteSettings` may be a text, as CloudFormation gives the value of a parameter",
        FLOOD,
    ),
    ("What a message is answered when Lambda throttles its function", FLOOD),
    (
        "Messages of one connection are invocations of their own, several at once and in no order",
        "echoes that come in order prove nothing, and they may come so",
    ),
    ("What becomes of a text that the client does not read", FLOOD),
    // @connections
    ("The id of a connection of another stage or API", OTHER_TEMPLATE),
    // Policies
    ("After an explicit deny that refusal ends with `with an explicit deny`", OTHER_TEMPLATE),
    (
        "DynamoDB's and STS's refusals name the kind of policy: DynamoDB always, STS after an explicit deny",
        BEHIND,
    ),
    ("How soon a new session, or a policy, counts", OTHER_TEMPLATE),
    // HTTP API
    ("Headers that concern one hop (RFC 9110, section 7.6.1) are not in the event", EVENT),
    ("A `+` in a query value is a space", EVENT),
    ("`userAgent` of a request without `User-Agent`", EVENT),
    (
        "Parameters of the type, such as `charset`, change nothing",
        "sign-fn reads a body the same, in base64 or not",
    ),
    (
        "A body that is called text and is not UTF-8",
        "sign-fn refuses it the same, in base64 or not",
    ),
    ("A `statusCode` that is a text of digits; keys that the format does not know", OTHER_FUNCTION),
    ("The function's own timeout: 500 `Internal Server Error`", FAILING_FUNCTION),
    (
        "What a request is told when Lambda throttles its function, or when its event is too large for Lambda",
        FLOOD,
    ),
    ("An integration past its timeout: 503 `Service Unavailable`", FAILING_FUNCTION),
    ("Who answers a preflight that such a route lets pass", OTHER_TEMPLATE),
    ("The default settings hold for each route by itself", FLOOD),
    ("How many new connections may come at once", FLOOD),
    ("Whether a handshake that signature or policies refuse counts as a new connection", FLOOD),
    ("Which of a stage's settings hold for its `@connections`", FLOOD),
    ("A limit of 0", OTHER_TEMPLATE),
    ("Too many: 429 `Too Many Requests`", FLOOD),
    ("A `statusCode` below 200, which ends no request", OTHER_FUNCTION),
    (
        "Headers of an answer that concern one hop only, such as `Connection` and `Transfer-Encoding`",
        OTHER_FUNCTION,
    ),
    (
        "A key that names an algorithm (`alg`), and a token by another; a header with `crit`",
        OTHER_TOKEN,
    ),
    ("A token without `exp`; whether there is any leeway", OTHER_TOKEN),
    ("A token with both `scope` and `scp`; either as a list", OTHER_TOKEN),
    ("`www-authenticate` of that 403", OTHER_TOKEN),
    ("A claim that is an object is `map[a:b]`, with its names in order", EVENT),
    ("A claim that is null is not in the event", EVENT),
    ("Where it names some, it holds those of them that the token has", EVENT),
    // Lambda
    ("A process that ends before it asks for an invocation", FAILING_FUNCTION),
    // STS
    ("A session that a function asks for with its own credentials lasts an hour at most", BEHIND),
    ("How a policy is packed", BEHIND),
    (
        "The words of ValidationError name the value, the member and the constraint, all faults at once",
        BEHIND,
    ),
    ("A role that does not exist is refused like one that may not be assumed", BEHIND),
    // Custom domains
    ("The key of a WebSocket API has one level", OTHER_TEMPLATE),
    ("A connection that was opened at the domain is reached at the API's own endpoint", OTHER_DOOR),
    ("One that was opened at the API's own endpoint, at the domain", OTHER_DOOR),
    ("A stage's throttles count what comes through its domain with the rest", FLOOD),
    ("A named stage stands in its place in `rawPath`", EVENT),
    ("A claim that is a number with a fraction or an exponent, or beyond 53 bits", OTHER_TOKEN),
    ("What is left of a segment within which a base path ends", OTHER_TEMPLATE),
];
