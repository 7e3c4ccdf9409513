import type { Backend } from "../backend";
import type { ChangeTag, Conversation, ConversationHistory, ConversationId } from "../backend/types";
import type { CycleReport, Session, SessionId, Step, TurnId } from "../backend/types";
import { CycleRun } from "../cycle/cycleRun.svelte";
import { CycleRuns } from "../cycle/cycleRuns.svelte";
import { type Row, rowsOf } from "../cycle/rows";
import { SessionAbout } from "./about.svelte";
import { ContextPreview } from "./contextPreview.svelte";
import type { ManagerHost } from "./host";
import type { Through } from "./lookThrough.svelte";
import { newest } from "./newest";
import { type PanelState, memoryStatus } from "./panel";
import { SessionReceipts } from "./sessionReceipts.svelte";
import { SessionTurns } from "./sessionTurns.svelte";

/** After so long, in milliseconds, a session that is still being read leaves an empty page rather than the one before it. */
const EMPTY_AFTER_MS = 120;
/** How many running conversations are looked for when a session is opened; a person has one, rarely two. */
const MOST_ATTACHED = 3;

/**
 * The open session: what was said in it, what runs in it, what of memory goes into it. The session begins with its
 * first directive; until then `current` is null.
 */
export class CCCMemoryManager {
  current = $state.raw<Session | null>(null);
  /** Whether a session that begins now is temporary. */
  temporaryNext = $state(false);
  /** Whether the next cycle uses memory. */
  memoryNext = $state(true);
  /** The session that is being opened. Until it is read, the one before stays as it is, unless that takes long. */
  heading = $state.raw<Session | null>(null);
  /** What is read of the open session. */
  readonly read: SessionTurns;
  readonly runs = new CycleRuns();
  readonly about: SessionAbout;
  readonly receipts: SessionReceipts;
  readonly preview: ContextPreview;
  /** Grows with every session that is shown, so that a late answer for another is dropped. A session's first directive keeps it. */
  opening = $state(0);
  /** Grows with every session that is asked for. */
  #asked = 0;

  constructor(
    private readonly backend: Backend,
    private readonly host: ManagerHost,
  ) {
    this.about = new SessionAbout(backend);
    this.receipts = new SessionReceipts(backend);
    this.preview = new ContextPreview(backend, () => (this.memoryWanted && this.current?.preferences.memory ? this.current : null));
    this.read = new SessionTurns(backend);
  }

  get loading(): boolean {
    return this.heading !== null;
  }

  get conversations(): Conversation[] {
    return this.read.conversations;
  }

  get histories(): ReadonlyMap<ConversationId, ConversationHistory> {
    return this.read.histories;
  }

  /** The rows of the transcript, as far back as it is read. */
  readonly rows: Row[] = $derived.by(() => {
    const { histories, runs } = this;
    const conversations = this.conversations.filter((c) => histories.has(c.id) || runs.has(c.id));
    return rowsOf({ conversations, histories, runs, waiting: this.host.waiting?.() ?? new Set() });
  });

  /** Whether older ones are still to be read. */
  readonly hasEarlier: boolean = $derived(this.conversations.some((c) => !this.histories.has(c.id) && !this.runs.has(c.id)));

  /** The run going on in the open session. */
  readonly activeRun: CycleRun | null = $derived(
    [...this.runs.values()].find((run) => !run.ended && run.sessionId === this.current?.id) ?? null,
  );

  /** Sessions with a cycle running. */
  readonly busySessions: ReadonlySet<SessionId> = $derived(new Set([...this.runs.values()].filter((run) => !run.ended).map((run) => run.sessionId)));

  /** All the context panel shows. */
  readonly panel: PanelState = $derived.by(() => this.renderContextPanel());

  /** Shows an empty session, which begins with its first directive. */
  startNew(temporary: boolean): void {
    this.#leave();
    this.runs.drop(this.runs.over());
    this.temporaryNext = temporary;
  }

  /** Makes the session that was begun by writing. */
  async initializeSession(): Promise<Session> {
    const session = await this.backend.sessionCreate({ temporary: this.temporaryNext, preferences: null });
    this.current = session;
    this.temporaryNext = false;
    return session;
  }

