import { AppError, type Backend } from "../backend";
import type { ConversationId, RelatedConversation, SessionContext, SessionId } from "../backend/types";
import { words } from "../words";
import { ContextCache } from "./contextCache";

/** Related conversations shown: a few to go on from, not a list to search. */
const MOST_RELATED = 3;
/** Sessions whose context is kept: what a person goes back and forth between. */
export const CACHED_CONTEXTS = 12;

/** What the open session is about, and what else is about the same as its newest conversation. */
export class SessionAbout {
  context = $state.raw<SessionContext | null>(null);
  related = $state.raw<RelatedConversation[]>([]);
  /** Why it could not be read; null when it could. */
  failure = $state<string | null>(null);
  readonly cache = new ContextCache<SessionContext>(CACHED_CONTEXTS);
  /** Grows with every question, so that a late answer to an earlier one is dropped. */
  #asked = 0;

  constructor(private readonly backend: Backend) {}

  /** Shows what is known of a session until it is read; of none, nothing. */
  show(session: SessionId | null): void {
    this.#asked += 1;
    this.context = session === null ? null : (this.cache.get(session) ?? null);
    [this.related, this.failure] = [[], null];
  }

  /** Reads what a session is about. */
  async update(session: SessionId, newest: ConversationId | undefined): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    try {
      const [context, related] = await Promise.all([
        this.backend.sessionContext({ session_id: session }),
        newest === undefined ? [] : this.backend.conversationRelated({ conversation_id: newest, limit: MOST_RELATED }),
      ]);
      this.cache.set(session, context);
      if (asked === this.#asked) [this.context, this.related, this.failure] = [context, related, null];
    } catch (thrown) {
      if (asked === this.#asked) this.failure = words.errors[AppError.from(thrown).code].title;
    }
  }

  /** Forgets everything that was read. */
  forget(): void {
    this.show(null);
    this.cache.clear();
  }
}
