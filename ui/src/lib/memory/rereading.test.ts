import { expect, test } from "vitest";

import { ManualClock, createMock, settle } from "../backend/mock";
import type { Session } from "../backend/types";
import { hold } from "../../test/hold";
import { CCCMemoryManager } from "./memoryManager.svelte";

function made(options: Parameters<typeof createMock>[0] = {}) {
  const backend = createMock(options);
  const manager = new CCCMemoryManager(backend, { announce: () => {}, memoryOn: () => true, drawn: async () => {} });
  const find = async (title: string): Promise<Session> => {
    const session = (await backend.sessionList({ filter: "all" })).find((each) => each.title.startsWith(title));
    if (session === undefined) throw new Error(title);
    return session;
  };
  return { backend, manager, find };
}

test("a session read again shows what changed and leaves the reader, and what they chose, where they are", async () => {
  const clock = new ManualClock();
  const { backend, manager } = made({ clock, seeded: false });
  const session = await backend.sessionCreate({ temporary: false, preferences: null });
  // More than are read at once.
  for (let i = 0; i < 70; i += 1) {
    await backend.cycleRun({ session_id: session.id, directive: `Directive ${i}`, memory: false, branch_of: null, tray: null }, () => {});
  }
  await clock.run();
  await manager.loadSession(session);
  await manager.loadEarlier();
  const [first] = manager.conversations;
  const rows = manager.rows.length;
  manager.memoryNext = false;
  const place = [manager.read.shown, manager.opening, manager.memoryNext];
  const [older] = manager.histories.get(first?.id ?? "")?.turns ?? [];
  await backend.turnDelete({ turn_id: older?.id ?? "" });
  await backend.conversationDelete({ conversation_id: manager.conversations.at(-1)?.id ?? "" });
  await manager.changed(["conversations"], []);
  expect([manager.read.shown, manager.opening, manager.memoryNext]).toEqual(place);
  expect(manager.rows.length).toBeLessThan(rows);
  const again = manager.histories.get(first?.id ?? "")?.turns ?? [];
  expect([older?.content, again[0]?.content], "what was read of older ones is read again").toEqual([expect.stringMatching(/./), ""]);
  expect([...manager.histories.keys()].every((id) => manager.conversations.some((c) => c.id === id))).toBe(true);
});

test("a change while another session is being opened does not take that one back", async () => {
  const { backend, manager, find } = made();
  const [first, second] = [await find("Release"), await find("Raised")];
  await manager.loadSession(first);
  const go = hold(backend, "conversationList");
  const opening = manager.loadSession(second);
  const change = manager.changed(["conversations"], []);
  await settle();
  go();
  await Promise.all([opening, change]);
  expect([manager.current?.id, manager.heading]).toEqual([second.id, null]);
});

test("going back to the session that is still there gives up the one being opened", async () => {
  const { backend, manager, find } = made();
  const [first, second] = [await find("Release"), await find("Raised")];
  await manager.loadSession(first);
  const go = hold(backend, "conversationTurns");
  const opening = manager.loadSession(second);
  await settle();
  const back = manager.loadSession(first);
  go();
  await Promise.all([opening, back]);
  expect([manager.current?.id, manager.heading]).toEqual([first.id, null]);
});
