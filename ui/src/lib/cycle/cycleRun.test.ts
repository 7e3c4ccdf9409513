import { expect, test } from "vitest";

import { ManualClock, type MockBackend, createMock, settle } from "../backend/mock";
import type { CycleScenario } from "../backend/mock/scenario";
import type { CycleMessage, CycleReport, CycleSnapshot } from "../backend/types";
import { CycleRun } from "./cycleRun.svelte";

interface Followed {
  backend: MockBackend;
  clock: ManualClock;
  run: CycleRun;
  spoken: string[];
  reports: CycleReport[];
}

async function follow(cycle: CycleScenario): Promise<Followed> {
  const clock = new ManualClock();
  const backend = createMock({ clock, cycle, seeded: false });
  const session = await backend.sessionCreate({ temporary: false, preferences: null });
  const [spoken, reports]: [string[], CycleReport[]] = [[], []];
  const params = { session_id: session.id, directive: "Plan the release", memory: true, branch_of: null, tray: null };
  const run = await CycleRun.open(backend, (on) => backend.cycleRun(params, on), {
    announce: (text) => spoken.push(text),
    ended: (report) => reports.push(report),
  });
  if (run === null) throw new Error("no run");
  return { backend, clock, run, spoken, reports };
}

const steps = (run: CycleRun) => run.turns.map((t) => [t.agent, t.metadata.step, t.metadata.round, t.status]);

test("a cycle streams its three steps word by word and ends with what is stored", async () => {
  const { backend, clock, run, spoken, reports } = await follow("plain");
  await clock.advance(200);
  expect(run.running).toMatchObject({ step: "analyse", round: 0, model: "example/quill-large" });
  const early = run.text;
  await clock.advance(200);
  expect(run.text.startsWith(early) && run.text.length > early.length, "text only grows").toBe(true);
  await clock.run();
  expect(steps(run)).toEqual([
    ["wykeve", undefined, 0, "complete"],
    ["beatrice", "analyse", 0, "complete"],
    ["codey", "execute", 0, "complete"],
    ["beatrice", "review", 0, "complete"],
  ]);
  expect(run.phase).toEqual({ name: "done", data: "accepted" });
  expect([run.ended, run.text, run.running]).toEqual([true, "", null]);
  const [stored] = await backend.conversationTurns({ conversation_ids: [run.conversationId] });
  expect(run.turns).toEqual(stored?.turns);
  expect(reports).toHaveLength(1);
  expect(spoken).toEqual([
    "Beatrice is analysing.",
    "Analysis is complete.",
    "Codey is working.",
    "Work is complete.",
    "Beatrice is reviewing.",
    "Review is complete.",
    "The cycle is complete.",
  ]);
});

test("work that is sent back is done again in the next round", async () => {
  const { clock, run } = await follow("send_back");
  await clock.run();
  expect(steps(run).slice(2)).toEqual([
    ["codey", "execute", 0, "complete"],
    ["beatrice", "review", 0, "complete"],
    ["codey", "execute", 1, "complete"],
    ["beatrice", "review", 1, "complete"],
  ]);
});

const ends: [CycleScenario, CycleReport["phase"], string][] = [
  ["interrupted", { name: "paused", data: { step: "execute", cause: "provider_unreachable" } }, "interrupted"],
  ["truncated", { name: "paused", data: { step: "execute", cause: "truncated" } }, "truncated"],
  ["provider_down", { name: "paused", data: { step: "analyse", cause: "provider_unreachable" } }, "complete"],
  ["escalated", { name: "escalated", data: { question: "should old measurements be kept or replaced?" } }, "complete"],
  ["no_verdict", { name: "done", data: "no_verdict" }, "complete"],
  ["unstored", { name: "unstored", data: { cause: "disk_failed" } }, "complete"],
];
test.each(ends)("a cycle that ends %s says so and keeps what was written", async (scenario, phase, lastStatus) => {
  const { clock, run } = await follow(scenario);
  await clock.run();
  expect(run.phase).toEqual(phase);
  expect(run.turns.at(-1)?.status).toBe(lastStatus);
  expect(run.ended).toBe(true);
});

test("a turn that could not be stored is held here and marked", async () => {
  const { clock, run } = await follow("unstored");
  await clock.run();
  const held = run.turns.at(-1);
  expect([...run.unstored]).toEqual([[held?.id, "disk_failed"]]);
  expect(held?.metadata.step, "the only copy is not lost at the end of the run").toBe("execute");
});

