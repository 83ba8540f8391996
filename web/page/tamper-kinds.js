/** The ways to tamper: what each does to a signed URL, and what is to be learnt from it. */

import { add, changeCharacter, drop, extend, reverse, rewrite } from "./tamper-url.js";

/** @import { Expected } from "./tamper-words.js" */
/** @import { Tampered } from "./tamper-url.js" */

/**
 * @typedef {object} Kind
 * @property {string} id
 * @property {string} label
 * @property {(parameter: string) => string} done what was done, code in backquotes
 * @property {string} lesson likewise
 * @property {readonly Expected[]} expected how each use of the URL should go
 * @property {Use} use
 */

/**
 * What is tried: a changed URL, the same URL twice, or a URL that has ended. `ofParameter`: a parameter is to be chosen.
 *
 * @typedef {(
 *   | { readonly how: "changed", readonly change: (url: string, parameter: string) => Tampered, readonly ofParameter?: true }
 *   | { readonly how: "twice" }
 *   | { readonly how: "old" }
 * )} Use
 */

/** An hour, in seconds. */
const HOUR = 3_600;

/** @type {readonly { readonly title: string, readonly kinds: readonly Kind[] }[]} */
export const GROUPS = [
  {
    title: "Of one parameter",
    kinds: [
      {
        id: "character",
        label: "Change one character",
        done: (parameter) => `One character of \`${parameter}\` was changed.`,
        lesson: "The signature covers every name and every value.",
        expected: ["refused"],
        use: { how: "changed", change: changeCharacter, ofParameter: true },
      },
      {
        id: "drop",
        label: "Drop it",
        done: (parameter) => `\`${parameter}\` was dropped.`,
        lesson: "What was signed must be there, all of it.",
        expected: ["refused"],
        use: { how: "changed", change: drop, ofParameter: true },
      },
    ],
  },
  {
    title: "Forged",
    kinds: [
      {
        id: "signature",
        label: "Change the signature",
        done: () => "One character of the signature was changed.",
        lesson: "Nobody finds another signature that fits without the secret key.",
        expected: ["refused"],
        use: { how: "changed", change: (url) => changeCharacter(url, "X-Amz-Signature") },
      },
      {
        id: "add",
        label: "Add role=admin",
        done: () => "A parameter was added.",
        lesson: "What was not signed may not be there, either.",
        expected: ["refused"],
        use: { how: "changed", change: (url) => add(url, "role", "admin") },
      },
      {
        id: "grant",
        label: "Add grant.plan=gold",
        done: () => "A grant was added.",
        lesson:
          "`grant.…` is sign-fn's alone, and `/sign` refuses the name: who wants one must sign, and cannot.",
        expected: ["refused"],
        use: { how: "changed", change: (url) => add(url, "grant.plan", "gold") },
      },
      {
        id: "extend",
        label: "An hour more",
        done: () => "The end of the URL was moved by an hour.",
        lesson: "The end is signed like all else.",
        expected: ["refused"],
        use: { how: "changed", change: (url) => extend(url, HOUR) },
      },
    ],
  },
  {
    title: "Again, or late",
    kinds: [
      {
        id: "twice",
        label: "Use it twice",
        done: () => "One URL was used twice, unchanged.",
        lesson: "The signature holds both times. ws-connect takes the nonce once.",
        expected: ["opened", "refused"],
        use: { how: "twice" },
      },
      {
        id: "old",
        label: "Wait until it is old",
        done: () => "A URL was used after its end, unchanged.",
        lesson: "API Gateway would take the signature for 5 minutes. ws-connect goes by `grant.expires`.",
        expected: ["refused"],
        use: { how: "old" },
      },
    ],
  },
  {
    title: "Not refused",
    kinds: [
      {
        id: "order",
        label: "Reverse the order",
        done: () => "The parameters were put in the reverse order.",
        lesson:
          "The canonical form sorts them before it is signed: it is the same, and no name or value has changed.",
        expected: ["opened"],
        use: { how: "changed", change: reverse },
      },
      {
        id: "rewrite",
        label: "Write %2f for %2F",
        done: () => "The same values were encoded in small letters.",
        lesson:
          "The canonical form decodes and encodes anew: it is the same, and no name or value has changed.",
        expected: ["opened"],
        use: { how: "changed", change: rewrite },
      },
    ],
  },
];
