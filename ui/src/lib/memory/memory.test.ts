import { expect, test, vi } from "vitest";

import { AppError } from "../backend";
import { ManualClock, createMock, settle } from "../backend/mock";
import type { Session } from "../backend/types";
import { CACHED_CONTEXTS, SessionAbout } from "./about.svelte";
import { ContextCache } from "./contextCache";
import { CCCMemoryManager } from "./memoryManager.svelte";
import { memoryStatus } from "./panel";
import { SessionList, groupSessions } from "./sessionList.svelte";

function made(options: Parameters<typeof createMock>[0] = {}, memoryOn = true, drawn = async () => {}) {
  const clock = new ManualClock();
  const backend = createMock({ clock, ...options });
  const spoken: string[] = [];
  const manager = new CCCMemoryManager(backend, { announce: (t) => spoken.push(t), memoryOn: () => memoryOn, drawn });
  return { clock, backend, manager, spoken };
}
const find = async (backend: ReturnType<typeof createMock>, title: string): Promise<Session> => {
  const session = (await backend.sessionList({ filter: "all" })).find((s) => s.title.startsWith(title));
  if (session === undefined) throw new Error(title);
  return session;
};

test("the cache forgets the value unused for longest and never holds more", () => {
  const cache = new ContextCache<number>(3);
  for (const key of ["a", "b", "c"]) cache.set(key, 1);
  cache.get("a");
  cache.set("d", 1);
  expect(["a", "b", "c", "d"].map((key) => cache.get(key))).toEqual([1, undefined, 1, 1]);
  for (let i = 0; i < 100; i += 1) cache.set(`k${i}`, i);
  expect(cache.size).toBe(3);
});

test("opening more sessions than are cached keeps the cache within its bound", async () => {
  const { backend, manager } = made({ seeded: false });
  for (let i = 0; i < CACHED_CONTEXTS + 5; i += 1) {
    await manager.loadSession(await backend.sessionCreate({ temporary: false, preferences: null }));
  }
  expect(manager.about.cache.size).toBe(CACHED_CONTEXTS);
});

test("a session begins with its first directive, which titles it", async () => {
  const { backend, clock, manager } = made({ seeded: false });
  manager.startNew(true);
  expect((await backend.sessionList({ filter: "all" })).length, "nothing is made before").toBe(0);
  await manager.enhancedCovenantCycle("Plan the release\nin detail");
  await clock.run();
  const [session] = await backend.sessionList({ filter: "all" });
  expect([session?.title, session?.temporary, manager.current?.id]).toEqual(["Plan the release", true, session?.id]);
  expect(manager.rows.filter((row) => row.kind === "turn")).toHaveLength(4);
});

test("opening a session shows its turns, its context and what was injected", async () => {
  const { backend, manager } = made();
  await manager.loadSession(await find(backend, "Release 2.4"));
  expect(manager.rows.filter((row) => row.kind === "turn")).toHaveLength(11);
  expect(manager.rows.at(-1)?.kind).toBe("end");
  expect(manager.panel.receipts.map((receipt) => receipt.step)).toEqual(["analyse", "execute"]);
  expect(manager.panel.context?.summary?.conversation_count).toBe(3);
});

test("what is related to the newest conversation is shown, and follows it", async () => {
  const { backend, clock, manager } = made({ seeded: false });
  const ask = async (directive: string) => {
    await manager.enhancedCovenantCycle(directive);
    await clock.run();
  };
  await ask("Plan the release notes.");
  expect(manager.panel.related, "nothing else is there").toEqual([]);
  await ask("Water the garden.");
  expect(manager.panel.related).toEqual([]);
  await ask("Where are the release notes?");
  const [first] = manager.conversations;
  const turn_id = backend.store.turns.get(first?.id ?? "")?.[0]?.id;
  expect(manager.panel.related).toEqual([
    {
      conversation_id: first?.id,
      session_id: manager.current?.id,
      turn_id,
      directive: "Plan the release notes.",
      created_at: first?.created_at,
      reason: "shares “release”, “notes”",
    },
  ]);
  manager.startNew(false);
  expect(manager.panel.related).toEqual([]);
});

test("a late answer about an earlier conversation does not replace a newer one", async () => {
  const { backend } = made();
  const session = await find(backend, "Release");
  const about = new SessionAbout(backend);
  const read = backend.sessionContext.bind(backend);
  let answerFirst = () => {};
  const held = new Promise<void>((done) => (answerFirst = done));
  backend.sessionContext = async (params) => {
    await held;
    return { ...(await read(params)), topics: ["late"] };
  };
  const late = about.update(session.id, undefined);
  backend.sessionContext = read;
  await about.update(session.id, undefined);
  answerFirst();
  await late;
  expect(about.context?.topics).not.toEqual(["late"]);
});

