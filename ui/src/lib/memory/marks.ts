import type { Preferences, TurnId } from "../backend/types";

/** What a person decided of a turn in a session: it is always given to cycles, or never. */
export type Mark = "always" | "never";

/** What was decided of a turn; null where nothing was. */
export function markOf(preferences: Preferences | undefined, turn: TurnId): Mark | null {
  if (preferences?.pinned_turns.includes(turn)) return "always";
  return preferences?.muted_turns.includes(turn) ? "never" : null;
}

/** The preferences with a turn under this mark and no other. */
export function marked(preferences: Preferences, turn: TurnId, mark: Mark | null): Preferences {
  const others = (ids: readonly TurnId[]) => ids.filter((id) => id !== turn);
  const [pinned_turns, muted_turns] = [others(preferences.pinned_turns), others(preferences.muted_turns)];
  if (mark === "always") pinned_turns.push(turn);
  if (mark === "never") muted_turns.push(turn);
  return { ...preferences, pinned_turns, muted_turns };
}
