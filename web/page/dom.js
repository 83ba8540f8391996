/** Elements, made of names, attributes and texts; nothing is ever read as HTML. */

/**
 * An element. A child that is a string becomes a text; an attribute that is `false` is left out, one that is `true` is empty.
 *
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Record<string, string | boolean>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value !== false) made.setAttribute(attribute, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

/**
 * A text in which what stands between backquotes is code.
 *
 * @param {string} text
 * @returns {(Node | string)[]}
 */
export function prose(text) {
  return text.split("`").map((part, index) => (index % 2 === 1 ? element("code", {}, part) : part));
}

/**
 * A message of a program, as a sentence.
 *
 * @param {string} message
 */
export function sentence(message) {
  const first = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?…]$/.test(first) ? first : `${first}.`;
}

/**
 * A term with what it is, of a `dl`.
 *
 * @param {Node | string} term
 * @param {...(Node | string)} what
 */
export function fact(term, ...what) {
  return element("div", {}, element("dt", {}, term), element("dd", {}, ...what));
}

/**
 * A button.
 *
 * @param {string} label
 * @param {Record<string, string | boolean>} attributes
 * @param {() => void} press
 */
export function button(label, attributes, press) {
  const made = element("button", { type: "button", ...attributes }, label);
  made.addEventListener("click", press);
  return made;
}

/**
 * Writes only what is new, so that a screen reader is told nothing twice.
 *
 * @param {HTMLElement} place
 * @param {string} text
 */
export function write(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

/**
 * Has a screen reader say something that is seen elsewhere.
 *
 * @param {string} text
 */
export function announce(text) {
  const place = document.getElementById("announcement");
  if (place) place.textContent = text;
}
