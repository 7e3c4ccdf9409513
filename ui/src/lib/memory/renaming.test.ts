import { expect, test } from "vitest";

import { createMock } from "../backend/mock";
import type { Session } from "../backend/types";
import { CCCMemoryManager } from "./memoryManager.svelte";
import { SessionList } from "./sessionList.svelte";

/** Holds the next answer of a method back; what lets it go. */
function holdNext<K extends "sessionList" | "conversationTurns">(backend: ReturnType<typeof createMock>, method: K): () => void {
  const real = backend[method].bind(backend) as (...args: unknown[]) => Promise<unknown>;
  let go = () => {};
  const held = new Promise<void>((done) => (go = done));
  let first = true;
  Object.assign(backend, {
    [method]: async (...args: unknown[]) => {
      const answer = await real(...args);
      if (first) {
        first = false;
        await held;
      }
      return answer;
    },
  });
  return go;
}

async function newest(backend: ReturnType<typeof createMock>): Promise<Session> {
  const [session] = await backend.sessionList({ filter: "active" });
  if (session === undefined) throw new Error("no session");
  return session;
}

test("an older answer of the list does not undo what a newer one showed", async () => {
  const backend = createMock();
  const list = new SessionList(backend);
  const session = await newest(backend);
  const go = holdNext(backend, "sessionList");
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
  const go = holdNext(backend, "conversationTurns");
  const read = manager.loadSession(session);
  await Promise.resolve();
  await manager.changed(["sessions"], [{ ...session, title: "Renamed" }]);
  expect(manager.heading?.title, "already above what is still there").toBe("Renamed");
  go();
  await read;
  expect(manager.current?.title).toBe("Renamed");
});
