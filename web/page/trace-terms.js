/** Names with what they are, a row for each. */

import { element } from "./dom.js";

/**
 * @param {[string, ...(Node | string)[]][]} pairs
 */
export function terms(...pairs) {
  const rows = pairs.map(([name, ...what]) =>
    element("div", { "data-term": name }, element("dt", {}, name), element("dd", {}, ...what)),
  );
  return element("dl", { class: "trace-terms" }, ...rows);
}
