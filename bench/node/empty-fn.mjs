/** A function that does nothing, in Node.js: what its process alone costs. */

/** Answers whatever comes. */
export function handler() {
  return { statusCode: 200 };
}
