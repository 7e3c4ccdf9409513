import { getContext, setContext } from "svelte";

import { AppError, type Backend } from "../backend";
import type { AppInfo, AppSettings, ChangeTag, ErrorCode, PendingErasure, ProfileState, Session, SessionId, Target, TurnId } from "../backend/types";
import type { LinkTarget } from "../markdown/links";
import { type Mark, markOf } from "../memory/marks";
import { CCCMemoryManager } from "../memory/memoryManager.svelte";
import { SessionList } from "../memory/sessionList.svelte";
import { Waiting } from "../memory/waiting.svelte";
import { type TurnReader, reachTurn } from "../search/reach";
import { type ErrorAction, words } from "../words";
import { Begun } from "./begun";
import { drawn, nextFrame } from "./drawn";
import { Toasts } from "./toasts.svelte";

/** What a person types to open the profile. */
export type OpeningSecret = { passphrase: string } | { recovery_key: string };

/** Whether the data file is what is wrong, so that salvaging it may help. */
export const salvageable = (error: AppError): boolean => error.code === "data_damaged" || error.code === "data_foreign";

const BEYOND_OPENING: readonly ErrorCode[] = ["data_damaged", "data_foreign", "keys_missing", "keys_mismatch"];

/** Whether the profile's files are what is wrong, so that a backup in their place helps. */
export const restorable = (error: AppError): boolean => BEYOND_OPENING.includes(error.code);

/** What the window is: closed in one of its ways, or open on a screen. */
export type Stage =
  | { name: "starting" }
  | { name: "failed"; error: AppError; secret: OpeningSecret | null }
  | { name: "first_run"; keychain: boolean }
  | ({ name: "locked" } & Omit<Extract<ProfileState, { state: "locked" }>, "state">)
  | { name: "recovery"; profile: Unlocked }
  | { name: "open" };

/** An open profile. */
type Unlocked = Extract<ProfileState, { state: "unlocked" }>;

export type Screen = "main" | "archive" | "backups" | "health" | "audit" | "settings";

/** The app's settings and all sessions. */
type Read = [AppSettings, Session[]];

const DEFAULTS: AppSettings = { theme: "system", memory: true, context_tray: true, lock_after_minutes: 15, lock_on_sleep: true };

/** The window's own state, and the way to everything longer-lived. One per window. */
export class App {
  stage = $state.raw<Stage>({ name: "starting" });
  screen = $state<Screen>("main");
  settings = $state.raw<AppSettings>(DEFAULTS);
  info = $state.raw<AppInfo | null>(null);
  /** The link that waits for a confirmation. `null` target: one that is never opened. */
  link = $state.raw<{ target: LinkTarget | null } | null>(null);
  /** Whether what was written last may be gone, and nobody accepted that. */
  trailCut = $state(false);
  /** The last sentence for people who listen. */
  spoken = $state("");
  /** Whether the open window has had its first frame, which does without what nobody sees or uses at once. */
  settled = $state(false);
  /** Whether the composer is to take the focus; over once it did. */
  composerCalled = $state(false);
  readonly toasts = new Toasts();
  readonly begun = new Begun();
  readonly sessions: SessionList;
  readonly memory: CCCMemoryManager;
  readonly waiting: Waiting;

