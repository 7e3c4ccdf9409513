import { expect, test } from "vitest";

import { createMock } from "../backend/mock";
import { findTurns } from "./findTurns";

/** The turns of a seeded session, oldest first. */
const turnsOf = (backend: ReturnType<typeof createMock>, title: string) => {
  const id = [...backend.store.sessions.values()].find((session) => session.title === title)?.id ?? "";
  return { id, turns: backend.store.conversationsOf(id).flatMap((each) => backend.store.turns.get(each.id) ?? []) };
};

test("turns are found in whichever of the sessions they are, and what is nowhere is missing", async () => {
  const backend = createMock();
  const [daily, beds] = [turnsOf(backend, "Daily notes"), turnsOf(backend, "Raised beds, north side")];
  const wanted = [daily.turns[0], beds.turns[1]].map((turn) => turn?.id ?? "");
  const found = await findTurns(backend, [...wanted, "nowhere"], [daily.id, beds.id]);
  expect([...found.keys()]).toEqual(wanted);
  expect([...found.values()].map((turn) => turn.session_id)).toEqual([daily.id, beds.id]);
});

test("nothing is read that need not be, and a session that is gone is no failure", async () => {
  const backend = createMock();
  const [daily, beds] = [turnsOf(backend, "Daily notes"), turnsOf(backend, "Raised beds, north side")];
  await backend.sessionDelete({ session_id: beds.id });
  backend.failNext("conversationTurns", "disk_failed");
  expect((await findTurns(backend, [], [daily.id])).size).toBe(0);
  await expect(findTurns(backend, ["nowhere"], [beds.id, daily.id])).rejects.toThrow();
  expect((await findTurns(backend, [daily.turns.at(-1)?.id ?? "", beds.turns[0]?.id ?? ""], [beds.id, daily.id])).size).toBe(1);
});
