import type { Receipt, RelatedConversation, Session, SessionContext } from "../backend/types";
import { words } from "../words";

/** Whether memory takes part, for the dot: its colour, its word and why. */
export interface MemoryStatus {
  level: "green" | "amber" | "red";
  word: string;
  reason: string;
}

/** All the context panel shows. */
export interface PanelState {
  status: MemoryStatus;
  context: SessionContext | null;
  /** What else is about the same as the newest conversation. */
  related: RelatedConversation[];
  /** Receipts of the steps that are looked at. */
  receipts: Receipt[];
}

/** What the status follows from. */
export interface StatusFacts {
  session: Session | null;
  temporary: boolean;
  /** Memory as the whole app has it. */
  app: boolean;
  /** Memory as the next cycle has it. */
  cycle: boolean;
  /** Why memory failed, in the last run or in reading the context; null when it works. */
  failure: string | null;
}

/** The memory's status, the worst fact first. */
export function memoryStatus(facts: StatusFacts): MemoryStatus {
  const { status, reason } = words.context;
  const amber = (text: string): MemoryStatus => ({ level: "amber", word: status.amber, reason: text });
  if (facts.failure !== null) return { level: "red", word: status.red, reason: facts.failure };
  if (!facts.app) return amber(reason.appOff);
  if (facts.session?.preferences.memory === false) return amber(reason.sessionOff);
  if (!facts.cycle) return amber(reason.cycleOff);
  const empty = facts.session === null || facts.session.conversation_count === 0;
  const green = facts.temporary ? reason.temporary : empty ? reason.fresh : reason.used;
  return { level: "green", word: status.green, reason: green };
}
