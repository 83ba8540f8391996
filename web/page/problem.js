/** A refusal of `/sign` as the page shows it: what it means, its code and detail, and what would change it. */

import { copyButton } from "./copy.js";
import { element, prose, sentence } from "./dom.js";

/** @import { Problem } from "./sign-problem.js" */

/**
 * @param {Problem} problem
 * @param {{ status: number, code: string | null, detail: string | null }} answer
 * @param {"here" | "anywhere"} place where the stack is
 */
export function problemBox({ title, advice, commands }, { status, code, detail }, place) {
  const box = element("div", { class: "problem" }, element("p", {}, element("strong", {}, title)));
  if (status !== 0) {
    const facts = element("p", { class: "answer" }, `${status}`);
    if (code) facts.append(" ", element("code", { class: "code" }, code));
    if (detail) facts.append(" ", element("span", { class: "detail" }, ...prose(sentence(detail))));
    box.append(facts);
  }
  box.append(element("p", {}, ...prose(advice)));
  if (commands?.local) box.append(commandLine("the command", commands.local));
  if (commands?.aws && place === "anywhere") box.append(commandLine("the command for AWS", commands.aws));
  return box;
}

/**
 * A command, and a button that copies it.
 *
 * @param {string} what
 * @param {string} text
 * @param {string} [id]
 */
export function commandLine(what, text, id) {
  const code = element(
    "pre",
    { tabindex: "0", role: "group", "aria-label": what, ...(id ? { id } : {}) },
    text,
  );
  return element(
    "div",
    { class: "command" },
    code,
    copyButton(what, {}, () => text),
  );
}
