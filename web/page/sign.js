/** The form: what is asked of `/sign`, and what it has answered. */

import { ask, NotAsked } from "./ask.js";
import { AUTHORIZATION } from "./context.js";
import { element } from "./dom.js";
import { parameterRows } from "./parameter-rows.js";
import { readForm } from "./parameters.js";
import { pasteBox } from "./paste.js";
import { problemBox } from "./problem.js";
import { explain, notLetIn } from "./sign-problem.js";
import { SignError } from "./signed-websocket.js";
import { tokenField } from "./token-field.js";

/** @import { Authorization, Context } from "./context.js" */
/** @import { Problem } from "./sign-problem.js" */

/** What is shown of `/sign` before it was asked. */
const UNANSWERED = { status: 0, code: null, detail: null };

/**
 * @param {HTMLElement} section
 * @param {Context} context
 */
export function mount(section, context) {
  /** The address that the stack has told. */
  let offered = context.stack?.sign ?? "";
  const address = element("input", {
    id: "sign-address",
    type: "url",
    value: offered,
    placeholder: "https://….execute-api.eu-west-1.amazonaws.com/sign",
    autocomplete: "url",
    autocapitalize: "none",
    spellcheck: "false",
  });
  const choice = authorizationChoice(changed);
  const token = tokenField(changed);
  const rows = parameterRows([{ name: context.stack?.parameter ?? "room", value: "lobby" }], changed);
  const paste = pasteBox(context);
  const signButton = element("button", { id: "sign-button", type: "submit", class: "main" }, "Sign");
  const result = element("div", { id: "sign-result", role: "status" });
  const form = element(
    "form",
    { class: "body", novalidate: true },
    element("label", {}, element("span", {}, "Address of /sign"), address),
    choice.element,
    element("fieldset", {}, element("legend", {}, "Parameters"), ...rows.elements),
    token.element,
    paste,
    element("p", { class: "row" }, signButton),
    result,
  );
  section.append(form);

  address.addEventListener("input", changed);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void sign();
  });
  context.addEventListener("stack", () => {
    const told = context.stack?.sign ?? "";
    // What was typed stays.
    if (address.value === offered) address.value = told;
    offered = told;
    meet();
  });
  meet();

  /** The stack is known, or another one than before. */
  function meet() {
    const { stack } = context;
    changed();
    delete result.dataset.outcome;
    result.replaceChildren();
    if (stack?.sign && !stack.origin) showProblem(notLetIn(location.origin, stack.allow), UNANSWERED);
  }

  /** The form says something else: it is shown, and told. */
  function changed() {
    const stack = context.stackAt(address.value);
    const told = stack?.authorization ?? null;
    const authorization = told ?? choice.value();
    choice.element.hidden = told !== null;
    token.element.hidden = authorization !== "JWT";
    token.tell(stack);
    paste.hidden = authorization !== "IAM";
    signButton.hidden = authorization === "IAM";
    const tokenIn = stack?.tokenIn ?? AUTHORIZATION;
    context.choose(
      readForm({ address: address.value, rows: rows.read(), authorization, token: token.value(), tokenIn }),
    );
  }

  async function sign() {
    if (context.request.authorization === "IAM") return;
    signButton.setAttribute("aria-busy", "true");
    try {
      await ask(context);
      say("signed", "Signed: good for one connection. What it holds stands below.");
    } catch (error) {
      if (error instanceof SignError) return refused(error);
      if (!(error instanceof NotAsked)) throw error;
      if (context.request.sign === "") address.focus();
      say("refused", `Not asked: ${error.message}.`);
    } finally {
      signButton.removeAttribute("aria-busy");
    }
  }

  /** @param {SignError} error */
  function refused(error) {
    const { authorization, query } = context.request;
    const stack = context.stackAt(address.value);
    const problem = explain({
      status: error.status,
      code: error.code,
      detail: error.detail,
      origin: location.origin,
      letIn: stack?.origin ?? null,
      allow: stack?.allow ?? null,
      authorization,
      names: Object.keys(query),
    });
    showProblem(problem, error);
  }

  /**
   * @param {Problem} problem
   * @param {{ status: number, code: string | null, detail: string | null }} answer
   */
  function showProblem(problem, answer) {
    result.dataset.outcome = answer.status === 0 ? "unreachable" : "refused";
    result.replaceChildren(problemBox(problem, answer, context.stackAt(address.value) ? "here" : "anywhere"));
  }

  /**
   * @param {"signed" | "refused"} outcome
   * @param {string} text
   */
  function say(outcome, text) {
    result.dataset.outcome = outcome;
    result.replaceChildren(element("p", { class: outcome === "signed" ? "note" : "problem" }, text));
  }
}

/**
 * What the address asks for, where the stack does not tell.
 *
 * @param {() => void} changed
 */
function authorizationChoice(changed) {
  /** @type {[Authorization, string][]} */
  const ways = [
    ["JWT", "a token (JWT)"],
    ["NONE", "nothing (NONE)"],
    ["IAM", "a signature of AWS (IAM)"],
  ];
  const options = ways.map(([value, text]) => element("option", { value }, text));
  const select = element("select", { id: "authorization" }, ...options);
  select.addEventListener("change", changed);
  return {
    element: element("label", {}, element("span", {}, "This address asks for"), select),
    value: () => ways.find(([value]) => value === select.value)?.[0] ?? "NONE",
  };
}
