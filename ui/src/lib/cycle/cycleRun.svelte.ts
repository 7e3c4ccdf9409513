import { AppError, type Backend, type OnMessage } from "../backend";
import type {
  ConversationId,
  CycleMessage,
  CycleReport,
  CycleSnapshot,
  ErrorCode,
  Phase,
  RunningStep,
  SessionId,
  Turn,
  TurnId,
  Usage,
} from "../backend/types";
import { spoken } from "./spoken";

/** Opens a run at the backend and says where it stands; null where there is none to attach to. */
type Open = (onMessage: OnMessage) => Promise<CycleSnapshot | null>;

/** What a run tells the one who made it. */
export interface RunEvents {
  /** A sentence for people who listen: a step's beginning or end, never a token. */
  announce(text: string): void;
  /** The run is over; the report is what it left. */
  ended(report: CycleReport): void;
  /** A turn could not be saved and is kept in memory. */
  unsaved?(): void;
}

/** A repetition before the first token. */
export interface Retrying {
  attempt: number;
  wait_ms: number;
  code: ErrorCode;
}

/**
 * One run of one cycle, as the window follows it. Made by `open`, fed by the backend's messages, over once `ended`.
 *
 * Messages may come before the snapshot they belong after, and one may be lost over a reload: they are applied by their
 * number, and a gap is closed by attaching again.
 */
export class CycleRun {
  readonly sessionId: SessionId;
  readonly conversationId: ConversationId;
  turns = $state.raw<Turn[]>([]);
  /** Turns whose only copy is this one, with the reason. */
  unstored = $state.raw<ReadonlyMap<TurnId, ErrorCode>>(new Map());
  phase = $state.raw<Phase>({ name: "recording" });
  running = $state.raw<Omit<RunningStep, "text"> | null>(null);
  /** What the running step wrote so far. */
  text = $state("");
  /** Whether the model is thinking aloud. */
  thinking = $state(false);
  retrying = $state.raw<Retrying | null>(null);
  stateless = $state.raw<{ code: ErrorCode; reason: string } | null>(null);
  usage = $state.raw<Usage | null>(null);
  stopping = $state(false);
  ended = $state(false);
  #sequence = 0;
  #resyncing = false;

  private constructor(
    snapshot: CycleSnapshot,
    private readonly backend: Backend,
    private readonly events: RunEvents,
  ) {
    this.sessionId = snapshot.session_id;
    this.conversationId = snapshot.conversation_id;
    this.#take(snapshot);
  }

  /**
   * Opens a run; null where there was none.
   *
   * Rejects with the backend's AppError, and then nothing runs.
   */
  static async open(backend: Backend, open: Open, events: RunEvents): Promise<CycleRun | null> {
    const early: CycleMessage[] = [];
    let run: CycleRun | null = null;
    const snapshot = await open((message) => (run === null ? early.push(message) : run.#receive(message)));
    if (snapshot === null) return null;
    run = new CycleRun(snapshot, backend, events);
    for (const message of early) run.#receive(message);
    return run;
  }

  /** Asks the run to stop; what was written is kept. */
  async stop(): Promise<void> {
    if (this.ended || this.stopping) return;
    this.stopping = true;
    try {
      await this.backend.cycleStop({ conversation_id: this.conversationId });
    } catch (thrown) {
      this.stopping = false;
      // It ended by itself in the meantime: that is what was asked for.
      if (AppError.from(thrown).code !== "cycle_state") throw thrown;
    }
  }

  /** These turns are saved after all. */
  saved(turns: readonly TurnId[]): void {
    const left = [...this.unstored].filter(([id]) => !turns.includes(id));
    if (left.length < this.unstored.size) this.unstored = new Map(left);
  }

  #take(snapshot: CycleSnapshot): void {
    this.#sequence = snapshot.sequence;
    this.turns = snapshot.turns;
    this.phase = snapshot.phase;
    this.stateless = snapshot.stateless;
    this.running = snapshot.running;
    this.text = snapshot.running?.text ?? "";
  }

  #receive(message: CycleMessage): void {
    if (this.ended || message.sequence <= this.#sequence) return;
    if (message.sequence > this.#sequence + 1 && message.event !== "ended") return void this.#resync();
    this.#sequence = message.sequence;
    this.#apply(message);
    if (message.event === "turn_not_stored") this.events.unsaved?.();
    const sentence = spoken(message);
    if (sentence !== null) this.events.announce(sentence);
  }

  async #resync(): Promise<void> {
    if (this.#resyncing) return;
    this.#resyncing = true;
    const attached = await this.backend
      .cycleAttach({ conversation_id: this.conversationId }, (message) => this.#receive(message))
      .catch(() => null);
    if (attached !== null && !this.ended && attached.sequence > this.#sequence) this.#take(attached);
    this.#resyncing = false;
  }

  #apply(message: CycleMessage): void {
    if (message.event !== "retrying") this.retrying = null;
    switch (message.event) {
      case "text":
        this.text += message.text;
        this.thinking = false;
        break;
      case "reasoning":
        this.thinking = true;
        break;
      case "model":
        if (this.running !== null) this.running = { ...this.running, model: message.model };
        break;
      case "step_started": {
        const { event: _event, sequence: _sequence, ...step } = message;
        this.running = { ...step, model: null, started_at: new Date().toISOString() };
        this.phase = { name: "running", data: { step: step.step } };
        [this.text, this.thinking] = ["", false];
        break;
      }
      case "step_ended":
        // The text stays on screen until its turn is there, or the end says that there is none.
        this.phase = { name: "storing", data: { step: message.step } };
        break;
      case "turn_stored":
      case "turn_not_stored":
        this.#addTurn(message.turn, message.event === "turn_stored" ? null : message.code);
        break;
      case "retrying":
        this.retrying = { attempt: message.attempt, wait_ms: message.wait_ms, code: message.code };
        break;
      case "stateless":
        this.stateless = { code: message.code, reason: message.reason };
        break;
      case "ended":
        this.#end(message.report);
        break;
      case "done":
        // `ended` follows once something was learned from it.
        this.phase = { name: "done", data: message.outcome };
        break;
      case "started":
      case "paused":
      case "escalated":
        // `ended` follows and carries the phase.
        break;
    }
  }

  #addTurn(turn: Turn, missing: ErrorCode | null): void {
    this.turns = [...this.turns.filter((known) => known.id !== turn.id), turn];
    const unstored = new Map(this.unstored);
    if (missing === null) unstored.delete(turn.id);
    else unstored.set(turn.id, missing);
    this.unstored = unstored;
    if (this.running?.turn_id === turn.id) [this.running, this.text] = [null, ""];
  }

  #end(report: CycleReport): void {
    const known = new Set(report.turns.map((turn) => turn.id));
    const held = this.turns.filter((turn) => this.unstored.has(turn.id) && !known.has(turn.id));
    this.turns = [...report.turns, ...held];
    this.phase = report.phase;
    this.usage = report.usage;
    [this.running, this.text, this.thinking, this.retrying] = [null, "", false, null];
    [this.stopping, this.ended] = [false, true];
    this.events.ended(report);
  }
}
