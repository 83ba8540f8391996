/** What is stored of the connection: as the echo tells it, and the table's row where the trace tells that. */

import { attributes, holds } from "./attributes.js";
import { element, fact } from "./dom.js";
import { utc } from "./url-parts.js";

/** @import { Connection } from "./exchange.js" */
/** @import { Stored } from "./trace-events.js" */
/** @import { Handshake } from "./trace-journal.js" */

export class StoredRecord {
  #record = element("dl", { id: "record", class: "facts" });
  #row = element("dl", { id: "row", class: "facts" });
  #rowHead = element("h4", {});
  #rowPart = element("div", { hidden: true }, this.#rowHead, this.#row);
  /** @type {string | null} the id of the connection that is shown */
  #shown = null;
  #head = element("h3", {});
  #recordPart = element("div", {}, element("h4", {}, "As the echo tells it"), this.#record);
  element = element(
    "div",
    { class: "record", hidden: true },
    this.#head,
    element("div", { class: "pair" }, this.#recordPart, this.#rowPart),
  );

  /**
   * @param {Connection} connection
   * @param {readonly Handshake[]} handshakes
   */
  show({ connectionId, connectedAt, granted, requested }, handshakes) {
    if (this.#shown === connectionId) return;
    this.#shown = connectionId;
    this.#head.textContent = "What is stored of this connection";
    this.element.hidden = false;
    const all = (/** @type {"granted" | "requested"} */ kind, /** @type {Record<string, string>} */ values) =>
      Object.entries(values).map(([name, value]) => parameter(name, value, kind));
    this.#record.replaceChildren(
      plain("connectionId", connectionId),
      plain("connectedAt", utc(connectedAt)),
      ...all("granted", granted),
      ...all("requested", requested),
    );
    this.#rowPart.hidden = true;
    delete this.#row.dataset.gone;
    this.look(handshakes);
  }

  /** The connection is over. Its row is removed by $disconnect, or later by its time to live. */
  end() {
    this.#head.textContent = "What was stored of a connection that is over";
  }

  /**
   * Looks for the row of the connection that is shown: its key is the connection's id.
   *
   * @param {readonly Handshake[]} handshakes what the trace has told
   */
  look(handshakes) {
    const id = this.#shown;
    if (id === null) return;
    for (const { stored, disconnected } of handshakes) {
      const row = stored.find(({ item }) => holds(item, id));
      if (row) this.#showRow(row, disconnected !== null && disconnected.left === 0);
    }
  }

  /**
   * @param {Stored} row
   * @param {boolean} isGone
   */
  #showRow({ table, item }, isGone) {
    if (this.#row.dataset.gone === String(isGone)) return;
    this.#row.dataset.gone = String(isGone);
    const gone = isGone ? ", removed by $disconnect" : "";
    this.#rowHead.replaceChildren("The row in ", element("code", {}, table), gone);
    this.#row.replaceChildren(...attributes(item).map(([name, text]) => plain(name, text)));
    this.#rowPart.hidden = false;
  }
}

/**
 * @param {string} name
 * @param {string} text
 */
function plain(name, text) {
  return fact(name, element("code", {}, text));
}

/**
 * @param {string} name
 * @param {string} value
 * @param {"granted" | "requested"} kind
 */
function parameter(name, value, kind) {
  const badge = element("span", { class: "badge", "data-kind": kind }, kind);
  return fact(element("span", {}, name, " ", badge), element("code", {}, value));
}
