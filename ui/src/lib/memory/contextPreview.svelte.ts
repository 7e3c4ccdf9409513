import type { Backend } from "../backend";
import type { Context, Session } from "../backend/types";
import { ContextTray } from "./contextTray.svelte";

/** What the next cycle of the open session would be given. */
export class ContextPreview {
  /** As it was last asked for; null shows none. */
  context = $state.raw<Context | null>(null);

  constructor(
    private readonly backend: Backend,
    /** The open session, where its next cycle is given memory. */
    private readonly session: () => Session | null,
  ) {}

  /** Reads it anew. Failing, there is none to show. */
  async update(directive: string): Promise<void> {
    const [session, context] = [this.session(), await this.#wouldGive(directive).catch(() => null)];
    if (this.session()?.id === session?.id) this.context = context;
  }

  /** It, to be looked through; null where there is nothing to look through. Rejects with AppError. */
  async offer(directive: string): Promise<ContextTray | null> {
    const [session, offered] = [this.session(), await this.#wouldGive(directive)];
    const empty = session === null || offered === null || offered.items.length === 0;
    return empty ? null : new ContextTray(this.backend, session.id, directive, offered);
  }

  async #wouldGive(directive: string): Promise<Context | null> {
    const session = this.session();
    if (session === null || directive.trim() === "") return null;
    return this.backend.contextPreview({ session_id: session.id, directive, tray: null });
  }
}
