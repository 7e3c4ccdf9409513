/** Sessions, their conversations, and what is said in them. */
import type { ErrorCode } from "./error";
import type { Agent, ConversationId, SessionId, Timestamp, TurnId } from "./ids";

export type Step = "analyse" | "execute" | "review";
export type SessionStatus = "active" | "archived" | "expired";
export type ConversationStatus = "active" | "completed" | "archived";
export type TurnStatus = "complete" | "truncated" | "interrupted";
export type FinishReason = "stop" | "length" | "content_filter" | "eof";
export type Outcome = "accepted" | "no_verdict";

export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  /** True when the provider reported none and these are our own estimate. */
  estimated: boolean;
}

export type Verdict =
  | { verdict: "accept" }
  | { verdict: "send_back"; text: string }
  | { verdict: "escalate"; text: string }
  | { verdict: "not_given" };

/** Absent fields are unknown or do not apply. */
export interface TurnMetadata {
  step?: Step;
  /** 0 is the first pass, 1 the first one after work was sent back. */
  round: number;
  provider?: string;
  model?: string;
  temperature?: number;
  usage?: Usage;
  latency_ms?: number;
  finish_reason?: FinishReason;
  verdict?: Verdict;
  /** Present and true when no model was called. */
  rehearsal?: boolean;
  /** Why the step went without memory, where it did though memory was on. */
  stateless_reason?: string;
  /** When its text was deleted; the text is empty then. */
  deleted_at?: Timestamp;
  extra?: Record<string, unknown>;
}

export interface Turn {
  id: TurnId;
  session_id: SessionId;
  conversation_id: ConversationId;
  /** From 1, without gaps. */
  number: number;
  agent: Agent;
  /** The speaker's name in imported text. */
  speaker?: string;
  content: string;
  created_at: Timestamp;
  status: TurnStatus;
  metadata: TurnMetadata;
}

export interface Conversation {
  id: ConversationId;
  session_id: SessionId;
  branch_of: ConversationId | null;
  directive: string;
  created_at: Timestamp;
  status: ConversationStatus;
  turn_count: number;
}

/** Where a cycle stands: the domain's `Phase`. */
export type Phase =
  | { name: "idle" }
  | { name: "recording" }
  | { name: "running"; data: { step: Step } }
  | { name: "storing"; data: { step: Step } }
  | { name: "paused"; data: { step: Step; cause: ErrorCode } }
  | { name: "unstored"; data: { cause: ErrorCode } }
  | { name: "escalated"; data: { question: string } }
  | { name: "answering" }
  | { name: "done"; data: Outcome };

/** A conversation's turns by number, and where its cycle stands by them. */
export interface ConversationHistory {
  conversation_id: ConversationId;
  turns: Turn[];
  phase: Phase;
}

export type Scope = "session" | "all" | { chosen: SessionId[] };

export interface Preferences {
  memory: boolean;
  context_budget_tokens: number;
  /** None means the budget alone decides. */
  max_context_turns: number | null;
  /** 0 to 1. Marks strong matches; never a filter. */
  similarity_threshold: number;
  /** Half-life of recency among equals. Never a cut-off. */
  max_context_age_hours: number;
  scope: Scope;
  pinned_turns: TurnId[];
  muted_turns: TurnId[];
  auto_summarise: boolean;
  /** How often a review may send work back; 0 turns sending back off. */
  max_rounds: number;
  provider: string | null;
  model: string | null;
  temperature: number | null;
  archive_after_days: number | null;
  delete_after_days: number | null;
}

/** A session as the window sees it: the domain's `Session`, and whether it lives in memory only. */
export interface Session {
  id: SessionId;
  /** Empty until named or taken from the first directive. */
  title: string;
  created_at: Timestamp;
  last_active_at: Timestamp;
  status: SessionStatus;
  pinned: boolean;
  conversation_count: number;
  preferences: Preferences;
  /** Kept in memory and gone on close. */
  temporary: boolean;
}

export type SessionFilter = "active" | "archived" | "all";

/** A deletion that can be undone until it is carried out. */
export interface PendingDeletion {
  session_id: SessionId;
  carried_out_at: Timestamp;
}

/** A turn or a conversation that is out of sight, and destroyed at its time. */
export interface PendingErasure {
  target: Target;
  carried_out_at: Timestamp;
}

export type Target = { kind: "turn"; id: TurnId } | { kind: "conversation"; id: ConversationId } | { kind: "session"; id: SessionId };

/** Turns that could not be saved yet. */
export interface WaitingTurns {
  /** In the order they were said. */
  turns: TurnId[];
  bytes: number;
  /** Since when the first of them waits. */
  since: Timestamp;
  code: ErrorCode;
  /** No cycle begins before some of them are saved. */
  is_full: boolean;
}

export type ExportFormat = "json" | "markdown";

export interface ExportReport {
  conversations: number;
  turns: number;
  bytes: number;
}
