import { AppError, type Backend } from "../backend";
import type { ExportFormat, ExportReport, PendingDeletion, Preferences, Session, SessionId, TurnId } from "../backend/types";
import { type DateGroup, dateGroup } from "../format/time";
import { type Mark, marked } from "./marks";

/** A part of the list under one heading. */
export interface SessionGroup {
  name: "pinned" | DateGroup;
  sessions: Session[];
}

const ORDER: SessionGroup["name"][] = ["pinned", "today", "yesterday", "week", "month", "older"];

/** Sessions whose title contains `search`, by their dates; pinned ones first, each group in the given order. */
export function groupSessions(sessions: readonly Session[], search: string, now: number): SessionGroup[] {
  const wanted = search.trim().toLocaleLowerCase();
  const shown = sessions.filter((s) => s.title.toLocaleLowerCase().includes(wanted));
  const groups = new Map<SessionGroup["name"], Session[]>();
  for (const session of shown) {
    const name = session.pinned ? "pinned" : dateGroup(session.last_active_at, now);
    groups.set(name, [...(groups.get(name) ?? []), session]);
  }
  return ORDER.flatMap((name) => {
    const found = groups.get(name);
    return found === undefined ? [] : [{ name, sessions: found }];
  });
}

/** The sessions of the panel and of the archive, and what can be done with them. Every method rejects with AppError. */
export class SessionList {
  active = $state.raw<Session[]>([]);
  archived = $state.raw<Session[]>([]);
  search = $state("");
  loaded = $state(false);
  /** How many times they were asked for, and which of these was taken last. */
  #asked = 0;
  #taken = 0;
  /** The last change of preferences that was asked for. */
  #changing: Promise<unknown> = Promise.resolve();

  constructor(private readonly backend: Backend) {}

  readonly groups: SessionGroup[] = $derived(groupSessions(this.active, this.search, Date.now()));

  /** Active and archived ones alike. */
  readonly all: Session[] = $derived([...this.active, ...this.archived]);

  find(id: SessionId): Session | undefined {
    return this.all.find((session) => session.id === id);
  }

  /** All of them, the given one first. */
  idsFrom(first: SessionId | undefined): SessionId[] {
    const ids = this.all.map((session) => session.id);
    return first === undefined || !ids.includes(first) ? ids : [first, ...ids.filter((id) => id !== first)];
  }

  /** Reads them anew. An answer that comes after that of a later question is dropped. */
  async refresh(): Promise<void> {
    const asked = (this.#asked += 1);
    const all = await this.backend.sessionList({ filter: "all" });
    if (asked < this.#taken) return;
    this.#taken = asked;
    this.take(all);
  }

  /** Shows these, which are all there are. */
  take(all: readonly Session[]): void {
    this.active = all.filter((session) => session.status === "active");
    this.archived = all.filter((session) => session.status !== "active");
    this.loaded = true;
  }

  rename = (session_id: SessionId, title: string): Promise<Session> => this.#then(this.backend.sessionRename({ session_id, title }));
  pin = (session_id: SessionId, pinned: boolean): Promise<Session> => this.#then(this.backend.sessionPin({ session_id, pinned }));
  archive = (session_id: SessionId): Promise<Session> => this.#then(this.backend.sessionArchive({ session_id }));
  restore = (session_id: SessionId): Promise<Session> => this.#then(this.backend.sessionRestore({ session_id }));
  reset = (session_id: SessionId): Promise<Session> => this.#then(this.backend.sessionReset({ session_id }));
  delete = (session_id: SessionId): Promise<PendingDeletion> => this.#then(this.backend.sessionDelete({ session_id }));
  undoDelete = (session_id: SessionId): Promise<Session> => this.#then(this.backend.sessionDeleteUndo({ session_id }));

  /**
   * Changes a session's preferences, one change after the other: they are written whole, and one that was made of what
   * stood before the change ahead of it would take that back.
   */
  changePreferences(session_id: SessionId, change: (now: Preferences) => Preferences): Promise<Session> {
    const changed = this.#changing.then(() => this.#change(session_id, change));
    this.#changing = changed.catch(() => {});
    return changed;
  }

  /** Puts a turn into the session's list of that mark and out of the other; null takes it out of both. */
  mark(session_id: SessionId, turn: TurnId, mark: Mark | null): Promise<Session> {
    return this.changePreferences(session_id, (now) => marked(now, turn, mark));
  }

  async #change(session_id: SessionId, change: (now: Preferences) => Preferences): Promise<Session> {
    const session = this.find(session_id);
    if (session === undefined) throw new AppError("not_found", "no such session");
    const changed = await this.backend.sessionPreferencesSet({ session_id, preferences: change(session.preferences) });
    // Even where reading the list anew fails, the next change is made of this one, and not of an answer from before it.
    this.#taken = this.#asked += 1;
    this.take(this.all.map((each) => (each.id === session_id ? changed : each)));
    await this.refresh();
    return changed;
  }

  /** Null when the person closed the dialog. */
  export(session_id: SessionId, format: ExportFormat): Promise<ExportReport | null> {
    return this.backend.sessionExport({ session_id, format });
  }

  /** Forgets everything, as locking does. */
  forget(): void {
    [this.active, this.archived, this.search, this.loaded] = [[], [], "", false];
  }

  async #then<T>(work: Promise<T>): Promise<T> {
    const done = await work;
    await this.refresh();
    return done;
  }
}
