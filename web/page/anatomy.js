/** The last URL taken apart, and the time that it has left. */

import { copyButton } from "./copy.js";
import { button, element, prose, write } from "./dom.js";
import { left } from "./life.js";
import { lifeWords, standing } from "./life-words.js";
import { endOf, takeApart } from "./url-parts.js";

/** @import { Context } from "./context.js" */
/** @import { Part } from "./url-parts.js" */

/**
 * @param {HTMLElement} section
 * @param {Context} context
 */
export function mount(section, context) {
  const nothing = element("p", { class: "hint" }, "Nothing is signed yet.");
  const body = element("div", { class: "body" }, nothing);
  section.append(body);

  const seconds = element("span", { id: "seconds-left" });
  const unit = element("span", { class: "unit" });
  const timer = element("p", { class: "timer", role: "timer" }, seconds, " ", unit);
  const over = element("p", { id: "over", class: "timer", hidden: true });
  const end = element("p", { id: "end" });
  const life = element("div", { class: "life" }, timer, over, end);
  const bar = element("div", { class: "bar", "aria-hidden": "true" });
  const url = element("pre", { id: "url", tabindex: "0", role: "group", "aria-label": "The signed URL" });
  const rows = element("tbody", { role: "rowgroup" });
  const secrets = button(
    "Show secrets",
    { id: "show-secrets", class: "quiet", "aria-pressed": "false" },
    () => {
      isShown = !isShown;
      draw();
    },
  );
  const wholeUrl = () => context.signed?.url ?? "";
  const copy = copyButton("the URL", { id: "copy-url" }, wholeUrl, "Copy the URL");
  let isShown = false;

  context.addEventListener("signed", () => {
    isShown = false;
    if (nothing.isConnected) {
      nothing.replaceWith(life, bar, url, element("p", { class: "row" }, secrets, copy), table(rows));
    }
    draw();
    tick();
  });
  context.addEventListener("tried", tick);
  setInterval(tick, 250);

  function draw() {
    const { signed } = context;
    if (!signed) return;
    const { address, parts } = takeApart(signed.url);
    url.replaceChildren(
      address,
      ...parts.flatMap((part, index) => [index === 0 ? "?" : "&", inUrl(part, isShown)]),
    );
    rows.replaceChildren(...parts.map((part) => row(part, isShown)));
    secrets.setAttribute("aria-pressed", String(isShown));
    copy.hidden = !isShown;
  }

  function tick() {
    const { signed } = context;
    if (!signed) return;
    const remaining = left(signed, Date.now());
    const words = lifeWords(endOf(signed.url), context.outcome, remaining);
    const whole = remaining ? Math.ceil(remaining.url / 1000) : 0;
    write(seconds, String(whole));
    write(unit, `${whole === 1 ? "second" : "seconds"} left${signed.how === "pasted" ? " at most" : ""}`);
    if (end.dataset.words !== words) {
      end.dataset.words = words;
      end.replaceChildren(...prose(words));
    }
    const now = standing(context.outcome, whole);
    life.dataset.life = now;
    timer.hidden = now !== "good";
    over.hidden = now === "good";
    write(over, now);
    const total = remaining ? left(signed, signed.asked)?.url : 0;
    bar.style.setProperty("--left", String(remaining && total ? remaining.url / total : 0));
  }
}

/** @param {HTMLTableSectionElement} rows */
function table(rows) {
  const heads = ["Parameter", "Kind", "Value", "What it means"];
  const head = element(
    "tr",
    { role: "row" },
    ...heads.map((text) => element("th", { role: "columnheader", scope: "col" }, text)),
  );
  // Roles are said, since a phone shows the cells as blocks.
  return element(
    "table",
    { id: "anatomy-table", role: "table", "aria-label": "The parameters of the URL" },
    element("thead", { role: "rowgroup" }, head),
    rows,
  );
}

/**
 * @param {Part} part
 * @param {boolean} isShown whether secrets are
 */
function row(part, isShown) {
  const value = part.isSecret && !isShown ? masked(part) : element("code", scrolled(part.value), part.value);
  return element(
    "tr",
    { role: "row", "data-name": part.name, "data-kind": part.kind },
    element("th", { role: "rowheader", scope: "row" }, element("code", {}, part.name)),
    element(
      "td",
      { role: "cell", class: "kind" },
      element("span", { class: "badge", "data-kind": part.kind }, part.kind),
    ),
    element("td", { role: "cell", class: "value" }, value),
    element("td", { role: "cell", class: "meaning" }, ...prose(part.meaning)),
  );
}

/** So many characters of a value are seen without scrolling. */
const LONG = 150;

/**
 * A value that is scrolled can be scrolled by keyboard.
 *
 * @param {string} value
 * @returns {Record<string, string>}
 */
function scrolled(value) {
  return value.length > LONG ? { class: "long", tabindex: "0" } : {};
}

/**
 * @param {Part} part
 * @param {boolean} isShown
 */
function inUrl(part, isShown) {
  const mark = element("span", { class: "part", "data-kind": part.kind });
  if (part.isSecret && !isShown) mark.append(`${part.raw.slice(0, part.raw.indexOf("="))}=`, DOTS);
  else mark.append(part.raw);
  return mark;
}

const DOTS = "••••••••";

/** @param {Part} part */
function masked(part) {
  return element(
    "span",
    { class: "masked" },
    element("span", { "aria-hidden": "true" }, DOTS),
    ` ${part.value.length} characters, masked`,
  );
}
