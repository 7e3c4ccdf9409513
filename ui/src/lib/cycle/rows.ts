import type { Conversation, ConversationHistory, ConversationId, Phase, Step, Turn, TurnId } from "../backend/types";
import type { CycleRun } from "./cycleRun.svelte";

/** One row of a transcript. Keys stay the same while a row changes. */
export type Row =
  | { kind: "day"; key: string; at: string }
  | { kind: "turn"; key: string; turn: Turn; stored: boolean; branch: boolean; latest: boolean }
  | { kind: "live"; key: string; run: CycleRun }
  | { kind: "end"; key: string; conversationId: ConversationId; phase: Phase };

/** What the rows are made of. */
export interface Said {
  conversations: readonly Conversation[];
  histories: ReadonlyMap<ConversationId, ConversationHistory>;
  runs: ReadonlyMap<ConversationId, CycleRun>;
  /** Turns that are kept and not saved yet. */
  waiting?: ReadonlySet<TurnId>;
}

/** The rows of conversations in their order; a run's own turns win over what was read before it. */
export function rowsOf({ conversations, histories, runs, waiting }: Said): Row[] {
  const rows: Row[] = [];
  let day = "";
  for (const conversation of conversations) {
    const run = runs.get(conversation.id);
    const history = histories.get(conversation.id);
    const turns = run?.turns ?? history?.turns ?? [];
    const phase = run?.phase ?? history?.phase;
    const latest = latestOfSteps(turns);
    for (const turn of turns) {
      const itsDay = new Date(turn.created_at).toDateString();
      if (itsDay !== day) rows.push({ kind: "day", key: `day-${turn.id}`, at: turn.created_at });
      day = itsDay;
      const branch = conversation.branch_of !== null && turn.number === 1;
      const stored = waiting?.has(turn.id) !== true && (run === undefined || !run.unstored.has(turn.id));
      rows.push({ kind: "turn", key: turn.id, turn, stored, branch, latest: latest.has(turn.id) });
    }
    if (run !== undefined && !run.ended) rows.push({ kind: "live", key: `live-${conversation.id}`, run });
    else if (phase !== undefined && needsPerson(phase)) {
      rows.push({ kind: "end", key: `end-${conversation.id}`, conversationId: conversation.id, phase });
    }
  }
  return rows;
}

/** The newest turn of each step: the ones that can be done again. */
function latestOfSteps(turns: readonly Turn[]): Set<string> {
  const latest = new Map<Step, string>();
  for (const turn of turns) if (turn.metadata.step !== undefined) latest.set(turn.metadata.step, turn.id);
  return new Set(latest.values());
}

/** Whether the end of a cycle is something to say beyond its turns. */
const needsPerson = (phase: Phase): boolean =>
  phase.name === "paused" ||
  phase.name === "unstored" ||
  phase.name === "escalated" ||
  (phase.name === "done" && phase.data === "no_verdict");
