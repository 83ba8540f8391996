/** The lines to copy, made for the address and the parameters of the form. */

import { allLines } from "./command-lines.js";
import { copyButton } from "./copy.js";
import { element, prose } from "./dom.js";

/** @import { Lines } from "./command-lines.js" */
/** @import { Context } from "./context.js" */

/**
 * @param {HTMLElement} section
 * @param {Context} context
 */
export function mount(section, context) {
  const body = element("div", { class: "body" });
  section.append(body);
  /** @type {Map<string, (lines: Lines | null) => void>} */
  const boxes = new Map();

  context.addEventListener("request", () => {
    const { sign, query, authorization, tokenIn, fault } = context.request;
    const stack = context.stackAt(sign);
    const asked = {
      sign: sign === "" ? "https://HOST/sign" : sign,
      query,
      authorization,
      tokenIn,
      tokenCommand: stack?.token ?? null,
      issuer: stack?.issuer ?? null,
      region: stack?.region ?? null,
      explain: stack?.explain ?? null,
    };
    const all = allLines(asked);
    for (const lines of all) {
      const draw = boxes.get(lines.id) ?? box(lines.id, lines.name);
      // An address may still be to come; what else is wrong would be left out of the lines.
      draw(fault === null || sign === "" ? lines : { ...lines, note: `Not made: ${fault}.`, text: null });
    }
    for (const [id, draw] of boxes) {
      if (!all.some((lines) => lines.id === id)) draw(null);
    }
  });

  /**
   * @param {string} id
   * @param {string} name
   */
  function box(id, name) {
    const text = element("pre", { id: `line-${id}`, tabindex: "0", role: "group", "aria-label": name });
    const note = element("p", { class: "hint" });
    const copy = copyButton(`the lines for ${name}`, { id: `copy-${id}` }, () => text.textContent ?? "");
    const command = element("div", { class: "command" }, text, copy);
    const whole = element("div", { class: "line" }, element("h3", {}, name), note, command);
    body.append(whole);
    /** @param {Lines | null} lines null where there are none for this address */
    const draw = (lines) => {
      whole.hidden = lines === null;
      if (lines === null) return;
      note.replaceChildren(...prose(lines.note));
      text.textContent = lines.text ?? "";
      command.hidden = lines.text === null;
    };
    boxes.set(id, draw);
    return draw;
  }
}
