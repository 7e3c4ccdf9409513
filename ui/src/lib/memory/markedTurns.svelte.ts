import { AppError, type Backend } from "../backend";
import type { SessionId, Turn, TurnId } from "../backend/types";
import { words } from "../words";
import { findTurns } from "./findTurns";

/** What turns say of which a session's preferences have the ids alone. */
export class MarkedTurns {
  /** Null for one that is nowhere any more; none for one that is not read yet. */
  said = $state.raw<ReadonlyMap<TurnId, Turn | null>>(new Map());
  /** Why they could not be read; null when they could. */
  failure = $state<string | null>(null);

  constructor(
    private readonly backend: Backend,
    /** Where they may have been said, the likeliest first. */
    private readonly sessions: () => SessionId[],
  ) {}

  /** Reads those that are not read yet. */
  async read(ids: readonly TurnId[]): Promise<void> {
    const wanted = ids.filter((id) => !this.said.has(id));
    if (wanted.length === 0) return;
    try {
      const found = await findTurns(this.backend, wanted, this.sessions());
      const there = (id: TurnId) => (found.get(id)?.metadata.deleted_at === undefined ? (found.get(id) ?? null) : null);
      this.said = new Map([...this.said, ...wanted.map((id) => [id, there(id)] as const)]);
      this.failure = null;
    } catch (thrown) {
      this.failure = words.errors[AppError.from(thrown).code].title;
    }
  }

  /** Has them read anew: one may be gone by then, or be back. */
  forget(): void {
    [this.said, this.failure] = [new Map(), null];
  }
}