  constructor(readonly backend: Backend) {
    this.sessions = new SessionList(backend);
    this.waiting = new Waiting(backend);
    this.memory = new CCCMemoryManager(backend, {
      announce: (text) => this.announce(text),
      memoryOn: () => this.settings.memory,
      drawn,
      waiting: () => this.waiting.ids,
      unsaved: () => void this.attempt(this.#lookForWaiting()),
    });
    backend.onChanged((tags) => void this.attempt(this.#changed(tags)));
  }

  /** Finds out where the profile stands and shows it. Called at start and after everything that may change it. */
  async begin(): Promise<void> {
    this.backend.appInfo().then(
      (info) => (this.info = info),
      () => {},
    );
    // Asked together with the state, to wait once: a profile that is not open refuses, and nobody needs them then.
    const early = this.#read().catch(() => null);
    try {
      await this.enter(await this.backend.profileState(), early);
    } catch (thrown) {
      this.stage = { name: "failed", error: AppError.from(thrown), secret: null };
    }
  }

  /** Shows what a profile's state asks for. */
  async enter(profile: ProfileState, early?: Promise<Read | null>): Promise<void> {
    if (profile.state === "first_run") {
      this.stage = { name: "first_run", keychain: profile.keychain };
    } else if (profile.state === "locked") {
      this.#forget();
      const { why, keychain, passphrase, lost } = profile;
      this.stage = { name: "locked", why, keychain, passphrase, lost };
    } else if (profile.recovery_unseen) {
      this.stage = { name: "recovery", profile };
    } else {
      await this.openOn(profile, early);
    }
  }

  /** Opens the window on a cycle that was cut, or on an empty session. */
  async openOn({ interrupted, trail_cut }: Unlocked, early?: Promise<Read | null>): Promise<void> {
    const session = interrupted.at(-1)?.session_id;
    const [settings, sessions] = (await early) ?? (await this.#read());
    this.settings = settings;
    this.sessions.take(sessions);
    this.trailCut = trail_cut;
    this.screen = "main";
    this.stage = { name: "open" };
    void nextFrame().then(() => (this.settled = true));
    void this.attempt(this.#lookForWaiting());
    const found = session === undefined ? undefined : this.sessions.find(session);
    if (found === undefined) this.memory.startNew(false);
    else await this.attempt(this.memory.loadSession(found));
    this.callComposer();
  }

  /** Goes on with a profile that was made of a backup: by what opened that, or asking again. */
  async enterRestored(secret: OpeningSecret | null): Promise<void> {
    const opened = secret === null ? null : await this.backend.profileUnlock(secret).catch(() => null);
    await (opened === null ? this.begin() : this.enter(opened));
  }

  /** Has the turns that wait tried now, and says how that went. */
  async saveWaiting(): Promise<void> {
    const before = [...this.waiting.ids];
    const waits = await this.attempt(this.waiting.tryNow());
    if (waits === undefined) return;
    this.memory.saved(before.filter((id) => !this.waiting.ids.has(id)));
    this.toasts.show({ text: waits ? words.waiting.still : words.waiting.saved });
  }

  /** Asks where to export the turns that wait. */
  async exportWaiting(): Promise<void> {
    const report = await this.attempt(this.waiting.export("markdown"));
    if (report) this.toasts.show({ text: words.waiting.exported(report.turns) });
  }

  /** Deletes a turn or a conversation, and offers to take that back. */
  async erase(target: Exclude<Target, { kind: "session" }>): Promise<void> {
    const { backend } = this;
    const erased: Promise<PendingErasure> =
      target.kind === "turn" ? backend.turnDelete({ turn_id: target.id }) : backend.conversationDelete({ conversation_id: target.id });
    if ((await this.attempt(erased)) === undefined) return;
    const undo = () => void this.attempt(backend.erasureUndo({ target }));
    const w = words.erasure;
    this.toasts.show({
      text: target.kind === "turn" ? w.turnDone : w.conversationDone,
      detail: w.detail,
      action: { label: words.common.undo, run: undo },
    });
  }

  async #lookForWaiting(): Promise<void> {
    this.memory.saved(await this.waiting.refresh());
  }

  /** What the window opens on. */
  #read(): Promise<Read> {
    return Promise.all([this.backend.settingsGet(), this.backend.sessionList({ filter: "all" })]);
  }

  /** Locks; where that would lose turns, only once the person says so. */
  async lock(): Promise<void> {
    const lost = this.waiting.ids.size;
    if (lost === 0) return this.#lockNow();
    const w = words.waiting;
    const action = { label: w.lockAnyway, run: () => void this.#lockNow() };
    this.toasts.show({ kind: "error", text: w.title(lost), detail: w.lockText, action });
  }

  #warnOfClosing(): void {
    const w = words.waiting;
    const action = { label: w.export, run: () => void this.exportWaiting() };
    this.toasts.show({ kind: "error", text: w.title(this.waiting.ids.size), detail: w.closeText, action });
  }

  async #lockNow(): Promise<void> {
    await this.attempt(this.backend.profileLock());
  }

  async setSettings(change: Partial<AppSettings>): Promise<void> {
    const saved = await this.attempt(this.backend.settingsSet({ ...this.settings, ...change }));
    if (saved !== undefined) this.settings = saved;
  }

  /** Decides of a turn in the open session. That it is never injected any more can be taken back at once. */
  async mark(turn: TurnId, mark: Mark | null): Promise<void> {
    const session = this.memory.current;
    if (session === null) return;
    const before = markOf(session.preferences, turn);
    if (!(await this.#mark(session.id, turn, mark)) || mark !== "never") return;
    const undo = () => void this.#mark(session.id, turn, before);
    this.toasts.show({ text: words.context.markedNever, action: { label: words.common.undo, run: undo } });
  }

  async #mark(session: SessionId, turn: TurnId, mark: Mark | null): Promise<boolean> {
    const changed = await this.attempt(this.sessions.mark(session, turn, mark));
    if (changed !== undefined && this.memory.current?.id === changed.id) this.memory.current = changed;
    return changed !== undefined;
  }

  /** Goes to a turn of what is read; that it is nowhere is told. */
  async reach(reader: TurnReader, turn: TurnId, jump: () => boolean): Promise<void> {
    if ((await this.attempt(reachTurn(reader, turn, jump))) === false) this.toasts.show({ text: words.palette.turnGone });
  }

  /** Waits for work; a failure is shown and comes back as undefined. */
  async attempt<T>(work: Promise<T>): Promise<T | undefined> {
    try {
      return await work;
    } catch (thrown) {
      this.fail(AppError.from(thrown));
      return undefined;
    }
  }

  /** Shows a failure with what can be done about it. */
  fail(error: AppError): void {
    const { title, text, action } = words.errors[error.code];
    if (error.code === "locked") void this.begin();
    const run = action === undefined ? undefined : this.#actionOf(action);
    const offered = action !== undefined && run !== undefined ? { action: { label: words.errorActions[action], run } } : {};
    this.toasts.show({ kind: "error", text: title, detail: text, ...offered });
  }

  /** What an action does anywhere in the window; a retry is the caller's own and is not offered here. */
  #actionOf(action: ErrorAction): (() => void) | undefined {
    if (action === "providers") return () => (this.screen = "settings");
    if (action === "health") return () => (this.screen = "health");
    return undefined;
  }

  /** Says a sentence to people who listen; the same one twice is said twice. */
  announce(text: string): void {
    this.spoken = this.spoken === text ? `${text}\u00a0` : text;
  }

  /** Puts the focus into the composer, on the main screen. */
  callComposer(): void {
    this.screen = "main";
    this.composerCalled = true;
  }

  async #changed(tags: ChangeTag[]): Promise<void> {
    if (tags.includes("profile")) await this.begin();
    if (this.stage.name !== "open") return;
    if (tags.includes("closing")) this.#warnOfClosing();
    if (tags.includes("settings")) this.settings = await this.backend.settingsGet();
    if (tags.includes("waiting")) await this.#lookForWaiting();
    if (tags.includes("sessions")) await this.sessions.refresh();
    await this.memory.changed(tags, this.sessions.all);
  }

  #forget(): void {
    this.settled = false;
    this.memory.forget();
    this.sessions.forget();
    this.waiting.forget();
    this.begun.forget();
    this.link = null;
    this.spoken = "";
    for (const toast of this.toasts.shown) this.toasts.dismiss(toast.id);
  }
}

const KEY = Symbol("app");

/** Hands the app to every component below. */
export const provideApp = (app: App): App => setContext(KEY, app);

/** The app this component belongs to. */
export const useApp = (): App => getContext<App>(KEY);
