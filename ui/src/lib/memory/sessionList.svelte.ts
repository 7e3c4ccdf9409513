import type { Backend } from "../backend";
import type { ExportFormat, ExportReport, PendingDeletion, Preferences, Session, SessionId } from "../backend/types";
import { type DateGroup, dateGroup } from "../format/time";

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

  constructor(private readonly backend: Backend) {}

  readonly groups: SessionGroup[] = $derived(groupSessions(this.active, this.search, Date.now()));

  /** Active and archived ones alike. */
  readonly all: Session[] = $derived([...this.active, ...this.archived]);

  find(id: SessionId): Session | undefined {
    return this.all.find((session) => session.id === id);
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
  setPreferences = (session_id: SessionId, preferences: Preferences): Promise<Session> =>
    this.#then(this.backend.sessionPreferencesSet({ session_id, preferences }));

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
