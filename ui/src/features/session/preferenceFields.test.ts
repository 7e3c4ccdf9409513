import { expect, test } from "vitest";

import { defaultPreferences } from "../../lib/backend/mock/store";
import { readFields, textsOf } from "./preferenceFields";

test("what the fields show reads back as it was", () => {
  const preferences = { ...defaultPreferences(), temperature: 0.7, archive_after_days: 30 };
  expect(readFields(preferences, textsOf(preferences))).toEqual({ preferences, errors: {} });
});

test("nothing stands for none where none is allowed, and is an error elsewhere", () => {
  const texts = { ...textsOf(defaultPreferences()), max_context_turns: "", context_budget_tokens: " " };
  expect(readFields(defaultPreferences(), texts)).toEqual({ preferences: null, errors: { context_budget_tokens: "Use a number." } });
});

test("numbers outside their range and half numbers are refused in words", () => {
  const texts = { ...textsOf(defaultPreferences()), max_rounds: "1.5", similarity_threshold: "1,2", temperature: "x" };
  expect(readFields(defaultPreferences(), texts).errors).toEqual({
    max_rounds: "Use a number.",
    similarity_threshold: "Use a number from 0 to 1.",
    temperature: "Use a number.",
  });
});
