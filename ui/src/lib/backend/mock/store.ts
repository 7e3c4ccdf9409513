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
  Target,
  Tray,
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
  /** What was let through of a cycle's memory. */
  readonly trays = new Map<ConversationId, Tray>();
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

  /** What a deletion took, until it can no longer be taken back. */
  readonly #taken = new Map<string, () => void>();

  /** Empties a turn, or takes a conversation out. */
  hide(target: Target, at: string): void {
    if (target.kind === "turn") this.#hideTurn(target.id, at);
    else if (target.kind === "conversation") this.#hideConversation(target.id);
  }

  #hideTurn(id: TurnId, at: string): void {
    const turns = [...this.turns.values()].find((each) => each.some((turn) => turn.id === id));
    const index = turns?.findIndex((turn) => turn.id === id) ?? -1;
    const turn = turns?.[index];
    if (turns === undefined || turn === undefined) throw new AppError("not_found", "no such turn");
    turns[index] = { ...turn, content: "", metadata: { ...turn.metadata, deleted_at: at } };
    this.#taken.set(id, () => (turns[index] = turn));
  }

  #hideConversation(id: ConversationId): void {
    const conversation = this.conversation(id);
    const before = [...this.conversations];
    this.conversations.delete(id);
    this.session(conversation.session_id).conversation_count -= 1;
    this.#taken.set(id, () => {
      this.conversations.clear();
      for (const [key, each] of before) this.conversations.set(key, each);
      this.session(conversation.session_id).conversation_count += 1;
    });
  }

  /** Takes a deletion back; false where that is over. */
  undo(target: Target): boolean {
    const back = this.#taken.get(target.id);
    back?.();
    return this.#taken.delete(target.id);
  }

  forgetUndo(target: Target): void {
    this.#taken.delete(target.id);
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