test("a long session is read from its end, and further back when asked", async () => {
  const { backend, clock, manager } = made({ seeded: false });
  const session = await backend.sessionCreate({ temporary: false, preferences: null });
  for (let i = 0; i < 70; i += 1) {
    await backend.cycleRun({ session_id: session.id, directive: `Directive ${i}`, memory: false, branch_of: null, tray: null }, () => {});
  }
  await clock.run();
  await manager.loadSession(session);
  const directives = () => manager.rows.flatMap((row) => (row.kind === "turn" && row.turn.number === 1 ? [row.turn.content] : []));
  expect([directives()[0], directives().length, manager.hasEarlier]).toEqual(["Directive 10", 60, true]);
  await manager.loadEarlier();
  expect([directives()[0], directives().length, manager.hasEarlier]).toEqual(["Directive 0", 70, false]);
});

test("what fills a screen is shown before the rest of the page is read", async () => {
  const { backend, manager } = made();
  const daily = await find(backend, "Daily notes");
  const read = backend.conversationTurns.bind(backend);
  let answerRest = () => {};
  const held = new Promise<void>((done) => (answerRest = done));
  const asked: number[] = [];
  backend.conversationTurns = async (params) => {
    asked.push(params.conversation_ids.length);
    if (asked.length > 1) await held;
    return read(params);
  };
  const loading = manager.loadSession(daily);
  await settle();
  expect([manager.loading, manager.histories.size, asked]).toEqual([false, 4, [4, 46]]);
  answerRest();
  await loading;
  expect([manager.histories.size, manager.hasEarlier]).toEqual([50, false]);
  expect([...manager.histories.keys()], "in their order").toEqual(manager.conversations.map((c) => c.id));
});

test("what else is read of a session waits until its first rows are drawn", async () => {
  let onScreen = () => {};
  const { backend, manager } = made({}, true, () => new Promise((done) => (onScreen = done)));
  const daily = await find(backend, "Daily notes");
  const asked: string[] = [];
  for (const name of ["conversationTurns", "sessionContext", "turnReceipt"] as const) {
    const read = backend[name].bind(backend) as (params: never) => never;
    backend[name] = ((params: never) => (asked.push(name), read(params))) as never;
  }
  const loading = manager.loadSession(daily);
  await settle();
  expect([manager.rows.length > 0, manager.loading, asked]).toEqual([true, false, ["conversationTurns"]]);
  onScreen();
  await loading;
  expect(new Set(asked.slice(1))).toEqual(new Set(["conversationTurns", "sessionContext", "turnReceipt"]));
});

test("the session before stays as it is until the one that is opened is read, unless that takes long", async () => {
  vi.useFakeTimers();
  const { backend, manager } = made();
  const [first, second] = [await find(backend, "Release"), await find(backend, "Raised")];
  await manager.loadSession(first);
  const list = backend.conversationList.bind(backend);
  let answer = () => {};
  const held = new Promise<void>((done) => (answer = done));
  backend.conversationList = async (params) => (await held, list(params));
  const before = manager.rows;
  const loading = manager.loadSession(second);
  await vi.advanceTimersByTimeAsync(50);
  expect([manager.current?.id, manager.heading?.id, manager.rows]).toEqual([first.id, second.id, before]);
  await vi.advanceTimersByTimeAsync(200);
  expect([manager.current?.id, manager.rows, manager.loading]).toEqual([second.id, [], true]);
  const { opening } = manager;
  answer();
  await loading;
  expect([manager.rows.length > 0, manager.heading, manager.opening]).toEqual([true, null, opening]);
  vi.useRealTimers();
});

test("a session that cannot be read leaves an empty page, and one that was left meanwhile leaves nothing", async () => {
  const { backend, manager } = made();
  const [first, second] = [await find(backend, "Release"), await find(backend, "Raised")];
  await manager.loadSession(first);
  const list = backend.conversationList.bind(backend);
  backend.conversationList = () => Promise.reject(new AppError("disk_failed", "the disk"));
  await expect(manager.loadSession(second)).rejects.toThrow("the disk");
  expect([manager.current?.id, manager.rows, manager.loading]).toEqual([second.id, [], false]);
  backend.conversationList = list;
  const late = manager.loadSession(first);
  manager.startNew(false);
  await late;
  expect([manager.current, manager.rows, manager.loading]).toEqual([null, [], false]);
});

test("a running cycle is found again when its session is opened after a reload", async () => {
  const { backend, clock, manager } = made({ seeded: false });
  await manager.enhancedCovenantCycle("Plan the release");
  await clock.advance(300);
  backend.reload();
  const after = new CCCMemoryManager(backend, { announce: () => {}, memoryOn: () => true, drawn: async () => {} });
  const [session] = await backend.sessionList({ filter: "all" });
  await after.loadSession(session as Session);
  expect(after.activeRun?.text.length).toBeGreaterThan(0);
  await clock.run();
  expect(after.activeRun).toBeNull();
  expect(after.rows.filter((row) => row.kind === "turn")).toHaveLength(4);
});

