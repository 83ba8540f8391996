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
 * JSON as one word, for a request's body. An exclamation mark is escaped: a shell that is typed into reads it as
 * history where the word stands in a command substitution within double quotes.
 *
 * @param {unknown} value
 */
export function quotedJson(value) {
  return quoted(JSON.stringify(value).replaceAll("!", "\\u0021"));
}
