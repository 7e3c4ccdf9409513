import type { Preferences } from "../../lib/backend/types";
import { readNumber } from "../../lib/format/number";
import { words } from "../../lib/words";

const w = words.preferences;

interface NumberField {
  label: string;
  hint?: string;
  low: number;
  high: number;
  whole: boolean;
  /** Whether nothing may stand for none. */
  optional: boolean;
}

/** The preferences that are numbers, with the values that make sense. */
export const FIELDS = {
  context_budget_tokens: { label: w.budget, hint: w.budgetText, low: 0, high: 100_000, whole: true, optional: false },
  max_context_turns: { label: w.depth, hint: w.depthText, low: 0, high: 1_000, whole: true, optional: true },
  similarity_threshold: { label: w.threshold, hint: w.thresholdText, low: 0, high: 1, whole: false, optional: false },
  max_context_age_hours: { label: w.age, hint: w.ageText, low: 1, high: 87_600, whole: true, optional: false },
  max_rounds: { label: w.rounds, hint: w.roundsText, low: 0, high: 10, whole: true, optional: false },
  temperature: { label: w.temperature, hint: w.temperatureText, low: 0, high: 5, whole: false, optional: true },
  archive_after_days: { label: w.archiveAfter, hint: w.retentionText, low: 1, high: 36_500, whole: true, optional: true },
  delete_after_days: { label: w.deleteAfter, hint: w.retentionText, low: 1, high: 36_500, whole: true, optional: true },
} satisfies Record<string, NumberField>;

export type FieldName = keyof typeof FIELDS;
const NAMES = Object.keys(FIELDS) as FieldName[];

/** What the fields hold as text, to begin with. */
export function textsOf(preferences: Preferences | null): Record<FieldName, string> {
  const entries = NAMES.map((name) => [name, String(preferences?.[name] ?? "")] as const);
  return Object.fromEntries(entries) as Record<FieldName, string>;
}

/** The preferences with the numbers of the texts; null, and what is wrong, where one cannot be used. */
export function readFields(
  base: Preferences,
  texts: Record<FieldName, string>,
): { preferences: Preferences | null; errors: Partial<Record<FieldName, string>> } {
  const errors: Partial<Record<FieldName, string>> = {};
  const numbers: Partial<Record<FieldName, number | null>> = {};
  for (const name of NAMES) {
    const { low, high, whole, optional }: NumberField = FIELDS[name];
    if (texts[name].trim() === "" && optional) numbers[name] = null;
    else {
      const value = readNumber(texts[name], whole);
      if (value === null) errors[name] = w.number;
      else if (value < low || value > high) errors[name] = w.range(low, high);
      else numbers[name] = value;
    }
  }
  const well = Object.keys(errors).length === 0;
  return { preferences: well ? ({ ...base, ...numbers } as Preferences) : null, errors };
}
