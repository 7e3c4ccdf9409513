import type { Agent, Session, SessionStatus, Step, Turn } from "../types";
import { type MockStore, defaultPreferences } from "./store";
import { type SeedConversation, arabic, garden, japanese, release, thesis } from "./seedText";
import { mockContext } from "./memory";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

interface SeedSession {
  title: string;
  /** Before now, in milliseconds. */
  ago: number;
  conversations: SeedConversation[];
  pinned?: boolean;
  status?: SessionStatus;
}

const numbered = (count: number): SeedConversation[] =>
  Array.from({ length: count }, (_, i) => ({
    directive: `Note for day ${i + 1}: what moved, what is stuck, what is next?`,
    guidance: `Keep day ${i + 1} to three lines.`,
    work: `Moved: item ${i + 1}.\n\nStuck: nothing.\n\nNext: item ${i + 2}.`,
    review: "Three lines, as asked.",
  }));

const sessions: SeedSession[] = [
  { title: "Release 2.4", ago: 9 * MINUTE, conversations: release, pinned: true },
  { title: "Raised beds, north side", ago: 3 * 60 * MINUTE, conversations: garden },
  { title: "رسالة شكر للفريق", ago: DAY, conversations: arabic },
  { title: "検索機能の説明", ago: DAY + 90 * MINUTE, conversations: japanese },
  { title: "Interviews with night workers", ago: 4 * DAY, conversations: thesis },
  { title: "Daily notes", ago: 5 * DAY, conversations: numbered(50) },
  { title: "A much longer title that somebody wrote without thinking about how narrow the panel is", ago: 21 * DAY, conversations: numbered(2) },
  { title: "Kitchen renovation", ago: 40 * DAY, conversations: numbered(3) },
  { title: "Grant application 2025", ago: 200 * DAY, conversations: thesis, status: "archived" },
  { title: "Old garden plans", ago: 320 * DAY, conversations: garden, status: "archived" },
];

/** Fills the store with work of several dates, scripts and states, as of `now`. */
export function seed(store: MockStore, now: number): void {
  for (const each of sessions) seedSession(store, each, now);
}

/** Adds a session whose one conversation has `count` turns, as an imported one may have. */
export function seedLong(store: MockStore, now: number, count: number): void {
  const title = `${count.toLocaleString("en")} turns`;
  seedSession(store, { title, ago: 2 * DAY, conversations: numbered(1) }, now);
  const id = [...store.conversations.keys()].at(-1) ?? "";
  const { session_id } = store.conversation(id);
  for (let n = 5; n <= count; n += 1) {
    const agent: Agent = (["wykeve", "beatrice", "codey"] as const)[n % 3] ?? "wykeve";
    const content = `Turn ${n}. ${"It goes on for a while. ".repeat(n % 9)}`;
    store.append({
      id: store.id(), session_id, conversation_id: id, agent, content,
      created_at: iso(now - 2 * DAY + n * 1000), status: "complete", metadata: { round: 0 },
    });
  }
}

function seedSession(store: MockStore, from: SeedSession, now: number): void {
  const start = now - from.ago - from.conversations.length * 7 * MINUTE;
  const session: Session = {
    id: store.id(),
    title: from.title,
    created_at: iso(start),
    last_active_at: iso(start),
    status: "active",
    pinned: from.pinned ?? false,
    conversation_count: from.conversations.length,
    preferences: defaultPreferences(),
    temporary: false,
  };
  store.sessions.set(session.id, session);
  from.conversations.forEach((conversation, i) => seedConversation(store, session, conversation, start + i * 7 * MINUTE));
  session.status = from.status ?? "active";
}

function seedConversation(store: MockStore, session: Session, from: SeedConversation, at: number): void {
  const id = store.id();
  const common = { id, session_id: session.id, directive: from.directive };
  store.conversations.set(id, { ...common, branch_of: null, created_at: iso(at), status: "completed", turn_count: 0 });
  const add = (agent: Agent, content: string, offset: number, extra: Partial<Turn> = {}) =>
    store.append({
      id: store.id(),
      session_id: session.id,
      conversation_id: id,
      agent,
      content,
      created_at: iso(at + offset),
      status: "complete",
      metadata: { round: 0 },
      ...extra,
    });
  add("wykeve", from.directive, 0);
  addStep(store, add("beatrice", from.guidance, 8_000, { metadata: metadata("analyse", from) }), "analyse");
  const status = from.cut ?? "complete";
  addStep(store, add("codey", from.work, 30_000, { status, metadata: metadata("execute", from) }), "execute");
  if (from.cut !== undefined) {
    store.phases.set(id, { name: "paused", data: { step: "execute", cause: "truncated" } });
    store.conversation(id).status = "active";
    return;
  }
  const question = "Which hours does the sun reach the back wall in May?";
  const verdict = from.end === "escalate" ? ({ verdict: "escalate", text: question } as const) : ({ verdict: "accept" } as const);
  const line = from.end === "escalate" ? `verdict: escalate: ${question}` : "verdict: accept";
  add("beatrice", `${from.review ?? "It answers the directive."}\n\n${line}`, 52_000, {
    metadata: { ...metadata("review", from), verdict },
  });
  if (from.end === "escalate") {
    store.phases.set(id, { name: "escalated", data: { question } });
    store.conversation(id).status = "active";
  } else {
    store.phases.set(id, { name: "done", data: "accepted" });
  }
}

function addStep(store: MockStore, turn: Turn, step: Step): void {
  const context = mockContext(store, turn.session_id, turn.content, turn.conversation_id);
  store.receipts.set(turn.id, { id: store.id(), turn_id: turn.id, step, created_at: turn.created_at, context });
}

function metadata(step: Step, from: SeedConversation): Turn["metadata"] {
  const words = (step === "analyse" ? from.guidance : from.work).split(/\s+/).length;
  return {
    step,
    round: 0,
    provider: "openrouter",
    model: "example/quill-large",
    latency_ms: 2_000 + words * 60,
    usage: { prompt_tokens: 420 + words, completion_tokens: Math.round(words * 1.4), estimated: false },
    finish_reason: "stop",
    ...(from.stateless === undefined || step === "review" ? {} : { stateless_reason: from.stateless }),
  };
}

const iso = (ms: number) => new Date(ms).toISOString();
