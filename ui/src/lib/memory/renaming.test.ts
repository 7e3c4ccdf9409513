import { expect, test } from "vitest";

import { createMock } from "../backend/mock";
import type { Session } from "../backend/types";
import { hold } from "../../test/hold";
import { CCCMemoryManager } from "./memoryManager.svelte";
import { SessionList } from "./sessionList.svelte";

async function newest(backend: ReturnType<typeof createMock>): Promise<Session> {
  const [session] = await backend.sessionList({ filter: "active" });
  if (session === undefined) throw new Error("no session");
  return session;
}

test("an older answer of the list does not undo what a newer one showed", async () => {
  const backend = createMock();
  const list = new SessionList(backend);
  const session = await newest(backend);
  const go = hold(backend, "sessionList", "first");
  const older = list.refresh();
  await backend.sessionRename({ session_id: session.id, title: "Renamed" });
  await list.refresh();
  go();
  await older;
  expect(list.find(session.id)?.title).toBe("Renamed");
});

test("a session renamed while it is read has its new name when it is shown", async () => {
  const backend = createMock();
  const manager = new CCCMemoryManager(backend, { announce: () => {}, memoryOn: () => true, drawn: async () => {} });
  const session = await newest(backend);
  const go = hold(backend, "conversationTurns", "first");
  const read = manager.loadSession(session);
  await Promise.resolve();
  await manager.changed(["sessions"], [{ ...session, title: "Renamed" }]);
  expect(manager.heading?.title, "already above what is still there").toBe("Renamed");
  go();
  await read;
  expect(manager.current?.title).toBe("Renamed");
});
