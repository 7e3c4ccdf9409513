import type { Backend } from "../backend";
import type { Conversation, ConversationHistory, ConversationId } from "../backend/types";

/** Turns read before anything is shown: enough to fill a tall screen. The rest of the page follows once it is drawn. */
const FIRST_TURNS = 16;

/** The turns of these conversations, by conversation. */
export async function read(
  backend: Backend,
  conversations: readonly Conversation[],
): Promise<Map<ConversationId, ConversationHistory>> {
  if (conversations.length === 0) return new Map();
  const histories = await backend.conversationTurns({ conversation_ids: conversations.map((c) => c.id) });
  return new Map(histories.map((history) => [history.conversation_id, history]));
}

/** The newest conversations, as many as fill a screen. */
export function newest(conversations: readonly Conversation[]): readonly Conversation[] {
  let [from, turns] = [conversations.length, 0];
  while (from > 0 && turns < FIRST_TURNS) {
    from -= 1;
    turns += conversations[from]?.turn_count ?? 0;
  }
  return conversations.slice(from);
}
