/**
 * A complete backend in memory, seeded, so that the window runs and is tested in a plain browser. It keeps the rules of
 * the real one as far as the window can see them, and can be told to fail: see `scenario.ts`.
 */
import { AppError } from "../appError";
import type { Backend, OnMessage } from "../backend";
import type { AppSettings, ChangeTag, ConversationId, CycleSnapshot, ErrorCode, SessionId, Step } from "../types";
import { MockBackups } from "./backups";
import { type MockClock, realClock } from "./clock";
import { type Unsaved, careOf } from "./care";
import { guard } from "./guard";
import { mockHealth } from "./health";
import { mockContext, mockRelated, mockSessionContext, through } from "./memory";
import { addSummary, mockSummaries } from "./summaries";
import { MockProfile } from "./profile";
import { MockProviders } from "./providers";
import { MockRun } from "./run";
import { type CycleScenario, type ProfileScenario, isCycleScenario, isProfileScenario } from "./scenario";
import { mockSearch } from "./search";
import { seed, seedLong } from "./seed";
import { changeSession, createSession, listSessions, titleOf, writable } from "./sessions";
import { MockStore } from "./store";

export { ManualClock, settle } from "./clock";
export { MOCK_PASSPHRASE, MOCK_RECOVERY_KEY, MOCK_RENEWED_KEY } from "./profile";

/** How long a deletion can be undone. */
const UNDO_MS = 10_000;

export interface MockOptions {
  clock?: MockClock;
  profile?: ProfileScenario;
  /** How the next cycle goes. */
  cycle?: CycleScenario;
  /** The keychain's entry is gone. */
  keychainLost?: boolean;
  /** False starts with no session at all. */
  seeded?: boolean;
  /** Adds a session with one conversation of so many turns. */
  longTurns?: number;
}

/** The mock and the handles by which a test steers it. */
export interface MockBackend extends Backend {
  readonly store: MockStore;
  /** Its backups. */
  readonly backups: MockBackups;
  /** How the next cycle goes. */
  scenario: CycleScenario;
  /** The next call of this method rejects with this code. */
  failNext(method: keyof Backend, code: ErrorCode): void;
  /** Tells the window what changed behind its back. */
  tell(...tags: ChangeTag[]): void;
  /** Forgets who listens, as a reload of the web view does. */
  reload(): void;
  /** What waits to be saved, whether trying helps, and whether the audit trail's end is gone. */
  readonly unsaved: Unsaved;
  /** What `linkOpen` was asked for, in order. */
  readonly opened: string[];
}

/** The mock that `?mock=…` asks for: scenario names joined by commas. */
export function mockFromAddress(asked: string): MockBackend {
  const names = asked.split(",");
  const cycle = names.find(isCycleScenario);
  const profile = names.find(isProfileScenario);
  const long = names.includes("long") ? { longTurns: 10_000 } : {};
  return createMock({ ...long, ...(cycle && { cycle }), ...(profile && { profile }), seeded: !names.includes("empty") });
}

