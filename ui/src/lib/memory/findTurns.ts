import { AppError, type Backend } from "../backend";
import type { Conversation, SessionId, Turn, TurnId } from "../backend/types";

/** Conversations read at once: few enough that a turn said lately is there soon. */
const PAGE = 60;

/**
 * Reads turns of which nothing but the id is known, from the sessions in the given order and from each session's end. One
 * that is missing from the answer is in none of them. There is no way to ask for a turn by its id, so this may read long.
 */
export async function findTurns(backend: Backend, ids: Iterable<TurnId>, sessions: readonly SessionId[]): Promise<Map<TurnId, Turn>> {
  const [missing, found] = [new Set(ids), new Map<TurnId, Turn>()];
  for (const session_id of sessions) {
    if (missing.size === 0) break;
    let conversations = await conversationsOf(backend, session_id);
    while (conversations.length > 0 && missing.size > 0) {
      const histories = await backend.conversationTurns({ conversation_ids: conversations.slice(-PAGE).map((c) => c.id) });
      for (const turn of histories.flatMap((history) => history.turns)) if (missing.delete(turn.id)) found.set(turn.id, turn);
      conversations = conversations.slice(0, -PAGE);
    }
  }
  return found;
}

/** None where the session was deleted meanwhile. */
async function conversationsOf(backend: Backend, session_id: SessionId): Promise<Conversation[]> {
  try {
    return await backend.conversationList({ session_id });
  } catch (thrown) {
    if (AppError.from(thrown).code === "not_found") return [];
    throw thrown;
  }
}
