import { AppError, type Backend } from "../backend";
import type { BackupOverview, BackupProgress, SessionId } from "../backend/types";

/** Backups as the window knows them: the list, and the one thing that is being done. */
export class Backups {
  overview = $state.raw<BackupOverview | null>(null);
  /** What is under way; null when nothing is. */
  doing = $state.raw<"make" | "verify" | "drill" | "restore" | "rotate" | null>(null);
  progress = $state.raw<BackupProgress | null>(null);

  constructor(readonly backend: Backend) {}

  async refresh(): Promise<void> {
    this.overview = await this.backend.backupOverview();
  }

  /** Makes one; false when the person stopped it. */
  make = () => this.#stoppable("make", (hear) => this.backend.backupMake(hear));
  verify = (name: string) => this.#stoppable("verify", (hear) => this.backend.backupVerify({ name }, hear));
  drill = () => this.#stoppable("drill", (hear) => this.backend.backupDrill(hear));
  restore = (name: string) => this.#stoppable("restore", (hear) => this.backend.backupRestore({ name }, hear));
  beside = (name: string) => this.#stoppable("restore", (hear) => this.backend.backupRestoreBeside({ name }, hear));
  /** Replaces the master key, which takes the window's data away and brings it back as a restore does. */
  rotate = (passphrase: string | null) =>
    this.#stoppable("rotate", (hear) => this.backend.keysRotate({ passphrase }, hear).then(() => true));
  bringBack = (name: string, session_ids: SessionId[]) => this.backend.backupBringBack({ name, session_ids });

  stop(): Promise<void> {
    return this.backend.backupStop();
  }

  /** Runs work that can be stopped; undefined when it was. */
  async #stoppable<T>(what: NonNullable<Backups["doing"]>, work: (hear: (progress: BackupProgress) => void) => Promise<T>): Promise<T | undefined> {
    if (this.doing !== null) return undefined;
    [this.doing, this.progress] = [what, null];
    try {
      const done = await work((progress) => (this.progress = progress));
      if (what !== "restore" && what !== "rotate") await this.refresh();
      return done;
    } catch (thrown) {
      const error = AppError.from(thrown);
      if (error.code === "cancelled") return undefined;
      throw error;
    } finally {
      [this.doing, this.progress] = [null, null];
    }
  }
}
