import { expect, test } from "vitest";

import { CYCLE_SCENARIOS } from "./backend/mock/scenario";
import { ERROR_CODES } from "./backend/types";
import { SHORTCUTS } from "./keys/shortcuts";
import { words } from "./words";

/** Every text in the catalogue with its path; functions are called with plausible values. */
function texts(value: unknown, path = "words"): [string, string][] {
  if (typeof value === "string") return [[path, value]];
  if (typeof value === "function") return [[path, call(value as (...values: unknown[]) => unknown)]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => texts(each, `${path}.${key}`));
}

/** A text with values: those that count take numbers, the others take words. */
function call(text: (...values: unknown[]) => unknown): string {
  try {
    return String(text(3, 5, 3));
  } catch {
    return String(text("three", "five", "three"));
  }
}

test("every error code of the Rust side has its title and text", () => {
  expect(Object.keys(words.errors).sort()).toEqual([...ERROR_CODES].sort());
  for (const code of ERROR_CODES) {
    expect(words.errors[code].title, code).not.toMatch(/[.!]$/);
    expect(words.errors[code].text, code).toMatch(/[.?]$/);
  }
});

test("every offered action has its words", () => {
  for (const { action } of Object.values(words.errors)) if (action) expect(words.errorActions[action]).toBeTruthy();
});

test("every shortcut has its name, and no two have the same keys", () => {
  expect(Object.keys(words.shortcuts.names)).toEqual(Object.keys(SHORTCUTS));
  const keys = Object.values(SHORTCUTS).map((s) => JSON.stringify({ mod: false, shift: false, alt: false, ...s, group: "" }));
  expect(new Set(keys).size).toBe(keys.length);
});

test("no text is empty, has two spaces, or names what a person never sees", () => {
  for (const [path, text] of texts(words)) {
    expect(text, path).toMatch(/\S/);
    expect(text, path).not.toMatch(/ {2}|undefined|NaN|\[object|TODO|snake_case/);
  }
});

test("the mock can be told every way a cycle may go", () => {
  expect(CYCLE_SCENARIOS).toHaveLength(10);
});
