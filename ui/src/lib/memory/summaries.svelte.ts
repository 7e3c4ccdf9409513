import { AppError, type Backend } from "../backend";
import type { ContextSummary, SessionId } from "../backend/types";
import { words } from "../words";

/** What can be done with the summaries of the open session. What is stored comes back as a change of its context. */
export class SessionSummaries {
  /** The earlier ones, newest first; null until they are asked for. */
  older = $state.raw<ContextSummary[] | null>(null);
  /** A model is writing, or a text is being stored. */
  busy = $state(false);
  /** Why the last wish was not granted; null when it was. */
  failure = $state<string | null>(null);

  constructor(
    private readonly backend: Backend,
    readonly session: SessionId,
  ) {}

  /** Reads the earlier ones. */
  async readOlder(): Promise<void> {
    await this.#do(async () => {
      const all = await this.backend.summaryList({ session_id: this.session });
      this.older = all.slice(1);
    });
  }

  /** Stores what the person wrote; false where it was refused. */
  edit(text: string): Promise<boolean> {
    return this.#change(() => this.backend.summaryEdit({ session_id: this.session, text }));
  }

  /** Asks the session's model for a summary; false where none came. */
  write(): Promise<boolean> {
    return this.#change(() => this.backend.summaryWrite({ session_id: this.session }));
  }

  async #change(work: () => Promise<unknown>): Promise<boolean> {
    const done = await this.#do(work);
    if (done && this.older !== null) await this.readOlder();
    return done;
  }

  async #do(work: () => Promise<unknown>): Promise<boolean> {
    [this.busy, this.failure] = [true, null];
    try {
      await work();
      return true;
    } catch (thrown) {
      const { code } = AppError.from(thrown);
      const { title, text } = words.errors[code];
      this.failure = code === "invalid_input" ? words.context.summaryNoModel : `${title}. ${text}`;
      return false;
    } finally {
      this.busy = false;
    }
  }
}
