import type { Context, ContextItem, ConversationId, RelatedConversation, SessionContext, SessionId, Tray, Turn } from "../types";
import type { MockStore } from "./store";
import { mockSummaries } from "./summaries";

const wordsOf = (text: string) => new Set(text.toLowerCase().match(/[\p{L}\p{N}]{4,}/gu) ?? []);
const estimate = (text: string) => Math.ceil((text.split(/\s+/).length * 4) / 3);

/** The sessions whose turns may be given to one. */
function within(store: MockStore, id: SessionId): SessionId[] {
  const { scope } = store.session(id).preferences;
  const wanted = scope === "session" ? [id] : scope === "all" ? [...store.sessions.keys()] : [...new Set([id, ...scope.chosen])];
  return wanted.filter((each) => store.sessions.has(each) && !store.deleting.has(each));
}

/** Past turns in the session's scope that share words with `directive`, oldest first. */
export function mockContext(store: MockStore, id: SessionId, directive: string, exclude?: ConversationId): Context {
  const wanted = wordsOf(directive);
  const past = within(store, id)
    .flatMap((each) => store.conversationsOf(each))
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
  const best = Math.max(...items.map((i) => i.score), 0);
  const context = { items: items.map((i) => ({ ...i, strong: i.score >= 0.7 * best })), budget_tokens: 1000, considered: past.length };
  return { state: "used", ...context, ...printed(context.items) };
}

/** A context as a tray lets it through. */
export function through(context: Context, tray: Tray | null | undefined): Context {
  if (!tray) return context;
  const items = context.items.filter((i) => tray.kept.includes(i.turn_id));
  return { ...context, items, ...printed(items), left_out: tray.left_out };
}

function printed(items: readonly ContextItem[]): { block: string; tokens: number } {
  const block = items.map((i) => `<ccc:turn ${i.number} ${i.agent}>\n${i.text}`).join("\n");
  return { block, tokens: block === "" ? 0 : estimate(block) };
}

function item(turn: Turn, wanted: Set<string>, pinned: boolean): ContextItem {
  const shared = [...wordsOf(turn.content)].filter((word) => wanted.has(word)).slice(0, 3);
  const why = pinned ? "always injected" : shared.length > 0 ? `matches “${shared.join("”, “")}”` : "one of the newest";
  const day = new Date(turn.created_at).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  const name = turn.agent.replace(/^./, (first) => first.toUpperCase());
  return {
    turn_id: turn.id,
    conversation_id: turn.conversation_id,
    session_id: turn.session_id,
    number: turn.number,
    agent: turn.agent,
    created_at: turn.created_at,
    text: turn.content,
    score: pinned ? 9 : shared.length * 1.7,
    reason: `${why}, said by ${turn.speaker ?? name}, ${day}`,
    tokens: estimate(turn.content),
    strong: false,
    recent: false,
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
