/** The README's tables are those of the client. */

import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { check } from "../src/settings.js";
import { World } from "./fake/world.js";

const README = await readFile(new URL("../README.md", import.meta.url), "utf8");

/** The rows of the table under a heading, each with its cells. */
function rows(heading: string): string[][] {
  const section = README.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const lines = section.split("\n").filter((line) => line.startsWith("| `"));
  return lines.map((line) =>
    line
      .split("|")
      .map((cell) => cell.trim().replaceAll("`", ""))
      .slice(1, -1),
  );
}

test("the table of options has every option, with its default", () => {
  const {
    environment: _,
    sign: __,
    messageId: ___,
    ...settings
  } = check({ sign: "https://example.com/sign" });
  const defaults = Object.entries(settings).flatMap(([name, value]) =>
    typeof value === "object" && name !== "query" && name !== "protocols"
      ? Object.entries(value).map(([inner, number]) => [`${name}.${inner}`, shown(number)])
      : [[name, shown(value)]],
  );
  const documented = rows("Options").map(([name, value]) => [name, value]);
  const others = ["sign", "messageId", "environment"];
  expect(documented.filter(([name]) => !others.includes(name ?? "")).sort()).toEqual(defaults.sort());
  expect(documented.map(([name]) => name)).toEqual(expect.arrayContaining(others));
});

test("the table of states has every state, with its readyState", async () => {
  const world = new World({ backOff: { attempts: 3 }, handOver: { after: 10_000, spread: 0 } });
  const met = new Map<string, number>([[world.socket.state.name, world.socket.readyState]]);
  world.socket.addEventListener("statechange", ({ state }) => met.set(state.name, world.socket.readyState));
  await world.advance(60_000);
  world.gateway.cut(world.last);
  await world.advance(60_000);
  world.socket.close();
  await world.advance(10_000);
  const documented = rows("States").map(([name, , readyState]) => [name, Number(readyState)]);
  expect(new Map(documented as [string, number][])).toEqual(met);
});

/** A default as the table shows it. */
function shown(value: unknown): string {
  if (value === Number.POSITIVE_INFINITY) return "never";
  if (typeof value === "number") return `${value}`.replace(/\B(?=(\d{3})+$)/g, " ");
  if (Array.isArray(value) && value.length === 0) return "none";
  return JSON.stringify(value);
}
