import type { ContextSummary, SessionId, Timestamp } from "../types";
import type { MockStore } from "./store";

/** The summaries of a session, newest first: an extract of its directives, and before it what was written since. */
export function mockSummaries(store: MockStore, id: SessionId): ContextSummary[] {
  const conversations = store.conversationsOf(id);
  const last = conversations.at(-1);
  const written = store.summaries.get(id) ?? [];
  if (last === undefined) return structuredClone(written);
  const text = conversations.slice(-3).map((c) => c.directive.split(/(?<=[.?!。])\s/)[0]).join("\n");
  const extract = summary(store, id, last.created_at, { source: "extract", text });
  // The extract goes on where something was said after what was written.
  const behind = written[0] !== undefined && written[0].turn_count < extract.turn_count;
  return structuredClone(behind ? [extract, ...written] : [...written, extract]);
}

/** Stores a summary before the others. */
export function addSummary(
  store: MockStore,
  id: SessionId,
  at: Timestamp,
  written: Pick<ContextSummary, "source" | "text" | "model" | "usage">,
): ContextSummary {
  const added = summary(store, id, at, written);
  store.summaries.set(id, [added, ...(store.summaries.get(id) ?? [])]);
  return structuredClone(added);
}

function summary(
  store: MockStore,
  id: SessionId,
  at: Timestamp,
  written: Pick<ContextSummary, "source" | "text" | "model" | "usage">,
): ContextSummary {
  const conversations = store.conversationsOf(id);
  return {
    id: written.source === "extract" ? `summary-${id}` : store.id(),
    session_id: id,
    conversation_count: conversations.length,
    turn_count: conversations.reduce((sum, c) => sum + c.turn_count, 0),
    created_at: at,
    updated_at: at,
    ...written,
  };
}
