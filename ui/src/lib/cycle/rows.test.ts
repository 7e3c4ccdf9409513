import { expect, test } from "vitest";

import type { Conversation, ConversationHistory, Phase, Turn } from "../backend/types";
import { rowsOf } from "./rows";

const turn = (id: string, number: number, step?: "analyse" | "execute" | "review", day = "08"): Turn => ({
  id, session_id: "s", conversation_id: "c", number, agent: step === "execute" ? "codey" : step ? "beatrice" : "wykeve",
  content: id, created_at: `2026-05-${day}T12:00:00.000Z`, status: "complete", metadata: { round: 0, ...(step && { step }) },
});
const conversation = (branch_of: string | null = null): Conversation => ({
  id: "c", session_id: "s", branch_of, directive: "d", created_at: "2026-05-08T12:00:00.000Z", status: "active", turn_count: 2,
});
const said = (turns: Turn[], phase: Phase, branch: string | null = null) => ({
  conversations: [conversation(branch)],
  histories: new Map<string, ConversationHistory>([["c", { conversation_id: "c", turns, phase }]]),
  runs: new Map(),
});
const keys = (rows: ReturnType<typeof rowsOf>) => rows.map((row) => row.key);

test("turns stand in their order, with a line where a day begins", () => {
  const rows = rowsOf(said([turn("a", 1), turn("b", 2, "analyse"), turn("c2", 3, "execute", "09")], { name: "done", data: "accepted" }));
  expect(keys(rows)).toEqual(["day-a", "a", "b", "day-c2", "c2"]);
});

test.each<[Phase, boolean]>([
  [{ name: "paused", data: { step: "execute", cause: "cancelled" } }, true],
  [{ name: "unstored", data: { cause: "disk_failed" } }, true],
  [{ name: "escalated", data: { question: "q" } }, true],
  [{ name: "done", data: "no_verdict" }, true],
  [{ name: "done", data: "accepted" }, false],
])("a cycle in %o ends with a note: %s", (phase, noted) => {
  expect(keys(rowsOf(said([turn("a", 1)], phase))).includes("end-c")).toBe(noted);
});

test("only the newest turn of a step can be done again", () => {
  const rows = rowsOf(said([turn("a", 1), turn("x1", 2, "execute"), turn("x2", 3, "execute")], { name: "done", data: "accepted" }));
  const latest = rows.flatMap((row) => (row.kind === "turn" && row.latest ? [row.key] : []));
  expect(latest).toEqual(["x2"]);
});

test("a branch is marked at its directive alone", () => {
  const rows = rowsOf(said([turn("a", 1), turn("b", 2, "analyse")], { name: "done", data: "accepted" }, "other"));
  expect(rows.flatMap((row) => (row.kind === "turn" && row.branch ? [row.key] : []))).toEqual(["a"]);
});
