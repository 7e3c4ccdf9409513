/** A cycle while it runs. */
import type { ErrorCode } from "./error";
import type { ConversationId, SessionId, Timestamp, TurnId } from "./ids";
import type { ContextState, Tray } from "./memory";
import type { Outcome, Phase, Step, Turn, TurnStatus, Usage, Verdict } from "./said";

/** One thing that happened in a cycle: the engine's `CycleUpdate`. */
export type CycleUpdate =
  | { event: "started"; session_id: SessionId; conversation_id: ConversationId }
  | { event: "turn_stored"; turn: Turn }
  | { event: "turn_not_stored"; turn: Turn; code: ErrorCode }
  | { event: "stateless"; code: ErrorCode; reason: string }
  | {
      event: "step_started";
      step: Step;
      round: number;
      turn_id: TurnId;
      memory: ContextState;
      memory_turns: number;
      memory_tokens: number;
    }
  | { event: "model"; model: string }
  | { event: "text"; text: string }
  | { event: "reasoning"; text: string }
  | { event: "retrying"; attempt: number; wait_ms: number; code: ErrorCode }
  | {
      event: "step_ended";
      step: Step;
      round: number;
      /** Null when it left no text. */
      status: TurnStatus | null;
      usage: Usage | null;
      verdict: Verdict | null;
    }
  | { event: "paused"; step: Step; code: ErrorCode }
  | { event: "escalated"; question: string }
  | { event: "done"; outcome: Outcome };

/** What a run leaves: the engine's `CycleReport`. */
export interface CycleReport {
  session_id: SessionId;
  conversation_id: ConversationId;
  phase: Phase;
  turns: Turn[];
  stateless: ErrorCode | null;
  usage: Usage;
}

/**
 * One message of a running cycle. Numbers grow by one and go on over `cycle_attach`; adjoining text is merged at 33 ms.
 * `ended` is always the last, however the run ended.
 */
export type CycleMessage = { sequence: number } & (CycleUpdate | { event: "ended"; report: CycleReport });

/** The step that is being written. */
export interface RunningStep {
  step: Step;
  round: number;
  turn_id: TurnId;
  text: string;
  model: string | null;
  memory: ContextState;
  memory_turns: number;
  memory_tokens: number;
  started_at: Timestamp;
}

/** A running cycle as it stands; messages after `sequence` follow. */
export interface CycleSnapshot {
  session_id: SessionId;
  conversation_id: ConversationId;
  sequence: number;
  phase: Phase;
  turns: Turn[];
  running: RunningStep | null;
  stateless: { code: ErrorCode; reason: string } | null;
}

export interface CycleParams {
  session_id: SessionId;
  directive: string;
  /** False runs the plain cycle, whatever the session prefers. */
  memory: boolean;
  /** The conversation whose directive was edited. */
  branch_of: ConversationId | null;
  /** Null takes the memory as it is chosen. */
  tray: Tray | null;
}
