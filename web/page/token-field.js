/** Where a token is typed, and how to come by one. */

import { element, prose } from "./dom.js";
import { commandLine } from "./problem.js";

/** @import { Stack } from "./context.js" */

/** @param {() => void} changed */
export function tokenField(changed) {
  const input = element("input", {
    id: "token",
    type: "password",
    autocomplete: "off",
    "aria-describedby": "token-note",
  });
  input.addEventListener("input", changed);
  const note = element("p", { id: "token-note", class: "hint" });
  /** @type {Stack | null | undefined} */
  let told;
  const command = element("div", {});
  return {
    element: element(
      "div",
      { class: "token" },
      element("label", {}, element("span", {}, "Token"), input),
      note,
      command,
    ),
    value: () => input.value,
    /** @param {Stack | null} stack whose address is in the form */
    tell: (stack) => {
      if (stack === told) return;
      told = stack;
      const line = stack?.token ?? null;
      const whose = stack?.issuer ? `\`${stack.issuer}\`` : "the stack's issuer";
      const own = `An access token of ${whose}. It stays in this page, and goes to \`/sign\` alone.`;
      note.replaceChildren(
        ...prose(line === null ? own : "This stack makes tokens to try with. The command prints one:"),
      );
      command.hidden = line === null;
      command.replaceChildren(
        ...(line === null ? [] : [commandLine("the command for a token", line, "token-command")]),
      );
    },
  };
}