test("a repetition is shown until the first word", async () => {
  const { clock, run, spoken } = await follow("retrying");
  await clock.advance(100);
  expect(run.retrying).toEqual({ attempt: 1, wait_ms: 2000, code: "provider_rate_limited" });
  await clock.advance(4_200);
  expect(run.retrying).toBeNull();
  expect(spoken.filter((s) => s.includes("Trying again")), "said once, not per attempt").toHaveLength(1);
});

test("a cycle without memory goes on and says why", async () => {
  const { clock, run } = await follow("stateless");
  await clock.advance(100);
  expect(run.stateless).toEqual({ code: "data_damaged", reason: "the index of this session cannot be read" });
  expect(run.running?.memory).toEqual({ state: "unavailable", reason: "the index of this session cannot be read" });
  await clock.run();
  expect(run.phase).toEqual({ name: "done", data: "accepted" });
});

test("stopping keeps what was written as interrupted", async () => {
  const { clock, run } = await follow("plain");
  await clock.advance(300);
  const written = run.text;
  await run.stop();
  expect(run.stopping).toBe(true);
  await clock.run();
  expect(run.turns.at(-1)).toMatchObject({ status: "interrupted", content: written });
  expect([run.stopping, run.ended]).toEqual([false, true]);
});

test("stopping what has just ended is no failure", async () => {
  const { backend, clock, run } = await follow("plain");
  await clock.advance(100);
  backend.failNext("cycleStop", "cycle_state");
  await expect(run.stop()).resolves.toBeUndefined();
  expect(run.stopping).toBe(false);
});

test("after a reload the stream goes on without losing or doubling a word", async () => {
  const { backend, clock, run } = await follow("plain");
  await clock.advance(400);
  backend.reload();
  await clock.advance(200);
  const again = await CycleRun.open(
    backend,
    (on) => backend.cycleAttach({ conversation_id: run.conversationId }, on),
    { announce: () => {}, ended: () => {} },
  );
  expect(again?.text.startsWith(run.text)).toBe(true);
  await clock.run();
  const [stored] = await backend.conversationTurns({ conversation_ids: [run.conversationId] });
  expect(again?.turns).toEqual(stored?.turns);
  expect(run.ended, "the window that is gone hears nothing").toBe(false);
});

test("attaching where nothing runs finds nothing", async () => {
  const { backend, clock, run } = await follow("plain");
  await clock.run();
  const open = CycleRun.open(backend, (on) => backend.cycleAttach({ conversation_id: run.conversationId }, on), {
    announce: () => {},
    ended: () => {},
  });
  expect(await open).toBeNull();
});

/** A run fed by hand, and what it asks for. */
async function fed(snapshot: Partial<CycleSnapshot>, attach: () => Promise<CycleSnapshot | null>) {
  const base: CycleSnapshot = {
    session_id: "s", conversation_id: "c", sequence: 5, phase: { name: "running", data: { step: "analyse" } },
    turns: [], running: null, stateless: null, ...snapshot,
  };
  let send: (message: CycleMessage) => void = () => {};
  const backend = Object.assign(createMock({ seeded: false }), { cycleAttach: attach });
  const run = await CycleRun.open(
    backend,
    async (on) => {
      send = on;
      on({ sequence: 5, event: "text", text: "known already" });
      on({ sequence: 6, event: "text", text: "six " });
      return base;
    },
    { announce: () => {}, ended: () => {} },
  );
  if (run === null) throw new Error("no run");
  return { run, send, base };
}

test("messages that overtake the snapshot are applied once, by their number", async () => {
  const { run, send } = await fed({}, async () => null);
  expect(run.text).toBe("six ");
  send({ sequence: 7, event: "text", text: "seven" });
  send({ sequence: 7, event: "text", text: "seven" });
  send({ sequence: 3, event: "text", text: "three" });
  expect(run.text).toBe("six seven");
});

test("a lost message is made good by attaching again", async () => {
  const step = { step: "analyse", round: 0, turn_id: "t", model: null, memory: { state: "used" }, memory_turns: 0, memory_tokens: 0, started_at: "2026-05-08T14:00:00.000Z" } as const;
  const { run, send } = await fed({ running: { ...step, text: "" } }, async () => ({
    session_id: "s", conversation_id: "c", sequence: 9, phase: { name: "running", data: { step: "analyse" } },
    turns: [], running: { ...step, text: "six seven eight nine" }, stateless: null,
  }));
  send({ sequence: 8, event: "text", text: "eight" });
  await settle();
  expect(run.text).toBe("six seven eight nine");
  send({ sequence: 10, event: "text", text: " ten" });
  expect(run.text).toBe("six seven eight nine ten");
});
