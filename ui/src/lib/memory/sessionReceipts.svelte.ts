import type { Backend } from "../backend";
import type { Receipt, Turn, TurnId } from "../backend/types";

/** Agent turns whose receipts are shown when none is looked at: those of the newest work. */
const NEWEST = 2;

/** What turns of the open session were given: the one that is looked at, or the newest ones. */
export class SessionReceipts {
  all = $state.raw<Receipt[]>([]);
  /** The agent turn whose receipt is looked at; null shows the newest ones. */
  selected: TurnId | null = null;
  /** Grows with every session, so that a late answer for another is dropped. */
  #session = 0;

  constructor(private readonly backend: Backend) {}

  /** Forgets those of the session before. */
  leave(): void {
    this.#session += 1;
    [this.selected, this.all] = [null, []];
  }

  /** Reads them; `turns` are those of the newest conversation. */
  async load(turns: readonly Turn[]): Promise<void> {
    const session = this.#session;
    const wanted = this.selected === null ? newestOf(turns) : [this.selected];
    const found = await Promise.all(wanted.map((turn_id) => this.backend.turnReceipt({ turn_id }).catch(() => null)));
    if (session === this.#session) this.all = found.filter((receipt) => receipt !== null);
  }
}

function newestOf(turns: readonly Turn[]): TurnId[] {
  const given = turns.filter((turn) => turn.metadata.step !== undefined && turn.metadata.step !== "review");
  return given.slice(-NEWEST).map((turn) => turn.id);
}