/** A mock of its own; several do not know of each other. */
export function createMock(options: MockOptions = {}): MockBackend {
  const clock = options.clock ?? realClock;
  const now = () => new Date(clock.now()).toISOString();
  const store = new MockStore();
  const firstRun = options.profile === "first_run";
  if (!firstRun && options.seeded !== false) seed(store, clock.now());
  if (options.longTurns !== undefined) seedLong(store, clock.now(), options.longTurns);
  const profile = new MockProfile(options.profile ?? "unlocked", () => interrupted(store));
  let keychainLost = options.keychainLost ?? false;
  const providers = new MockProviders(firstRun);
  const backups = new MockBackups(store, clock, profile, !firstRun && options.seeded !== false);
  const runs = new Map<ConversationId, MockRun>();
  const listeners = new Set<(tags: ChangeTag[]) => void>();
  const failures = new Map<string, ErrorCode>();
  const opened: string[] = [];
  const unsaved: Unsaved = { state: null, stuck: false, cut: options.profile === "cut" };
  let settings: AppSettings = { theme: "system", memory: true, context_tray: true, lock_after_minutes: 15, lock_on_sleep: true };
  const changed = (...tags: ChangeTag[]) => queueMicrotask(() => listeners.forEach((listener) => listener(tags)));
  const changing = <T>(value: T, ...tags: ChangeTag[]): T => (changed(...tags), value);

  const begin = (id: ConversationId, memory: boolean, from: { step: Step; round: number }, onMessage: OnMessage): CycleSnapshot => {
    if (runs.has(id)) throw new AppError("cycle_state", "a cycle runs already");
    writable(store.session(store.conversation(id).session_id));
    const run = new MockRun(store, clock, id, memory && settings.memory, mock.scenario, () => {
      runs.delete(id);
      changed("sessions", "context");
    });
    mock.scenario = "plain";
    runs.set(id, run);
    run.listen(onMessage);
    const snapshot = run.snapshot();
    queueMicrotask(() => void run.go(from.step, from.round));
    changed("sessions");
    return snapshot;
  };

  const tell = (id: SessionId, conversation: ConversationId, content: string) =>
    store.append({
      id: store.id(), session_id: id, conversation_id: conversation, agent: "wykeve", content,
      created_at: now(), status: "complete", metadata: { round: 0 },
    });

  const methods: Omit<Backend, "onChanged"> = {
    appInfo: async () => ({ version: "0.1.0", data_directory: "~/.local/share/ccc" }),
    settingsGet: async () => ({ ...settings }),
    settingsSet: async (next) => changing({ ...(settings = { ...next }) }, "settings"),
    activityNote: async () => undefined,
    linkOpen: async ({ url }) => void opened.push(url),

    profileState: async () => profile.state(),
    profileCreate: async (params) => profile.create(params),
    recoverySave: async () => true,
    recoveryRenew: async () => profile.renewRecovery(),
    recoveryConfirm: async () => profile.confirmRecovery(),
    profileUnlock: async (params) => profile.unlock(params),
    keychainRetry: async () => profile.retryKeychain(),
    keychainEnrol: async () => void (keychainLost = false),
    waysGet: async () => profile.ways(),
    passphraseSet: async ({ passphrase }) => profile.setPassphrase(passphrase),
    passphraseRemove: async () => profile.setPassphrase(null),
    profileLock: async () => {
      runs.forEach((run) => run.stop());
      profile.lock(unsaved.state?.turns.length ?? 0);
      unsaved.state = null;
      changed("profile");
    },

    providerList: async () => providers.list(),
    providerAdd: async ({ entry, api_key }) => changing(providers.add(entry, api_key), "providers"),
    providerTest: async ({ entry, api_key }) => {
      await clock.wait(400);
      return providers.test(entry, api_key);
    },
    providerModels: async ({ name }) => providers.models(name),
    providerPrefer: async ({ name }) => changing(providers.prefer(name), "providers"),
    providerRemove: async ({ name }) => changing(providers.remove(name), "providers"),
    providerDiscover: async () => providers.discover(),

    sessionList: async ({ filter }) => listSessions(store, filter),
    sessionCreate: async ({ temporary, preferences }) =>
      changing(createSession(store, now(), temporary, preferences), "sessions"),
    sessionRename: async ({ session_id, title }) => {
      if (title.length > 200) throw new AppError("invalid_input", "longer than 200 characters");
      return changing(changeSession(store, session_id, (s) => (s.title = title.trim())), "sessions");
    },
    sessionPin: async ({ session_id, pinned }) =>
      changing(changeSession(store, session_id, (s) => (s.pinned = pinned)), "sessions"),
    sessionArchive: async ({ session_id }) =>
      changing(changeSession(store, session_id, (s) => (s.status = "archived")), "sessions"),
    sessionRestore: async ({ session_id }) =>
      changing(changeSession(store, session_id, (s) => (s.status = "active")), "sessions"),
    sessionReset: async ({ session_id }) => {
      store.session(session_id);
      store.empty(session_id);
      return changing(changeSession(store, session_id, () => {}), "sessions", "conversations", "context");
    },
    sessionDelete: async ({ session_id }) => {
      store.session(session_id);
      store.deleting.add(session_id);
      const end = clock.now() + UNDO_MS;
      void clock.wait(UNDO_MS).then(() => destroy(store, session_id));
      return changing({ session_id, carried_out_at: new Date(end).toISOString() }, "sessions");
    },
    sessionDeleteUndo: async ({ session_id }) => {
      if (!store.deleting.delete(session_id)) throw new AppError("not_found", "no such session");
      return changing(changeSession(store, session_id, () => {}), "sessions");
    },
    sessionExport: async ({ session_id, format }) => {
      store.session(session_id);
      const turns = store.conversationsOf(session_id).flatMap((c) => store.turns.get(c.id) ?? []);
      const bytes = turns.reduce((sum, t) => sum + t.content.length + (format === "json" ? 400 : 60), 600);
      return { conversations: store.conversationsOf(session_id).length, turns: turns.length, bytes };
    },
    sessionPreferencesSet: async ({ session_id, preferences }) => {
      writable(store.session(session_id));
      return changing(changeSession(store, session_id, (s) => (s.preferences = structuredClone(preferences))), "sessions");
    },
    sessionContext: async ({ session_id }) => mockSessionContext(store, store.session(session_id).id),

    summaryList: async ({ session_id }) => mockSummaries(store, store.session(session_id).id),
    summaryEdit: async ({ session_id, text }) => {
      if (text.trim() === "") throw new AppError("invalid_input", "write something first");
      return changing(addSummary(store, store.session(session_id).id, now(), { source: "person", text: text.trim() }), "context");
    },
    summaryWrite: async ({ session_id }) => {
      if (providers.list().preferred === "rehearsal") throw new AppError("invalid_input", "no model is called");
      await clock.wait(400);
      const usage = { prompt_tokens: 900, completion_tokens: 60, estimated: false };
      const written = { source: "model" as const, model: "llama3.2", usage, text: "You decided what is kept, and for how long." };
      return changing(addSummary(store, store.session(session_id).id, now(), written), "context");
    },

    conversationList: async ({ session_id }) => structuredClone(store.conversationsOf(store.session(session_id).id)),
    conversationTurns: async ({ conversation_ids }) => conversation_ids.map((id) => store.history(id)),
    conversationRelated: async ({ conversation_id, limit }) => mockRelated(store, conversation_id, limit),
    turnReceipt: async ({ turn_id }) => structuredClone(store.receipts.get(turn_id) ?? null),
    contextPreview: async ({ session_id, directive, tray }) => through(mockContext(store, session_id, directive), tray),

    cycleRun: async ({ session_id, directive, memory, branch_of, tray }, onMessage) => {
      if (directive.trim() === "") throw new AppError("invalid_input", "write something first");
      const session = store.session(session_id);
      writable(session);
      const id = store.id();
      store.conversations.set(id, { id, session_id, branch_of, directive, created_at: now(), status: "active", turn_count: 0 });
      session.conversation_count += 1;
      if (session.title === "") session.title = titleOf(directive);
      tell(session_id, id, directive);
      if (tray !== null) store.trays.set(id, tray);
      return begin(id, memory, { step: "analyse", round: 0 }, onMessage);
    },
    cycleResume: async ({ conversation_id, memory }, onMessage) => {
      const { phase, turns } = store.history(conversation_id);
      const round = turns.at(-1)?.metadata.round ?? 0;
      if (phase.name === "paused") return begin(conversation_id, memory, { step: phase.data.step, round }, onMessage);
      if (phase.name === "unstored") return begin(conversation_id, memory, { step: "execute", round }, onMessage);
      throw new AppError("cycle_state", "nothing to resume");
    },
    cycleAnswer: async ({ conversation_id, answer, memory }, onMessage) => {
      const { phase, turns } = store.history(conversation_id);
      if (answer.trim() === "") throw new AppError("invalid_input", "write something first");
      if (phase.name !== "escalated") throw new AppError("cycle_state", "nothing was asked");
      tell(store.conversation(conversation_id).session_id, conversation_id, answer);
      const round = (turns.at(-1)?.metadata.round ?? 0) + 1;
      return begin(conversation_id, memory, { step: "execute", round }, onMessage);
    },
    cycleRetryStep: async ({ conversation_id, step, memory }, onMessage) => {
      const round = store.history(conversation_id).turns.at(-1)?.metadata.round ?? 0;
      return begin(conversation_id, memory, { step, round }, onMessage);
    },
    cycleAttach: async ({ conversation_id }, onMessage) => {
      const run = runs.get(conversation_id);
      run?.listen(onMessage);
      return run?.snapshot() ?? null;
    },
    cycleStop: async ({ conversation_id }) => {
      const run = runs.get(conversation_id);
      if (run === undefined) throw new AppError("cycle_state", "nothing runs");
      run.stop();
    },

    search: async (request) => mockSearch(store, request),
    healthReport: async () => mockHealth(store, clock.now(), keychainLost),
    ...careOf({ store, clock, unsaved, changed }, UNDO_MS),
    ...backups.methods(changed),
  };

  const guarded = new Proxy(methods, {
    get: (target, name: string) => guard(Reflect.get(target, name), name, failures, profile),
  });
  const mock: MockBackend = Object.assign(Object.create(guarded) as Backend, {
    store,
    backups,
    opened,
    unsaved,
    scenario: options.cycle ?? ("plain" as CycleScenario),
    failNext: (method: keyof Backend, code: ErrorCode) => void failures.set(method, code),
    tell: changed,
    reload: () => {
      listeners.clear();
      runs.forEach((run) => run.deafen());
    },
    onChanged: (listener: (tags: ChangeTag[]) => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  });
  return mock;
}

function destroy(store: MockStore, id: SessionId): void {
  if (!store.deleting.delete(id)) return;
  store.empty(id);
  store.sessions.delete(id);
}

function interrupted(store: MockStore): { session_id: SessionId; conversation_id: ConversationId }[] {
  const paused = [...store.phases].filter(([, phase]) => phase.name === "paused");
  return paused.map(([id]) => ({ session_id: store.conversation(id).session_id, conversation_id: id }));
}
