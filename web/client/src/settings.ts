/** The options, checked once, with their defaults. */

import { browser, type Environment } from "./environment.js";
import { LONGEST_TIME, SHORTEST_PING, SHORTEST_WAIT, STAND } from "./limits.js";
import type { Sign, SignedWebSocketOptions } from "./options.js";
import { fetchSignedUrl } from "./sign.js";

/** Options that hold. */
export interface Settings {
  readonly sign: Sign;
  readonly query: Readonly<Record<string, string>>;
  readonly protocols: readonly string[];
  readonly backOff: { readonly base: number; readonly cap: number; readonly attempts: number };
  readonly keepAlive: { readonly idle: number; readonly answer: number };
  readonly handOver: { readonly after: number; readonly spread: number; readonly linger: number };
  readonly whenNotOpen: "queue" | "refuse";
  readonly queue: { readonly messages: number; readonly bytes: number };
  readonly messageId: (data: string) => string | undefined;
  readonly environment: Environment;
}

/** A number's default, and its bounds: the least, and the most. */
type Range = readonly [value: number, from: number, to: number];

const time = (value: number, from: number): Range => [value, from, LONGEST_TIME];
const NUMBERS = {
  backOff: {
    base: time(500, SHORTEST_WAIT),
    cap: time(30_000, SHORTEST_WAIT),
    attempts: [Number.POSITIVE_INFINITY, 1, Number.POSITIVE_INFINITY],
  },
  keepAlive: { idle: time(240_000, SHORTEST_PING), answer: time(15_000, SHORTEST_PING) },
  handOver: { after: time(6_000_000, STAND), spread: time(900_000, 0), linger: time(30_000, 0) },
  queue: { messages: [1_000, 0, Number.MAX_SAFE_INTEGER], bytes: [1_048_576, 0, Number.MAX_SAFE_INTEGER] },
} as const satisfies Record<string, Record<string, Range>>;

const NAMES = [
  "sign",
  "query",
  "protocols",
  "whenNotOpen",
  "messageId",
  "environment",
  ...Object.keys(NUMBERS),
];
const WHEN_NOT_OPEN = ["queue", "refuse"];

/**
 * Throws a `TypeError` for an option of another type or name, a `RangeError` for a number out of its range, each with
 * the name of the option, what it was, and what was expected. A text that could be a secret is not shown.
 */
export function check(options: SignedWebSocketOptions): Settings {
  const given = record("options", options, "an object");
  onlyNames("", given, NAMES);
  const { whenNotOpen = "queue", messageId = () => undefined, environment = browser } = options;
  if (!WHEN_NOT_OPEN.includes(whenNotOpen)) {
    throw new TypeError(`whenNotOpen is ${JSON.stringify(whenNotOpen)}, expected "queue" or "refuse"`);
  }
  if (typeof messageId !== "function") throw wrong("messageId", messageId, "a function");
  const query = record("query", options.query ?? {}, "an object of strings");
  for (const [name, value] of Object.entries(query)) {
    if (typeof value !== "string") throw wrong(`query.${name}`, value, "a string");
  }
  return {
    sign: checkSign(options.sign, environment),
    query: { ...options.query },
    protocols: checkProtocols(options.protocols ?? []),
    backOff: numbers("backOff", given),
    keepAlive: numbers("keepAlive", given),
    handOver: numbers("handOver", given),
    whenNotOpen,
    queue: numbers("queue", given),
    messageId,
    environment,
  };
}

function checkSign(sign: unknown, environment: Environment): Sign {
  if (typeof sign === "function") return sign as Sign;
  if (typeof sign !== "string" && !(sign instanceof URL)) {
    throw wrong("sign", sign, "the address of /sign, or a function");
  }
  const address = httpUrl(sign, environment.base);
  if (!address)
    throw new TypeError("sign is no address that begins with https: or http:, expected that of /sign");
  return ({ query, signal }) => fetchSignedUrl(address, { query, signal, environment });
}

function httpUrl(address: string | URL, base: string | undefined): URL | null {
  try {
    const url = new URL(address, base);
    return url.protocol === "https:" || url.protocol === "http:" ? url : null;
  } catch {
    return null;
  }
}

/** By the rules of the WebSocket constructor, whose own error would come with each attempt. */
function checkProtocols(protocols: unknown): readonly string[] {
  const list: unknown = typeof protocols === "string" ? [protocols] : protocols;
  if (!Array.isArray(list)) throw wrong("protocols", protocols, "a string, or an array of strings");
  for (const [index, protocol] of list.entries()) {
    // RFC 6455, 4.1: a token of RFC 9110, 5.6.2, and none twice. It is not shown: some pages put a token of theirs here.
    const name = `protocols[${index}]`;
    if (typeof protocol !== "string") throw wrong(name, protocol, "a string");
    if (!/^[!#$%&'*+\-.^_`|~\w]+$/.test(protocol)) {
      throw new TypeError(
        `${name} has other characters, expected one or more of a-z A-Z 0-9 !#$%&'*+-.^_\`|~`,
      );
    }
    if (list.indexOf(protocol) < index)
      throw new TypeError(`${name} is there before, expected each name once`);
  }
  return [...list];
}

function numbers<G extends keyof typeof NUMBERS>(
  group: G,
  options: Readonly<Record<string, unknown>>,
): Readonly<Record<keyof (typeof NUMBERS)[G], number>> {
  const ranges: Readonly<Record<string, Range>> = NUMBERS[group];
  const given = record(group, options[group] ?? {}, "an object");
  onlyNames(`${group}.`, given, Object.keys(ranges));
  const entries = Object.entries(ranges).map(([name, [value, from, to]]) => {
    const number = given[name] === undefined ? value : given[name];
    const expected = `a number from ${from} to ${to}`;
    if (typeof number !== "number") throw wrong(`${group}.${name}`, number, expected);
    // Not a number at all, NaN, is in no range.
    if (!(number >= from && number <= to)) {
      throw new RangeError(`${group}.${name} is ${number}, expected ${expected}`);
    }
    return [name, number];
  });
  return Object.fromEntries(entries);
}

function record(name: string, value: unknown, expected: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrong(name, value, expected);
  }
  return value as Readonly<Record<string, unknown>>;
}

function onlyNames(prefix: string, given: Readonly<Record<string, unknown>>, names: readonly string[]): void {
  for (const name of Object.keys(given)) {
    if (!names.includes(name))
      throw new TypeError(`${prefix}${name} is no option, expected one of ${names.join(", ")}`);
  }
}

function wrong(name: string, value: unknown, expected: string): TypeError {
  const kind = Array.isArray(value) ? "array" : typeof value;
  return new TypeError(`${name} is of type ${value === null ? "null" : kind}, expected ${expected}`);
}
