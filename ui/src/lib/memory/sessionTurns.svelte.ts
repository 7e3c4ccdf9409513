import type { Backend } from "../backend";
import type { Conversation, ConversationHistory, ConversationId } from "../backend/types";

/** Conversations read at once: enough to fill a screen several times, few enough to be there at once. */
const PAGE = 60;

type Histories = ReadonlyMap<ConversationId, ConversationHistory>;

/** What is read of one session: all its conversations, and the turns of the newest of them. */
export class SessionTurns {
  conversations = $state.raw<Conversation[]>([]);
  histories = $state.raw<Histories>(new Map());
  /** Grows whenever another session is shown; an answer for the one before is then dropped. Reading one again keeps it. */
  shown = $state(0);

  constructor(private readonly backend: Backend) {}

  /** Shows these, and nothing of what was shown before. */
  show(conversations: Conversation[], histories: Histories): void {
    this.conversations = conversations;
    this.histories = histories;
    this.shown += 1;
  }

  /** Shows what was read again in the place of what was there. */
  renew(conversations: Conversation[], histories: Histories): void {
    const there = new Set(conversations.map((c) => c.id));
    this.conversations = conversations;
    this.histories = new Map([...[...this.histories].filter(([id]) => there.has(id)), ...histories]);
  }

  /** The turns of conversations, which are not shown by this. */
  async read(conversations: readonly Conversation[]): Promise<Histories> {
    if (conversations.length === 0) return new Map();
    const read = await this.backend.conversationTurns({ conversation_ids: conversations.map((c) => c.id) });
    return new Map(read.map((history) => [history.conversation_id, history]));
  }

  /** As far back as is read, and the newest page of these at least; not shown by this. */
  readAgain(conversations: readonly Conversation[]): Promise<Histories> {
    const page = new Set(conversations.slice(-PAGE));
    return this.read(conversations.filter((c) => page.has(c) || this.histories.has(c.id)));
  }

  /** Reads what of the newest page is not read yet. */
  async readPage(): Promise<void> {
    await this.#add(this.#missing(this.conversations.slice(-PAGE)));
  }

  /** Reads the next older page. */
  async readEarlier(): Promise<void> {
    await this.#add(this.#missing(this.conversations).slice(-PAGE));
  }

  #missing(of: readonly Conversation[]): Conversation[] {
    return of.filter((c) => !this.histories.has(c.id));
  }

  async #add(conversations: readonly Conversation[]): Promise<void> {
    const { shown } = this;
    const more = await this.read(conversations);
    if (shown === this.shown && more.size > 0) this.histories = new Map([...more, ...this.histories]);
  }
}
