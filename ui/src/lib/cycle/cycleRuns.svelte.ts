import { SvelteMap } from "svelte/reactivity";

import type { ConversationId } from "../backend/types";
import type { CycleRun } from "./cycleRun.svelte";

/** Runs that are followed, and those that ended and whose turns are only here or are shown; by conversation. */
export class CycleRuns extends SvelteMap<ConversationId, CycleRun> {
  /** Keeps a run in place of an older one of its conversation. */
  keep(run: CycleRun): void {
    this.set(run.conversationId, run);
  }

  /** Those that left nothing but what is stored, which tells of them when their session is opened. */
  over(): CycleRun[] {
    return [...this.values()].filter((run) => run.ended && run.unstored.size === 0);
  }

  /** Lets runs go, where no newer one took their place. */
  drop(runs: readonly CycleRun[]): void {
    for (const run of runs) if (this.get(run.conversationId) === run) this.delete(run.conversationId);
  }
}
