import { AppError } from "../appError";
import type { Backend, OnProgress } from "../backend";
import type { BackupInfo, BackupOverview, BackupSession, BackupSettings, BackupSource, BackupState, ChangeTag, Restored, Returned, SalvageReport, SessionId, Tried } from "../types";
import type { MockClock } from "./clock";
import type { MockProfile } from "./profile";
import type { MockStore } from "./store";

const HOUR = 3_600_000;
const OWN = "~/.local/share/ccc-backups";

type BackupMethods = Pick<Backend, Extract<keyof Backend, `backup${string}`> | "dataSalvage" | "profileRestore" | "keysRotate">;

/** Backups of what is in the store: they hold its counts and titles, as the window needs no more of them. */
export class MockBackups {
  settings: BackupSettings = { automatic: true, folder: null, max_bytes: 10 * 1024 ** 3 };
  readonly state: BackupState = { made: null, failed: null, tried: null, unreached: [], folders: [], unsound: [], entries: 0 };
  readonly #all: { info: BackupInfo; sessions: BackupSession[] }[] = [];
  #stopped = false;

  constructor(
    readonly store: MockStore,
    readonly clock: MockClock,
    readonly profile: MockProfile,
    seeded: boolean,
  ) {
    if (!seeded) return;
    for (const hours of [26, 3, 1]) this.#add(clock.now() - hours * HOUR);
    this.state.tried = { at: new Date(clock.now() - 20 * HOUR).toISOString(), name: "", failure: null, turns: this.#turns() };
  }

  /** The backend's methods; `changed` is told what changes. */
  methods(changed: (...tags: ChangeTag[]) => void): BackupMethods {
    const told = <T>(value: T, ...tags: ChangeTag[]): T => (changed(...tags), value);
    const set = (change: Partial<BackupSettings>) => (this.settings = { ...this.settings, ...change });
    return {
      backupOverview: async () => this.overview(),
      backupMake: async (onProgress) => this.make(onProgress),
      backupStop: async () => void (this.#stopped = true),
      backupVerify: async ({ name }, onProgress) => this.verify(name, onProgress),
      backupDrill: async (onProgress) => this.drill(onProgress),
      backupAutomaticSet: async ({ automatic }) => set({ automatic }),
      backupFolderChoose: async () => set({ folder: "/media/stick" }),
      backupFolderLeave: async () => set({ folder: null }),
      backupFolderForget: async ({ folder }) => {
        this.state.unreached = this.state.unreached.filter((one) => one.folder !== folder);
      },
      backupSessions: async ({ name }) => this.sessions(name),
      backupBringBack: async ({ name, session_ids }) => told(this.bringBack(name, session_ids), "sessions"),
      backupRestoreBeside: async ({ name }, onProgress) => ({ restored: await this.restore(name, onProgress), directory: "~/ccc-copy" }),
      backupRestore: async ({ name }, onProgress) => told(await this.restore(name, onProgress), "profile"),
      keysRotate: async ({ passphrase }, onProgress) => {
        this.profile.checkPassphrase(passphrase);
        // Stopped or not, the profile was closed, and opens as at a start.
        const done = await this.#work(onProgress).then(() => true, () => false);
        this.profile.reopen(done);
        told(undefined, "profile");
        if (!done) throw new AppError("cancelled", "stopped");
      },
      dataSalvage: async (_, onProgress) => {
        await this.#work(onProgress);
        this.profile.salvage();
        return this.#salvaged();
      },
      backupSource: async () => this.source(),
      backupSourceChoose: async () => {
        // What another machine left on it.
        if (this.#all.length === 0) this.#add(this.clock.now() - 26 * HOUR);
        return this.source("/media/stick");
      },
      profileRestore: async ({ name, ...secret }, onProgress) => {
        this.profile.opensBackup(secret);
        const restored = await this.restore(name, onProgress);
        this.profile.restored();
        return { ...restored, before: null };
      },
    };
  }

  overview(): BackupOverview {
    const backups = this.#all.map(({ info }) => info).sort((a, b) => b.name.localeCompare(a.name));
    return structuredClone({ backups, state: this.state, settings: this.settings, own_folder: OWN });
  }

  source(folder = OWN): BackupSource {
    const backups = this.overview().backups.map(({ name, created_at, sessions, turns }) => ({ name, created_at, sessions, turns }));
    return { folder, backups };
  }

  async make(hear: OnProgress): Promise<BackupInfo> {
    await this.#work(hear);
    return this.#add(this.clock.now());
  }

  async verify(name: string, hear: OnProgress): Promise<number> {
    await this.#work(hear);
    return this.#of(name).info.turns;
  }

  async drill(hear: OnProgress): Promise<Tried> {
    await this.#work(hear);
    const newest = this.overview().backups[0];
    if (newest === undefined) throw new AppError("not_found", "no backup");
    return (this.state.tried = { at: this.#now(), name: newest.name, failure: null, turns: newest.turns });
  }

  sessions(name: string): BackupSession[] {
    return structuredClone(this.#of(name).sessions);
  }

  bringBack(name: string, ids: SessionId[]): Returned[] {
    return this.sessions(name)
      .filter((session) => ids.includes(session.id))
      .map((session) => {
        const copy = this.store.sessions.has(session.id);
        const id = copy ? this.store.id() : session.id;
        const title = copy ? `${session.title} (copy)` : session.title;
        this.store.sessions.set(id, { ...session, id, title, conversation_count: 0, temporary: false });
        return { session_id: id, title, turns: 0, copy };
      });
  }

  async restore(name: string, hear: OnProgress): Promise<Restored> {
    await this.#work(hear);
    const { info, sessions } = this.#of(name);
    const gone = sessions.filter((session) => !this.store.sessions.has(session.id)).length;
    return {
      of: info.created_at, sessions: info.sessions - gone, conversations: info.conversations, turns: info.turns,
      deleted_since: gone, before: name, aside: null,
    };
  }

  #of(name: string) {
    const found = this.#all.find(({ info }) => info.name === name);
    if (found === undefined) throw new AppError("not_found", "no such backup");
    return found;
  }

  #add(at: number): BackupInfo {
    const created_at = new Date(at).toISOString();
    const name = `${created_at.slice(0, 19).replaceAll(":", "-")}Z-0000000${this.#all.length}`;
    const sessions = [...this.store.sessions.values()].filter((session) => !session.temporary);
    const folders = [OWN, ...(this.settings.folder === null ? [] : [`${this.settings.folder}/ccc-backups`])];
    const info: BackupInfo = {
      name, created_at, bytes: 98_304 + this.#turns() * 900,
      sessions: sessions.length, conversations: this.store.conversations.size, turns: this.#turns(),
      copies: folders.map((folder) => ({ path: `${folder}/${name}`, fault: null })),
    };
    this.#all.push({ info, sessions: structuredClone(sessions) });
    this.state.made = { at: created_at, name, folder_failed: null };
    return structuredClone(info);
  }

  async #work(hear: OnProgress): Promise<void> {
    this.#stopped = false;
    for (const stage of ["copying", "checking"] as const) {
      for (const done of [0, 50, 100]) {
        if (this.#stopped) throw new AppError("cancelled", "stopped");
        hear({ stage, done, of: 100 });
        await this.clock.wait(100);
      }
    }
  }

  #salvaged(): SalvageReport {
    const [one, ...others] = [...this.store.conversations.values()];
    const conversations = one === undefined ? [] : [{
      session: this.store.session(one.session_id).title, title: one.directive, conversation_id: one.id,
      turns: one.turn_count, from_backup: 1, lost: 2,
    }];
    const [backup = null] = this.overview().backups.map((info) => info.name);
    return { whole: others.length, conversations, missing: [], turns: this.#turns(), trail: 412, backup, aside: "~/.local/share/ccc/aside-1" };
  }

  #turns = () => [...this.store.turns.values()].flat().length;
  #now = () => new Date(this.clock.now()).toISOString();
}
