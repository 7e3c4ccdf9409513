import type { Backend } from "../backend";
import type { Context, SessionId, Tray, TurnId } from "../backend/types";

type Ids = ReadonlySet<TurnId>;

/**
 * The memory of a cycle that is about to be sent, while a person looks through it. What it ends up with is what the
 * cycle is given; what is left out makes no room for turns that were not shown.
 */
export class ContextTray {
  /** Everything that may be given, oldest first. */
  offered = $state.raw<Context>({ state: "off", items: [], block: "", tokens: 0, budget_tokens: 0, considered: 0 });
  /** As the person has it, counted or not. */
  leftOut = $state.raw<Ids>(new Set());
  /** What the cycle is given as it was counted last. */
  given = $state.raw<Context>(this.offered);
  /** Whether `given` is being counted anew. */
  counting = $state(false);
  /** What was left out of `given`. */
  #counted: Ids = this.leftOut;
  /** Whether `offered` is to be read anew. */
  #stale = false;
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

  /** What is let through, as the cycle takes it: what the total says, and no change that is still being counted. */
  get tray(): Tray {
    return through(this.offered, this.#counted);
  }

  /** Leaves a turn out, or takes it in again. Rejects with AppError, and everything is then as it was counted last. */
  async toggle(id: TurnId): Promise<void> {
    const next = new Set(this.leftOut);
    if (!next.delete(id)) next.add(id);
    this.leftOut = next;
    await this.#count();
  }

  /** Reads anew what may be given, as after a turn was marked; what was left out stays so. Rejects as `toggle`. */
  async renew(): Promise<void> {
    this.#stale = true;
    await this.#count();
  }

  async #count(): Promise<void> {
    const asked = (this.#asked += 1);
    const late = () => asked !== this.#asked;
    this.counting = true;
    try {
      const offered = this.#stale ? await this.#read(null) : this.offered;
      if (late()) return;
      const there = new Set(offered.items.map((item) => item.turn_id));
      const leftOut = new Set([...this.leftOut].filter((id) => there.has(id)));
      const given = await this.#read(through(offered, leftOut));
      if (late()) return;
      [this.offered, this.given, this.leftOut, this.#counted, this.#stale] = [offered, given, leftOut, leftOut, false];
    } catch (thrown) {
      // The later question tells whether it failed.
      if (late()) return;
      this.leftOut = this.#counted;
      throw thrown;
    } finally {
      if (!late()) this.counting = false;
    }
  }

  #read(tray: Tray | null): Promise<Context> {
    return this.backend.contextPreview({ session_id: this.session, directive: this.directive, tray });
  }
}

function through(offered: Context, leftOut: Ids): Tray {
  const ids = offered.items.map((item) => item.turn_id);
  return { kept: ids.filter((id) => !leftOut.has(id)), left_out: ids.filter((id) => leftOut.has(id)) };
}
