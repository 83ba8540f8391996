/** The rows of the form: a name and a value each, to be added and removed. */

import { button, element } from "./dom.js";

/** @import { Row } from "./parameters.js" */

/**
 * @param {readonly Row[]} first
 * @param {() => void} changed
 */
export function parameterRows(first, changed) {
  const rows = element("ul", { id: "parameters", "aria-label": "Parameters" });
  const add = button("Add a parameter", { id: "add-parameter", class: "quiet" }, () => {
    const row = addRow({ name: "", value: "" });
    changed();
    row.querySelector("input")?.focus();
  });

  /** @param {Row} row */
  function addRow({ name, value }) {
    const row = element(
      "li",
      { class: "parameter" },
      field("Name", "name", name),
      field("Value", "value", value),
      button("Remove", { class: "remove quiet", "aria-label": "Remove this parameter" }, () => {
        row.remove();
        changed();
        add.focus();
      }),
    );
    rows.append(row);
    return row;
  }

  for (const row of first) addRow(row);
  rows.addEventListener("input", changed);
  return {
    elements: [rows, add],
    read: () =>
      [...rows.children].map((row) => {
        const [name, value] = row.querySelectorAll("input");
        return { name: name?.value ?? "", value: value?.value ?? "" };
      }),
  };
}

/**
 * @param {string} label
 * @param {string} name
 * @param {string} value
 */
function field(label, name, value) {
  const input = element("input", {
    name,
    value,
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
  });
  return element("label", {}, element("span", {}, label), input);
}
