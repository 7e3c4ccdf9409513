import type { OnMessage } from "../backend";
import type { ContextState, CycleReport, CycleSnapshot, CycleUpdate, ErrorCode, Phase, RunningStep, Step, Turn, Verdict } from "../types";
import type { MockClock } from "./clock";
import { mockContext, through } from "./memory";
import { type ReviewEnd, says } from "./script";
import type { CycleScenario } from "./scenario";
import type { MockStore } from "./store";

/** Between two words, in milliseconds. */
export const WORD_MS = 30;

const iso = (ms: number) => new Date(ms).toISOString();

/** One cycle of the mock: streams word by word on the clock and may be told to fail. */
export class MockRun {
  readonly sessionId: string;
  readonly #directive: string;
  readonly #listeners = new Set<OnMessage>();
  #sequence = 0;
  #stopped = false;
  #running: RunningStep | null = null;
  #phase: Phase = { name: "recording" };
  #stateless: { code: ErrorCode; reason: string } | null = null;

  constructor(
    private readonly store: MockStore,
    private readonly clock: MockClock,
    readonly conversationId: string,
    private readonly memory: boolean,
    private scenario: CycleScenario,
    private readonly ended: () => void,
  ) {
    const conversation = store.conversation(conversationId);
    this.sessionId = conversation.session_id;
    this.#directive = conversation.directive;
  }

  listen(onMessage: OnMessage): void {
    this.#listeners.add(onMessage);
  }

  stop(): void {
    this.#stopped = true;
  }

  /** The web view went away: nobody hears the run any more. */
  deafen(): void {
    this.#listeners.clear();
  }

  snapshot(): CycleSnapshot {
    return structuredClone({
      session_id: this.sessionId,
      conversation_id: this.conversationId,
      sequence: this.#sequence,
      phase: this.#phase,
      turns: this.store.turns.get(this.conversationId) ?? [],
      running: this.#running,
      stateless: this.#stateless,
    });
  }

  /** Goes through the steps from `first` in `round` to the end or to where the person is needed. */
  async go(first: Step, round: number): Promise<void> {
    this.store.conversation(this.conversationId).status = "active";
    this.#emit({ event: "started", session_id: this.sessionId, conversation_id: this.conversationId });
    await this.clock.wait(WORD_MS);
    let next: { step: Step; round: number } | null = { step: first, round };
    while (next !== null) next = await this.#step(next.step, next.round);
    this.#finish();
  }

