import { AppError } from "../appError";
import type {
  ContextSummary,
  Conversation,
  ConversationHistory,
  ConversationId,
  Phase,
  Preferences,
  Receipt,
  Session,
  SessionId,
  Turn,
  TurnId,
} from "../types";

export const defaultPreferences = (): Preferences => ({
  memory: true,
  context_budget_tokens: 1000,
  max_context_turns: null,
  similarity_threshold: 0.7,
  max_context_age_hours: 24,
  scope: "session",
  pinned_turns: [],
  muted_turns: [],
  auto_summarise: true,
  max_rounds: 2,
  provider: null,
  model: null,
  temperature: null,
  archive_after_days: null,
  delete_after_days: null,
});

/** What the mock has stored. Everything handed out is a copy. */
export class MockStore {
  readonly sessions = new Map<SessionId, Session>();
  readonly conversations = new Map<ConversationId, Conversation>();
  readonly turns = new Map<ConversationId, Turn[]>();
  readonly phases = new Map<ConversationId, Phase>();
  readonly receipts = new Map<TurnId, Receipt>();
  /** Newest first; the extract is not among them. */
  readonly summaries = new Map<SessionId, ContextSummary[]>();
  /** Deleted and not yet destroyed. */
  readonly deleting = new Set<SessionId>();
  #ids = 0;

  /** An id that sorts after all made before. */
  id(): string {
    this.#ids += 1;
    const hex = this.#ids.toString(16).padStart(12, "0");
    return `01970000-0000-7000-8000-${hex}`;
  }

  session(id: SessionId): Session {
    const session = this.sessions.get(id);
    if (session === undefined || this.deleting.has(id)) throw new AppError("not_found", "no such session");
    return session;
  }

  conversation(id: ConversationId): Conversation {
    const conversation = this.conversations.get(id);
    if (conversation === undefined) throw new AppError("not_found", "no such conversation");
    return conversation;
  }

  conversationsOf(id: SessionId): Conversation[] {
    return [...this.conversations.values()].filter((c) => c.session_id === id);
  }

  history(id: ConversationId): ConversationHistory {
    this.conversation(id);
    const turns = this.turns.get(id) ?? [];
    return structuredClone({ conversation_id: id, turns, phase: this.phases.get(id) ?? { name: "idle" } });
  }

  /** Adds a turn under the next number. */
  append(turn: Omit<Turn, "number">): Turn {
    const turns = this.turns.get(turn.conversation_id) ?? [];
    const numbered = { ...turn, number: turns.length + 1 };
    turns.push(numbered);
    this.turns.set(turn.conversation_id, turns);
    const conversation = this.conversation(turn.conversation_id);
    conversation.turn_count = turns.length;
    const session = this.session(turn.session_id);
    if (turn.created_at > session.last_active_at) session.last_active_at = turn.created_at;
    return numbered;
  }

  /** Removes everything said in a session. */
  empty(id: SessionId): void {
    for (const conversation of this.conversationsOf(id)) {
      this.conversations.delete(conversation.id);
      this.turns.delete(conversation.id);
      this.phases.delete(conversation.id);
    }
    this.summaries.delete(id);
    const session = this.sessions.get(id);
    if (session !== undefined) session.conversation_count = 0;
  }
}
