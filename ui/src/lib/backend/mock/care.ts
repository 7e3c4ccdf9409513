import { AppError } from "../appError";
import type { Backend } from "../backend";
import type { ChainReport, ChangeTag, PendingErasure, Target, WaitingTurns } from "../types";
import type { MockClock } from "./clock";
import { mockTrail, mockUpkeep } from "./health";
import type { MockStore } from "./store";

/** What waits to be saved, whether trying is in vain, and whether the audit trail's end is gone. */
export interface Unsaved {
  state: WaitingTurns | null;
  stuck: boolean;
  cut: boolean;
}

/** What the care of the mock's data needs. */
interface Surroundings {
  store: MockStore;
  clock: MockClock;
  unsaved: Unsaved;
  changed: (...tags: ChangeTag[]) => void;
}

type Care =
  | "turnDelete" | "conversationDelete" | "erasureUndo"
  | "waitingTurns" | "waitingWrite" | "waitingExport"
  | "upkeepRun" | "upkeepState" | "upkeepCancel"
  | "auditList" | "auditKinds" | "auditVerify" | "auditAccept" | "auditExport";

/** Deleting, what waits to be saved, upkeep and the audit trail. */
export function careOf({ store, clock, unsaved, changed }: Surroundings, undoMs: number): Pick<Backend, Care> {
  const count = () => [...store.turns.values()].flat().length;

  const erase = (target: Exclude<Target, { kind: "session" }>): PendingErasure => {
    store.hide(target, new Date(clock.now()).toISOString());
    void clock.wait(undoMs).then(() => store.forgetUndo(target));
    changed("sessions", "conversations", "context");
    return { target, carried_out_at: new Date(clock.now() + undoMs).toISOString() };
  };

  const trail = (): ChainReport => ({
    entries: count(),
    broken_at: null,
    anchor: unsaved.cut ? "cut" : "holds",
    anchored_at: count(),
  });

  return {
    turnDelete: async ({ turn_id }) => erase({ kind: "turn", id: turn_id }),
    conversationDelete: async ({ conversation_id }) => erase({ kind: "conversation", id: conversation_id }),
    erasureUndo: async ({ target }) => {
      if (!store.undo(target)) throw new AppError("not_found", "it is gone");
      changed("sessions", "conversations", "context");
    },

    waitingTurns: async () => structuredClone(unsaved.state),
    waitingWrite: async () => {
      if (!unsaved.stuck) unsaved.state = null;
      changed("waiting");
      return structuredClone(unsaved.state);
    },
    waitingExport: async () => ({ conversations: 1, turns: unsaved.state?.turns.length ?? 0, bytes: 900 }),

    upkeepRun: async () => mockUpkeep(clock.now()),
    upkeepState: async () => mockUpkeep(clock.now()),
    upkeepCancel: async () => undefined,

    auditList: async ({ filter }) => mockTrail(store, filter),
    auditKinds: async () => [{ entity: "turn", action: "store" }],
    auditVerify: async () => trail(),
    auditAccept: async () => {
      unsaved.cut = false;
      return trail();
    },
    auditExport: async () => count(),
  };
}
