import type { Conversation } from "../backend/types";

/** Turns read before anything is shown: enough to fill a tall screen. The rest of the page follows once it is drawn. */
const FIRST_TURNS = 16;

/** The newest conversations, as many as fill a screen. */
export function newest(conversations: readonly Conversation[]): readonly Conversation[] {
  let [from, turns] = [conversations.length, 0];
  while (from > 0 && turns < FIRST_TURNS) {
    from -= 1;
    turns += conversations[from]?.turn_count ?? 0;
  }
  return conversations.slice(from);
}
