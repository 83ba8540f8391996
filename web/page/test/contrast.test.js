/** Every colour of a text can be read on both grounds, light and dark (WCAG 2.2, 1.4.3 and 1.4.11). */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const CSS = readFileSync(fileURLToPath(new URL("../page.css", import.meta.url)), "utf8");

/** The colours of each theme: the second `:root` is dark, and has what it does not say from the first. */
const [light = {}, dark = {}] = [...CSS.matchAll(/:root \{([^}]*)\}/g)].map(([, body = ""]) =>
  Object.fromEntries(
    [...body.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]),
  ),
);
const THEMES = { light, dark: { ...light, ...dark } };

const TEXTS = ["text", "muted", "accent", "good", "bad", "granted", "requested", "signature", "limit"];

/**
 * WCAG's contrast of two colours.
 *
 * @param {string | undefined} one
 * @param {string | undefined} other
 */
function contrast(one, other) {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

/** @param {string | undefined} colour */
function luminance(colour) {
  if (colour === undefined) throw new Error("page.css lacks a colour");
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

test("black on white has the contrast that WCAG says", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21);
  expect(contrast("#767676", "#ffffff")).toBeCloseTo(4.54, 2);
});

for (const [theme, colours] of Object.entries(THEMES)) {
  test.each(TEXTS)(`${theme}: --%s can be read on both grounds`, (name) => {
    for (const ground of ["ground", "raised"]) {
      expect(contrast(colours[name], colours[ground])).toBeGreaterThanOrEqual(4.5);
    }
  });

  test(`${theme}: the main button can be read, and the edge of a field seen`, () => {
    expect(contrast(colours["on-accent"], colours.accent)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(colours.edge, colours.ground)).toBeGreaterThanOrEqual(3);
  });
}
