import type { Context, ContextItem, ConversationId, RelatedConversation, SessionContext, SessionId, Turn } from "../types";
import type { MockStore } from "./store";
import { mockSummaries } from "./summaries";

const wordsOf = (text: string) => new Set(text.toLowerCase().match(/[\p{L}\p{N}]{4,}/gu) ?? []);
const estimate = (text: string) => Math.ceil((text.split(/\s+/).length * 4) / 3);

/** Past turns of the session that share words with `directive`, oldest first. */
export function mockContext(store: MockStore, id: SessionId, directive: string, exclude?: ConversationId): Context {
  const wanted = wordsOf(directive);
  const past = store
    .conversationsOf(id)
    .filter((c) => c.id !== exclude)
    .flatMap((c) => store.turns.get(c.id) ?? [])
    .filter((turn) => turn.status === "complete");
  const { muted_turns: muted, pinned_turns: pinned } = store.session(id).preferences;
  const items = past
    .filter((turn) => !muted.includes(turn.id))
    .map((turn) => item(turn, wanted, pinned.includes(turn.id)))
    .filter((found) => found.score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, 4)
    .sort((a, b) => a.created_at.localeCompare(b.created_at));
  const block = items.map((i) => i.text).join("\n\n");
  return { state: "used", items, block, tokens: estimate(block), budget_tokens: 1000, considered: past.length };
}

function item(turn: Turn, wanted: Set<string>, pinned: boolean): ContextItem {
  const shared = [...wordsOf(turn.content)].filter((word) => wanted.has(word)).slice(0, 3);
  const reason = pinned ? "pinned" : shared.length > 0 ? `matches “${shared.join("”, “")}”` : "recent";
  return {
    turn_id: turn.id,
    conversation_id: turn.conversation_id,
    session_id: turn.session_id,
    number: turn.number,
    agent: turn.agent,
    created_at: turn.created_at,
    text: turn.content,
    score: pinned ? 9 : shared.length * 1.7,
    reason,
    tokens: estimate(turn.content),
  };
}

const COMMON = new Set("that this with from they what have each before after which their when".split(" "));

/** What a session is about, computed from its directives. */
export function mockSessionContext(store: MockStore, id: SessionId): SessionContext {
  const conversations = store.conversationsOf(id);
  const counts = new Map<string, number>();
  for (const word of conversations.flatMap((c) => [...wordsOf(c.directive)])) {
    if (!COMMON.has(word)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const topics = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 6);
  return structuredClone({
    summary: mockSummaries(store, id)[0] ?? null,
    recent: conversations.slice(-10).reverse(),
    topics: topics.map(([word]) => word),
  });
}

/** The conversations of the same session that share words with this one's directive. */
export function mockRelated(store: MockStore, id: ConversationId, limit: number): RelatedConversation[] {
  const asked = store.conversation(id);
  const wanted = wordsOf(asked.directive);
  if (store.deleting.has(asked.session_id)) return [];
  return store
    .conversationsOf(asked.session_id)
    .filter((c) => c.id !== id)
    .map((c) => ({ c, shared: [...wordsOf(c.directive)].filter((w) => wanted.has(w) && !COMMON.has(w)) }))
    .filter(({ shared }) => shared.length > 0)
    .sort((a, b) => b.shared.length - a.shared.length)
    .slice(0, limit)
    .map(({ c, shared }) => ({
      conversation_id: c.id,
      session_id: c.session_id,
      turn_id: store.turns.get(c.id)?.[0]?.id ?? "",
      directive: c.directive,
      created_at: c.created_at,
      reason: `shares “${shared.slice(0, 3).join("”, “")}”`,
    }));
}
