/** What of memory is given to a step, and what a session is about. */
import type { Agent, ConversationId, SessionId, Timestamp, TurnId } from "./ids";
import type { Conversation, Step, Usage } from "./said";

export interface ContextItem {
  turn_id: TurnId;
  conversation_id: ConversationId;
  session_id: SessionId;
  number: number;
  agent: Agent;
  speaker?: string;
  created_at: Timestamp;
  text: string;
  /** Higher is better, comparable within one context only. */
  score: number;
  reason: string;
  tokens: number;
  /** Near the best score, by the session's threshold. */
  strong: boolean;
  /** Younger than the session's age for recent turns. */
  recent: boolean;
}

export type ContextState =
  | { state: "used" }
  | { state: "off" }
  | { state: "not_taken" }
  | { state: "unavailable"; reason: string };

/** The memory of one prompt, items oldest first. */
export type Context = ContextState & {
  items: ContextItem[];
  block: string;
  tokens: number;
  budget_tokens: number;
  considered: number;
  /** What the person left out of this cycle. */
  left_out?: TurnId[];
};

/** What the person let through of a context that was shown before sending. */
export interface Tray {
  kept: TurnId[];
  left_out: TurnId[];
}

/** What was injected into one step. */
export interface Receipt {
  id: string;
  turn_id: TurnId;
  step: Step;
  created_at: Timestamp;
  context: Context;
}

export type SummarySource = "extract" | "person" | "model";

export interface ContextSummary {
  id: string;
  session_id: SessionId;
  text: string;
  conversation_count: number;
  /** How many turns the session held when it was written. */
  turn_count: number;
  source: SummarySource;
  model?: string;
  usage?: Usage;
  created_at: Timestamp;
  updated_at: Timestamp;
}

/** Another conversation about the same. */
export interface RelatedConversation {
  conversation_id: ConversationId;
  session_id: SessionId;
  /** Its turn that matches best. */
  turn_id: TurnId;
  directive: string;
  created_at: Timestamp;
  reason: string;
}

/** What a session is about. */
export interface SessionContext {
  summary: ContextSummary | null;
  /** Newest first, at most ten. */
  recent: Conversation[];
  /** Most telling first. */
  topics: string[];
}

/** How memory was used since the profile was opened. */
export interface ContextUse {
  /** Contexts asked for, and how many of them were there already. */
  asked: number;
  cached: number;
  /** Times memory failed or took too long. */
  missed: number;
  /** Turns shown before sending, and how many of them were left out. */
  offered: number;
  left_out: number;
  /** Steps that took memory, and how many were given a turn that matched. */
  steps: number;
  found: number;
  /** Steps that went without: an error's code, or `off`. */
  without: { why: string; steps: number }[];
}
