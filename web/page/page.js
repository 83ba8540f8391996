/** Wires the page: asks which stack serves it, and fills each section by its module. */

import { mount as anatomy } from "./anatomy.js";
import { mount as connect } from "./connect.js";
import { Context } from "./context.js";
import { mount as lines } from "./lines.js";
import { mount as sign } from "./sign.js";
import { askStack, facts, follow } from "./stack.js";
import { mount as tamper } from "./tamper.js";
import { mount as trace } from "./trace.js";

const context = new Context();
context.learn(await askStack());
follow(context);

// In the order of dependence: who shows a URL listens before the form says anything.
const parts = { anatomy, connect, tamper, trace, lines, sign };
for (const [id, mount] of Object.entries(parts)) {
  const section = document.getElementById(id);
  if (section) mount(section, context);
}
const tell = () => document.getElementById("stack")?.replaceChildren(...facts(context, location.origin));
context.addEventListener("stack", tell);
tell();