test("a late answer for a session that was left is dropped", async () => {
  const { backend, manager } = made();
  const [first, second] = [await find(backend, "Release"), await find(backend, "Raised")];
  const list = backend.conversationList.bind(backend);
  let answerFirst = () => {};
  const held = new Promise<void>((done) => (answerFirst = done));
  backend.conversationList = async (params) => {
    if (params.session_id === first.id) await held;
    return list(params);
  };
  const late = manager.loadSession(first);
  await manager.loadSession(second);
  answerFirst();
  await late;
  expect(new Set(manager.conversations.map((c) => c.session_id))).toEqual(new Set([second.id]));
  expect(manager.loading).toBe(false);
});

test("a turn whose only copy is here is kept while another session is open", async () => {
  const { backend, clock, manager } = made({ cycle: "unstored" });
  const other = await find(backend, "Release");
  await manager.enhancedCovenantCycle("Plan the release");
  const session = manager.current as Session;
  await manager.loadSession(other);
  await clock.run();
  await manager.loadSession(other);
  await manager.loadSession(session);
  const held = manager.rows.filter((row) => row.kind === "turn" && !row.stored);
  expect(held).toHaveLength(1);
});

test("an escalated cycle goes on with the answer, a paused one at its step", async () => {
  const { backend, clock, manager } = made();
  await manager.loadSession(await find(backend, "Raised"));
  const asked = manager.conversations[0]?.id ?? "";
  await manager.answer(asked, "From noon to four.");
  await clock.run();
  expect(manager.runs.get(asked)?.phase).toEqual({ name: "done", data: "accepted" });
  await manager.loadSession(await find(backend, "Release"));
  const paused = manager.conversations.at(-1)?.id ?? "";
  await manager.resume(paused);
  await clock.run();
  const turns = manager.runs.get(paused)?.turns.map((t) => [t.metadata.step, t.status]);
  expect(turns, "the finished step is not asked for again").toEqual([
    [undefined, "complete"], ["analyse", "complete"], ["execute", "interrupted"], ["execute", "complete"], ["review", "complete"],
  ]);
});

test("memory that is off anywhere keeps the cycle without it", async () => {
  for (const [app, cycle] of [[false, true], [true, false]] as const) {
    const { clock, manager } = made({ seeded: false }, app);
    manager.memoryNext = cycle;
    await manager.enhancedCovenantCycle("Plan");
    await clock.run();
    const [receipt] = manager.panel.receipts;
    expect(receipt?.context.state).toBe("off");
  }
});

test("the dot says the worst fact first", () => {
  const facts = { session: null, temporary: false, app: true, cycle: true, failure: null };
  expect(memoryStatus(facts).level).toBe("green");
  expect(memoryStatus({ ...facts, cycle: false })).toMatchObject({ level: "amber", reason: "Memory is switched off for the next cycle." });
  expect(memoryStatus({ ...facts, app: false }).level).toBe("amber");
  expect(memoryStatus({ ...facts, app: false, failure: "the index cannot be read" })).toEqual({ level: "red", word: "Memory down", reason: "the index cannot be read" });
});

test("a context that cannot be read turns the dot red and says why", async () => {
  const { backend, manager } = made();
  backend.failNext("sessionContext", "data_damaged");
  await manager.loadSession(await find(backend, "Release"));
  expect(manager.panel.status).toEqual({ level: "red", word: "Memory down", reason: "Some stored data is damaged" });
});

test("locking forgets everything that was opened", async () => {
  const { backend, manager } = made();
  await manager.loadSession(await find(backend, "Release"));
  manager.forget();
  expect([manager.rows, manager.current, manager.panel.context, manager.receipts.all, manager.about.cache.size, manager.runs.size]).toEqual([[], null, null, [], 0, 0]);
});

test("sessions stand under their dates, pinned ones first, found by their titles", async () => {
  const { backend, clock } = made();
  const list = new SessionList(backend);
  await list.refresh();
  const groups = groupSessions(list.active, "", clock.now());
  expect(groups.map((g) => [g.name, g.sessions.length])).toEqual([["pinned", 1], ["today", 1], ["yesterday", 2], ["week", 2], ["month", 1], ["older", 1]]);
  expect(groupSessions(list.active, "RELEASE", clock.now()).flatMap((g) => g.sessions.map((s) => s.title))).toEqual(["Release 2.4"]);
  expect(list.archived).toHaveLength(2);
});