  /** Opens a session: its newest conversations, its running cycle, and, once they are drawn, the rest of a page and its context. */
  async loadSession(session: Session): Promise<void> {
    if (this.current?.id === session.id) return this.#readAgain(session);
    this.#asked += 1;
    const [asked, over] = [this.#asked, this.runs.over()];
    this.heading = session;
    let turned = false;
    const show = (...read: Parameters<SessionTurns["show"]>) => {
      if (asked !== this.#asked) return;
      // As it is by now: it may have been renamed while it was read.
      if (!turned) this.#turnTo(this.heading ?? session);
      turned = true;
      this.read.show(...read);
    };
    const late = setTimeout(show, EMPTY_AFTER_MS, [], new Map());
    try {
      const conversations = await this.#conversationsOf(session);
      const histories = await this.read.read(newest(conversations));
      if (asked === this.#asked) this.runs.drop(over);
      show(conversations, histories);
    } catch (thrown) {
      show([], new Map());
      throw thrown;
    } finally {
      clearTimeout(late);
      if (asked === this.#asked) this.heading = null;
    }
    await this.host.drawn();
    if (asked === this.#asked) await Promise.all([this.read.readPage(), this.updateContext(), this.#loadReceipts()]);
  }

  /** Reads the open session again. It stays as it is until then, and the reader stays where they are. */
  async #readAgain(session: Session): Promise<void> {
    this.#asked += 1;
    const [asked, over] = [this.#asked, this.runs.over()];
    [this.current, this.heading] = [session, null];
    const conversations = await this.#conversationsOf(session);
    const histories = await this.read.readAgain(conversations);
    if (asked !== this.#asked) return;
    this.runs.drop(over);
    this.read.renew(conversations, histories);
    await Promise.all([this.updateContext(), this.#loadReceipts()]);
  }

  /** The session's conversations, those that run attached before anything is read: a run that ends in between is read whole. */
  async #conversationsOf(session: Session): Promise<Conversation[]> {
    const conversations = await this.backend.conversationList({ session_id: session.id });
    await this.#attach(conversations);
    return conversations;
  }

  has = (turn: TurnId): boolean => this.rows.some((row) => row.kind === "turn" && row.turn.id === turn);

  /** Reads the next older conversations. */
  loadEarlier = (): Promise<void> => this.read.readEarlier();

  /** Runs a directive through the cycle with what is let through of its memory; begins the session where there is none. */
  async enhancedCovenantCycle(directive: string, branchOf: ConversationId | null = null, through: Partial<Through> = {}): Promise<void> {
    const session = this.current ?? (await this.initializeSession());
    const { tray = null, without = false } = through;
    const params = { session_id: session.id, directive, memory: this.memoryWanted && !without, branch_of: branchOf, tray };
    await this.#follow((onMessage) => this.backend.cycleRun(params, onMessage));
    this.memoryNext = true;
    this.preview.context = null;
  }

  /** Goes on where a cycle stopped. */
  async resume(conversation_id: ConversationId): Promise<void> {
    await this.#follow((on) => this.backend.cycleResume({ conversation_id, memory: this.memoryWanted }, on));
  }

  /** Answers what a cycle asked. */
  async answer(conversation_id: ConversationId, answer: string): Promise<void> {
    await this.#follow((on) => this.backend.cycleAnswer({ conversation_id, answer, memory: this.memoryWanted }, on));
  }

  /** Does a step again, and those after it. */
  async retryStep(conversation_id: ConversationId, step: Step): Promise<void> {
    await this.#follow((on) => this.backend.cycleRetryStep({ conversation_id, step, memory: this.memoryWanted }, on));
  }

  /** Reads what the open session is about, into the panel and the cache. */
  async updateContext(): Promise<void> {
    if (this.current !== null) await this.about.update(this.current.id, this.conversations.at(-1)?.id);
  }

  /** What the panel shows, from all that is known. */
  renderContextPanel(): PanelState {
    const run = this.activeRun ?? this.runs.get(this.conversations.at(-1)?.id ?? "");
    const facts = {
      session: this.current,
      temporary: this.current?.temporary ?? this.temporaryNext,
      app: this.host.memoryOn(),
      cycle: this.memoryNext,
      failure: this.about.failure ?? run?.stateless?.reason ?? null,
    };
    const { context, related } = this.about;
    return { status: memoryStatus(facts), context, related, receipts: this.receipts.all };
  }

  /** Shows what one turn was given; null shows the newest conversation's turns. */
  async select(turn: TurnId | null): Promise<void> {
    this.receipts.selected = turn;
    await this.#loadReceipts();
  }

  /** Takes what changed behind the window's back. */
  async changed(tags: ChangeTag[], sessions: readonly Session[]): Promise<void> {
    const known = (session: Session | null) => sessions.find((s) => s.id === session?.id) ?? session;
    [this.current, this.heading] = [known(this.current), known(this.heading)];
    // One that is being opened may have been read before the change.
    const session = this.heading ?? this.current;
    if (tags.includes("conversations") && session !== null && this.activeRun === null) {
      this.about.cache.delete(session.id);
      await this.loadSession(session);
    } else if (tags.includes("context")) await this.updateContext();
  }

  /** These turns are saved now. */
  saved(turns: readonly TurnId[]): void {
    for (const run of this.runs.values()) run.saved(turns);
  }

  /** Forgets everything opened, as locking does. */
  forget(): void {
    this.#leave();
    this.runs.clear();
    this.about.forget();
  }

  /** Memory as the next cycle will have it. */
  get memoryWanted(): boolean {
    return this.memoryNext && this.host.memoryOn();
  }

  /** Opens a run and keeps it; null where there was none. */
  async #run(open: Parameters<typeof CycleRun.open>[1]): Promise<CycleRun | null> {
    const ended = (report: CycleReport) => void this.#ended(report);
    const events = { announce: (text: string) => this.host.announce(text), ended, unsaved: () => this.host.unsaved?.() };
    const run = await CycleRun.open(this.backend, open, events);
    if (run !== null) this.runs.keep(run);
    return run;
  }

  async #follow(open: Parameters<typeof CycleRun.open>[1]): Promise<void> {
    const run = await this.#run(open);
    if (run === null) return;
    if (this.conversations.some((c) => c.id === run.conversationId) || this.current?.id !== run.sessionId) return;
    const opening = this.opening;
    const conversations = await this.backend.conversationList({ session_id: run.sessionId });
    if (opening !== this.opening) return;
    this.read.conversations = conversations;
    void this.updateContext();
    // A run that was over by now asked for the receipts of the conversation before it.
    if (run.ended) await this.#loadReceipts();
  }

  async #ended(report: CycleReport): Promise<void> {
    if (this.current?.id !== report.session_id) {
      const run = this.runs.get(report.conversation_id);
      if (run?.unstored.size === 0) this.runs.delete(report.conversation_id);
      return;
    }
    this.receipts.selected = null;
    await Promise.all([this.updateContext(), this.#loadReceipts()]);
  }

  async #attach(conversations: readonly Conversation[]): Promise<void> {
    const open = conversations.filter((c) => c.status === "active" && !this.runs.has(c.id)).slice(-MOST_ATTACHED);
    await Promise.all(open.map(({ id }) => this.#run((on) => this.backend.cycleAttach({ conversation_id: id }, on))));
  }

  async #loadReceipts(): Promise<void> {
    const last = this.conversations.at(-1)?.id ?? "";
    await this.receipts.load(this.runs.get(last)?.turns ?? this.histories.get(last)?.turns ?? []);
  }

  /** Shows no session, nor any that is being opened. */
  #leave(): void {
    this.#asked += 1;
    this.heading = null;
    this.#turnTo(null);
    this.read.show([], new Map());
  }

  /** Everything but what is read. */
  #turnTo(session: Session | null): void {
    this.opening += 1;
    this.current = session;
    this.about.show(session?.id ?? null);
    this.receipts.leave();
    this.preview.context = null;
    this.memoryNext = true;
  }
}