  async #step(step: Step, round: number): Promise<{ step: Step; round: number } | null> {
    const running = this.#begin(step, round);
    if (step === "analyse" && this.#take("retrying")) await this.#retry();
    if (step === "analyse" && this.#take("provider_down")) return this.#pause(running, null, "provider_unreachable");
    this.#emit({ event: "model", model: "example/quill-large" });
    running.model = "example/quill-large";
    const end = this.#reviewEnd(step);
    const cut = step === "execute" && (this.scenario === "interrupted" || this.scenario === "truncated") ? this.scenario : null;
    const words = says(step, this.#directive, round, end).split(/(?<=\s)/);
    for (const word of cut === null ? words : words.slice(0, 24)) {
      if (this.#stopped) return this.#pause(running, "interrupted", "cancelled");
      running.text += word;
      this.#emit({ event: "text", text: word });
      await this.clock.wait(WORD_MS);
    }
    if (this.#stopped) return this.#pause(running, "interrupted", "cancelled");
    if (cut !== null) {
      this.scenario = "plain";
      return this.#pause(running, cut, cut === "truncated" ? "truncated" : "provider_unreachable");
    }
    return this.#complete(running, end);
  }

  #begin(step: Step, round: number): RunningStep {
    const { preferences } = this.store.session(this.sessionId);
    if (this.#take("stateless")) {
      this.#stateless = { code: "data_damaged", reason: "the index of this session cannot be read" };
      this.#emit({ event: "stateless", ...this.#stateless });
    }
    const tray = this.store.trays.get(this.conversationId);
    const context = through(mockContext(this.store, this.sessionId, this.#directive, this.conversationId), tray);
    const on = this.memory && preferences.memory;
    const state: ContextState =
      step === "review" ? { state: "not_taken" } : !on ? { state: "off" } : this.#stateless ? { state: "unavailable", reason: this.#stateless.reason } : { state: "used" };
    const used = state.state === "used";
    const turn_id = this.store.id();
    if (!used) Object.assign(context, { items: [], block: "", tokens: 0 });
    this.store.receipts.set(turn_id, { id: this.store.id(), turn_id, step, created_at: this.#now(), context: { ...context, ...state } });
    const running: RunningStep = {
      step, round, turn_id, text: "", model: null, memory: state,
      memory_turns: context.items.length, memory_tokens: context.tokens, started_at: this.#now(),
    };
    this.#running = running;
    this.#phase = { name: "running", data: { step } };
    this.#emit({ event: "step_started", step, round, turn_id, memory: state, memory_turns: running.memory_turns, memory_tokens: running.memory_tokens });
    return running;
  }

  async #retry(): Promise<void> {
    for (const attempt of [1, 2]) {
      this.#emit({ event: "retrying", attempt, wait_ms: 2_000, code: "provider_rate_limited" });
      await this.clock.wait(2_000);
    }
  }

  #reviewEnd(step: Step): ReviewEnd {
    if (step !== "review") return "accept";
    if (this.#take("send_back")) return "send_back";
    if (this.#take("escalated")) return "escalate";
    return this.#take("no_verdict") ? "not_given" : "accept";
  }

  #complete(running: RunningStep, end: ReviewEnd): { step: Step; round: number } | null {
    const { step, round } = running;
    const text = end === "send_back" ? "the check for the second step is missing" : "should old measurements be kept or replaced?";
    const verdict: Verdict | null =
      step !== "review" ? null : end === "accept" || end === "not_given" ? { verdict: end } : { verdict: end, text };
    const turn = this.#turn(running, "complete", verdict);
    this.#endStep(running, turn, verdict);
    if (step === "execute" && this.#take("unstored")) {
      this.#emit({ event: "turn_not_stored", turn: { ...turn, number: (this.store.turns.get(this.conversationId)?.length ?? 0) + 1 }, code: "disk_failed" });
      this.#phase = { name: "unstored", data: { cause: "disk_failed" } };
      return null;
    }
    this.#emit({ event: "turn_stored", turn: this.store.append(turn) });
    if (step === "analyse") return { step: "execute", round };
    if (step === "execute") return { step: "review", round };
    if (end === "send_back") return { step: "execute", round: round + 1 };
    if (end === "escalate") {
      this.#phase = { name: "escalated", data: { question: text } };
      this.#emit({ event: "escalated", question: text });
      return null;
    }
    const outcome = end === "not_given" ? "no_verdict" : "accepted";
    this.#phase = { name: "done", data: outcome };
    this.store.conversation(this.conversationId).status = "completed";
    this.#emit({ event: "done", outcome });
    return null;
  }

  #pause(running: RunningStep, status: "interrupted" | "truncated" | null, code: ErrorCode): null {
    const kept = status !== null && running.text.trim() !== "" ? this.#turn(running, status, null) : null;
    this.#endStep(running, kept, null);
    if (kept !== null) this.#emit({ event: "turn_stored", turn: this.store.append(kept) });
    this.#phase = { name: "paused", data: { step: running.step, cause: code } };
    this.#emit({ event: "paused", step: running.step, code });
    return null;
  }

  #endStep(running: RunningStep, turn: Omit<Turn, "number"> | null, verdict: Verdict | null): void {
    const { step, round } = running;
    this.#running = null;
    this.#phase = { name: "storing", data: { step } };
    this.#emit({ event: "step_ended", step, round, status: turn?.status ?? null, usage: turn?.metadata.usage ?? null, verdict });
  }

  #turn(running: RunningStep, status: Turn["status"], verdict: Verdict | null): Omit<Turn, "number"> {
    const words = running.text.split(/\s+/).length;
    return {
      id: running.turn_id,
      session_id: this.sessionId,
      conversation_id: this.conversationId,
      agent: running.step === "execute" ? "codey" : "beatrice",
      content: running.text,
      created_at: running.started_at,
      status,
      metadata: {
        step: running.step,
        round: running.round,
        provider: "rehearsal",
        model: running.model ?? "rehearsal",
        rehearsal: true,
        latency_ms: this.clock.now() - Date.parse(running.started_at),
        usage: { prompt_tokens: 300 + running.memory_tokens, completion_tokens: Math.round(words * 1.4), estimated: true },
        ...(status === "complete" ? { finish_reason: "stop" as const } : {}),
        ...(status === "truncated" ? { finish_reason: "length" as const } : {}),
        ...(verdict === null ? {} : { verdict }),
        ...(running.memory.state === "unavailable" ? { stateless_reason: running.memory.reason } : {}),
      },
    };
  }

  #finish(): void {
    this.store.phases.set(this.conversationId, this.#phase);
    this.ended();
    const turns = this.store.turns.get(this.conversationId) ?? [];
    const spent = turns.flatMap((t) => t.metadata.usage ?? []);
    const report: CycleReport = {
      session_id: this.sessionId,
      conversation_id: this.conversationId,
      phase: this.#phase,
      turns,
      stateless: this.#stateless?.code ?? null,
      usage: {
        prompt_tokens: spent.reduce((sum, u) => sum + u.prompt_tokens, 0),
        completion_tokens: spent.reduce((sum, u) => sum + u.completion_tokens, 0),
        estimated: spent.some((u) => u.estimated),
      },
    };
    this.#emit({ event: "ended", report });
  }

  #take(scenario: CycleScenario): boolean {
    if (this.scenario !== scenario) return false;
    this.scenario = "plain";
    return true;
  }

  #now = () => iso(this.clock.now());

  #emit(update: CycleUpdate | { event: "ended"; report: CycleReport }): void {
    this.#sequence += 1;
    for (const listener of this.#listeners) listener(structuredClone({ sequence: this.#sequence, ...update }));
  }
}
