/** A button that puts a text on the clipboard, and says so. */

import { announce, button } from "./dom.js";

/** How long the button says what has become of it, in milliseconds. */
const SAID = 2000;

/**
 * @param {string} what named for whoever cannot see what stands beside the button
 * @param {Record<string, string | boolean>} attributes
 * @param {() => string} text
 * @param {string} [label]
 */
export function copyButton(what, attributes, text, label = "Copy") {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let said;
  const made = button(
    label,
    { class: "copy quiet", "aria-label": `Copy ${what}`, ...attributes },
    async () => {
      const isCopied = await copy(text());
      made.textContent = isCopied ? "Copied" : "Not allowed";
      announce(isCopied ? `${what}: copied` : `${what}: this browser does not let the page copy`);
      clearTimeout(said);
      said = setTimeout(() => {
        made.textContent = label;
        announce("");
      }, SAID);
    },
  );
  return made;
}

/**
 * Whether it is on the clipboard.
 *
 * @param {string} text
 */
async function copy(text) {
  try {
    // Missing where the page came over http from another machine.
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/** @param {string} text */
function copyBySelection(text) {
  const focused = document.activeElement;
  const field = document.createElement("textarea");
  field.className = "unseen";
  field.value = text;
  document.body.append(field);
  field.select();
  try {
    return document.execCommand("copy");
  } catch {
    return false;
  } finally {
    field.remove();
    if (focused instanceof HTMLElement) focused.focus();
  }
}
