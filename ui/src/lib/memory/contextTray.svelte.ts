import type { Backend } from "../backend";
import type { Context, SessionId, Tray, TurnId } from "../backend/types";

/**
 * The memory of a cycle that is about to be sent, while a person looks through it. What it ends up with is what the
 * cycle is given; what is left out makes no room for turns that were not shown.
 */
export class ContextTray {
  /** Everything that may be given, oldest first. */
  offered = $state.raw<Context>({ state: "off", items: [], block: "", tokens: 0, budget_tokens: 0, considered: 0 });
  leftOut = $state.raw<ReadonlySet<TurnId>>(new Set());
  /** What the cycle is given as it stands. */
  given = $state.raw<Context>(this.offered);
  /** Grows with every question, so that a late answer to an earlier one is dropped. */
  #asked = 0;

  constructor(
    private readonly backend: Backend,
    private readonly session: SessionId,
    readonly directive: string,
    offered: Context,
  ) {
    this.offered = offered;
    this.given = offered;
  }

  /** What is let through, as the cycle takes it. */
  get tray(): Tray {
    const ids = this.offered.items.map((item) => item.turn_id);
    return { kept: ids.filter((id) => !this.leftOut.has(id)), left_out: ids.filter((id) => this.leftOut.has(id)) };
  }

  /** Leaves a turn out, or takes it in again. Rejects with AppError, and the totals are then those of before. */
  async toggle(id: TurnId): Promise<void> {
    const next = new Set(this.leftOut);
    if (!next.delete(id)) next.add(id);
    this.leftOut = next;
    await this.#count();
  }

  /** Reads anew what may be given, as after a turn was pinned or muted; what was left out stays so. */
  async renew(): Promise<void> {
    this.offered = await this.backend.contextPreview({ session_id: this.session, directive: this.directive, tray: null });
    const there = new Set(this.offered.items.map((item) => item.turn_id));
    this.leftOut = new Set([...this.leftOut].filter((id) => there.has(id)));
    await this.#count();
  }

  async #count(): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    const given = await this.backend.contextPreview({ session_id: this.session, directive: this.directive, tray: this.tray });
    if (asked === this.#asked) this.given = given;
  }
}
