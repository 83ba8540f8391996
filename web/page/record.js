/** What is stored of the connection: as the echo tells it, and the table's row where the trace tells that. */

import { attributes, holds } from "./attributes.js";
import { element } from "./dom.js";
import { utc } from "./url-parts.js";

/** @import { Connection } from "./exchange.js" */

/** So many rows are remembered until an echo says which is meant. */
const REMEMBERED = 50;

export class StoredRecord {
  #record = element("dl", { id: "record", class: "facts" });
  #row = element("dl", { id: "row", class: "facts" });
  #rowHead = element("h4", {});
  #rowPart = element("div", { hidden: true }, this.#rowHead, this.#row);
  /** @type {{ handshake: string, table: string, item: unknown }[]} */
  #stored = [];
  /** @type {{ id: string, handshake: string | null } | null} */
  #shown = null;
  #recordPart = element("div", {}, element("h4", {}, "As the echo tells it"), this.#record);
  element = element(
    "div",
    { class: "record", hidden: true },
    element("h3", {}, "What is stored of this connection"),
    element("div", { class: "pair" }, this.#recordPart, this.#rowPart),
  );

  /** @param {Connection} connection */
  show({ connectionId, connectedAt, granted, requested }) {
    if (this.#shown?.id === connectionId) return;
    this.#shown = { id: connectionId, handshake: null };
    this.element.hidden = false;
    const all = (/** @type {"granted" | "requested"} */ kind, /** @type {Record<string, string>} */ values) =>
      Object.entries(values).map(([name, value]) => fact(name, value, kind));
    this.#record.replaceChildren(
      fact("connectionId", connectionId),
      fact("connectedAt", utc(connectedAt)),
      ...all("granted", granted),
      ...all("requested", requested),
    );
    this.#rowPart.hidden = true;
    this.#showRow();
  }

  /**
   * A line of the trace.
   *
   * @param {Record<string, unknown>} event
   */
  told({ event, handshake, table, item }) {
    if (typeof handshake !== "string") return;
    if (event === "stored" && typeof table === "string") {
      this.#stored.push({ handshake, table, item });
      if (this.#stored.length > REMEMBERED) this.#stored.shift();
      this.#showRow();
    }
    if (event === "disconnected" && handshake === this.#shown?.handshake) {
      this.#rowHead.append(", removed by now");
    }
  }

  #showRow() {
    if (this.#shown === null || this.#shown.handshake !== null) return;
    const { id } = this.#shown;
    const found = this.#stored.find(({ item }) => holds(item, id));
    if (!found) return;
    this.#shown.handshake = found.handshake;
    this.#rowHead.replaceChildren("The row in ", element("code", {}, found.table));
    this.#row.replaceChildren(...attributes(found.item).map(([name, text]) => fact(name, text)));
    this.#rowPart.hidden = false;
  }
}

/**
 * @param {string} name
 * @param {string} text
 * @param {"granted" | "requested"} [kind]
 */
function fact(name, text, kind) {
  const term = element("dt", {}, name);
  if (kind) term.append(" ", element("span", { class: "badge", "data-kind": kind }, kind));
  return element("div", {}, term, element("dd", {}, element("code", {}, text)));
}
