/** The trace, live: every handshake that the stack sees, of whoever. */

import { element, prose } from "./dom.js";
import { HandshakeView } from "./trace-view.js";
import { STATE_WORDS } from "./trace-words.js";

/** @import { Context, Tried } from "./context.js" */
/** @import { Handshake } from "./trace-journal.js" */
/** @import { TraceEvent } from "./trace-events.js" */

/**
 * @param {HTMLElement} section
 * @param {Context} context
 */
export function mount(section, context) {
  const { watch } = context;
  const state = element("p", { id: "trace-state", role: "status" });
  const skipped = element("p", { id: "trace-skipped", class: "note", hidden: true });
  const empty = element("p", { class: "quiet" }, "No handshake yet. Connect, or tamper.");
  const list = element("ol", { id: "trace-handshakes", "aria-label": "Handshakes, the newest first" });
  section.append(element("div", { class: "body" }, state, skipped, empty, list));

  /** @type {Map<string, HandshakeView>} */
  const views = new Map();

  const showState = () => {
    state.dataset.state = watch.state;
    state.replaceChildren(...prose(STATE_WORDS[watch.state]));
    empty.hidden = watch.state !== "live" || views.size > 0;
  };
  const showHandshake = (/** @type {Handshake} */ handshake) => {
    const view = views.get(handshake.id) ?? new HandshakeView(handshake);
    if (!views.has(handshake.id)) list.prepend(view.item);
    views.set(handshake.id, view);
    view.update(handshake, watch.isOwn(handshake));
  };
  const showSkipped = () => {
    const { skipped: count } = watch.journal;
    skipped.hidden = count === 0;
    skipped.textContent = `The page was too slow for ${count} lines: some of what is below is not whole.`;
  };
  const removeOthers = () => {
    const kept = new Set(watch.journal.handshakes.map(({ id }) => id));
    for (const [id, view] of views) {
      if (kept.has(id)) continue;
      view.item.remove();
      views.delete(id);
    }
    empty.hidden = watch.state !== "live" || views.size > 0;
  };

  const showAll = () => {
    for (const handshake of [...watch.journal.handshakes].reverse()) showHandshake(handshake);
  };

  watch.addEventListener("state", showState);
  watch.addEventListener("change", (change) => {
    const event = /** @type {CustomEvent<TraceEvent>} */ (change).detail;
    const { handshakes } = watch.journal;
    if (event.event === "skipped") return showSkipped();
    if (event.event === "watching") return showAll();
    const handshake = handshakes.find(({ id }) => id === event.handshake);
    if (handshake) showHandshake(handshake);
    if (event.event === "arrived") removeOthers();
  });
  context.addEventListener("tried", (tried) => {
    const { url, outcome } = /** @type {CustomEvent<Tried>} */ (tried).detail;
    // The client of the page opens it next.
    if (outcome === "given") watch.attempt(url);
  });
  showState();
  const { stack, missing } = context;
  if (stack?.trace === false) watch.doWithout("off");
  else if (stack === null && missing !== "lost") watch.doWithout(missing);
  else void watch.run();
}
