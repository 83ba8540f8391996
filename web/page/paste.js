/** Where `/sign` wants a call that is signed by AWS credentials: its answer is pasted, as a page has none. */

import { readAnswer } from "./answer.js";
import { announce, button, element, prose } from "./dom.js";

/** @import { Context } from "./context.js" */

/** @param {Context} context */
export function pasteBox(context) {
  const field = element("textarea", {
    id: "answer",
    rows: "3",
    spellcheck: "false",
    "aria-describedby": "answer-note",
  });
  const fault = element("p", { class: "problem", role: "alert", hidden: true });
  const take = button("Take it apart", { id: "take-answer", class: "main" }, () => {
    const url = readAnswer(field.value);
    fault.hidden = url !== null;
    fault.textContent =
      url === null ? "This is no answer of /sign, expected its JSON or a signed wss:// URL." : "";
    if (url === null) return field.focus();
    field.value = "";
    context.keep({ url, asked: Date.now(), how: "pasted" });
    announce("The answer was taken. What it holds stands below.");
  });
  const note = prose(
    "`/sign` asks for AWS credentials here (IAM), and a page has none: such a call is made by a server, or from a " +
      "terminal. To go on, run ",
  );
  return element(
    "div",
    { class: "paste" },
    element(
      "p",
      { id: "answer-note" },
      ...note,
      element("a", { href: "#line-curl" }, "the line for curl"),
      ", and paste what it prints.",
    ),
    element("label", {}, element("span", {}, "The answer of /sign"), field),
    element("p", { class: "row" }, take),
    fault,
  );
}
