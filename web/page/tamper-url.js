/** What can be done to a signed URL. Pure; every change leaves a well-formed URL. */

import { takeApart } from "./url-parts.js";

/** @import { Part } from "./url-parts.js" */

/**
 * @typedef {object} Tampered
 * @property {string} url
 * @property {string} before the piece that was changed, without secrets
 * @property {string} after what it has become
 */

/** Why something was not tried. Its message may be shown: code in backquotes, and no secret. */
export class NotTried extends Error {}

/** What stands for what is not shown, as in the trace. */
const HIDDEN = "(hidden)";

/**
 * The last letter or digit of a parameter's value is another one, of its kind.
 *
 * @param {string} url
 * @param {string} name
 * @returns {Tampered}
 */
export function changeCharacter(url, name) {
  return rewriteParameter(url, name, (part) => {
    const characters = [...part.value];
    const at = lastIndex(characters, (character) => /[0-9A-Za-z]/.test(character));
    if (at < 0) throw new NotTried(`\`${name}\` has no letter and no digit to change`);
    characters[at] = following(characters[at] ?? "", part.value);
    const place = `character ${at + 1} of ${characters.length} is another one`;
    return { value: characters.join(""), place };
  });
}

/**
 * A parameter is not there any more.
 *
 * @param {string} url
 * @param {string} name
 * @returns {Tampered}
 */
export function drop(url, name) {
  const { address, parts } = takeApart(url);
  const dropped = partOf(url, name);
  const at = parts.findIndex((found) => found.name === name);
  const left = parts.filter((_, index) => index !== at);
  return {
    url: assembled(
      address,
      left.map(({ raw }) => raw),
    ),
    before: shown(dropped),
    after: "",
  };
}

/**
 * One more parameter.
 *
 * @param {string} url
 * @param {string} name
 * @param {string} value
 * @returns {Tampered}
 */
export function add(url, name, value) {
  const { address, parts } = takeApart(url);
  const added = `${encoded(name)}=${encoded(value)}`;
  return { url: assembled(address, [...parts.map(({ raw }) => raw), added]), before: "", after: added };
}

/**
 * The end of the URL is so many seconds later.
 *
 * @param {string} url
 * @param {number} seconds
 * @returns {Tampered}
 */
export function extend(url, seconds) {
  return rewriteParameter(url, "grant.expires", ({ value }) => {
    if (!/^\d{1,12}$/.test(value)) throw new NotTried("`grant.expires` is not a number of seconds");
    return { value: `${Number(value) + seconds}`, place: "it is later" };
  });
}

/**
 * The parameters in the reverse order. The canonical form of Signature Version 4 sorts them: it is the same.
 *
 * @param {string} url
 * @returns {Tampered}
 */
export function reverse(url) {
  const { address, parts } = takeApart(url);
  const reversed = [...parts].reverse();
  if (parts.length < 2) throw new NotTried("one parameter has no order");
  const names = (/** @type {Part[]} */ some) => some.map(({ name }) => name).join(", ");
  return {
    url: assembled(
      address,
      reversed.map(({ raw }) => raw),
    ),
    before: names(parts),
    after: names(reversed),
  };
}

/**
 * The same, written otherwise: `%2f` for `%2F`. The canonical form is written anew: it is the same.
 *
 * @param {string} url
 * @returns {Tampered}
 */
export function rewrite(url) {
  const { address, parts } = takeApart(url);
  const lower = (/** @type {string} */ raw) => raw.replace(/%[0-9A-F]{2}/g, (triple) => triple.toLowerCase());
  const changed = parts.find((part) => !part.isSecret && lower(part.raw) !== part.raw);
  if (changed === undefined) throw new NotTried("nothing in this URL is percent-encoded with a letter");
  return {
    url: assembled(
      address,
      parts.map(({ raw }) => lower(raw)),
    ),
    before: changed.raw,
    after: lower(changed.raw),
  };
}

/**
 * Where two texts differ: what both begin with, what each has alone, what both end with.
 *
 * @param {string} before
 * @param {string} after
 */
export function difference(before, after) {
  const [one, other] = [[...before], [...after]];
  const shortest = Math.min(one.length, other.length);
  let start = 0;
  while (start < shortest && one[start] === other[start]) start++;
  let end = 0;
  while (end < shortest - start && one[one.length - 1 - end] === other[other.length - 1 - end]) end++;
  const text = (/** @type {string[]} */ characters, /** @type {number} */ from, /** @type {number} */ to) =>
    characters.slice(from, to).join("");
  return {
    start: text(one, 0, start),
    before: text(one, start, one.length - end),
    after: text(other, start, other.length - end),
    end: text(one, one.length - end, one.length),
  };
}

/**
 * The URL with another value of a parameter.
 *
 * @param {string} url
 * @param {string} name
 * @param {(part: Part) => { value: string, place: string }} change `place` says of a secret what its value cannot show
 * @returns {Tampered}
 */
function rewriteParameter(url, name, change) {
  const { address, parts } = takeApart(url);
  const part = partOf(url, name);
  const { value, place } = change(part);
  const raw = `${nameIn(part)}=${encoded(value)}`;
  const at = parts.findIndex((found) => found.name === name);
  const pieces = parts.map((found, index) => (index === at ? raw : found.raw));
  return {
    url: assembled(address, pieces),
    before: shown(part),
    after: part.isSecret ? `${nameIn(part)}=${HIDDEN} ${place}` : raw,
  };
}

/**
 * @param {string} url
 * @param {string} name
 * @returns {Part}
 */
function partOf(url, name) {
  const part = takeApart(url).parts.find((found) => found.name === name);
  if (part === undefined) throw new NotTried(`this URL has no parameter \`${name}\``);
  return part;
}

/** @param {Part} part */
function shown(part) {
  return part.isSecret ? `${nameIn(part)}=${HIDDEN}` : part.raw;
}

/**
 * Its name as it stands in the URL.
 *
 * @param {Part} part
 */
function nameIn({ raw }) {
  return raw.split("=", 1)[0] ?? "";
}

/**
 * @param {string} address
 * @param {string[]} pieces
 */
function assembled(address, pieces) {
  return pieces.length === 0 ? address : `${address}?${pieces.join("&")}`;
}

/**
 * Percent-encoded as Signature Version 4 has it: all but letters, digits and `-._~`.
 *
 * @param {string} text
 */
function encoded(text) {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/**
 * @template Item
 * @param {readonly Item[]} items
 * @param {(item: Item) => boolean} fits
 */
function lastIndex(items, fits) {
  for (let at = items.length - 1; at >= 0; at--) {
    const item = items[at];
    if (item !== undefined && fits(item)) return at;
  }
  return -1;
}

/**
 * The next character of its kind, so that nothing but the value is wrong: a hexadecimal number stays one.
 *
 * @param {string} character a letter or a digit
 * @param {string} value where it stands
 */
function following(character, value) {
  const kinds = [
    /^[0-9a-f]+$/.test(value) ? "0123456789abcdef" : "",
    "0123456789",
    LOWER,
    LOWER.toUpperCase(),
  ];
  const kind = kinds.find((characters) => characters.includes(character)) ?? "";
  return kind[(kind.indexOf(character) + 1) % kind.length] ?? "";
}

const LOWER = "abcdefghijklmnopqrstuvwxyz";
