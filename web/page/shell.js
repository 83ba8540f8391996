/** Texts as words of a POSIX shell (POSIX.1-2024, Shell Command Language, 2.2 "Quoting"). Pure. */

const PLAIN = /^[A-Za-z0-9._\-/:@,+=%]+$/;

/**
 * A text as one word that means nothing but itself: as it is where that is plain, else in single quotes.
 *
 * @param {string} text
 */
export function quoted(text) {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * A text, and behind it what the shell puts in the place of `expansion` (`$(COMMAND)` or `$NAME`), as one word.
 *
 * @param {string} text
 * @param {string} expansion
 */
export function quotedWith(text, expansion) {
  // These are not plain between double quotes; ! is not where a person types.
  return /["$`\\!]/.test(text) ? `${quoted(text)}"${expansion}"` : `"${text}${expansion}"`;
}

/**
 * JSON as one word, for a request's body. An exclamation mark is escaped: a shell that is typed into reads it as
 * history where the word stands in a command substitution within double quotes.
 *
 * @param {unknown} value
 */
export function quotedJson(value) {
  return quoted(JSON.stringify(value).replaceAll("!", "\\u0021"));
}
