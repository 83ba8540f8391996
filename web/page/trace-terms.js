/** Names with what they are, a row for each. */

import { element, fact } from "./dom.js";

/**
 * @param {[string, ...(Node | string)[]][]} pairs
 */
export function terms(...pairs) {
  return element("dl", { class: "trace-terms" }, ...pairs.map(([name, ...what]) => fact(name, ...what)));
}
