// Reads a case from stdin as JSON, signs it over and over, and writes how long one signature takes, with one URL to
// compare. bench/src/signing/others.rs is the other end.

import { readFileSync } from "node:fs";

/** How long the just-in-time compiler is given before anything counts. */
const WARM_MILLISECONDS = 500;
/** So many signatures between two looks at the clock: few, so that most rounds are not interrupted. */
const ROUND = 20;

/** `signerOf` makes of a case a function that signs it once: it gives the URL, or a promise of it. */
export async function measure(signerOf) {
  const given = JSON.parse(readFileSync(0, "utf8"));
  const sign = await signerOf(given);
  const url = await sign();
  const warmUntil = performance.now() + WARM_MILLISECONDS;
  while (performance.now() < warmUntil) await sign();
  const rounds = [];
  const until = performance.now() + given.measureMilliseconds;
  do {
    const start = process.hrtime.bigint();
    for (let times = 0; times < ROUND; times++) await sign();
    rounds.push(Number(process.hrtime.bigint() - start) / ROUND);
  } while (performance.now() < until);
  rounds.sort((one, other) => one - other);
  const nanoseconds = Math.round(rounds[Math.floor(rounds.length / 2)]);
  process.stdout.write(JSON.stringify({ url, nanoseconds }));
}
