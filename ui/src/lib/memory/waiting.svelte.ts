import type { Backend } from "../backend";
import type { ExportFormat, ExportReport, TurnId, WaitingTurns } from "../backend/types";

/** The turns that could not be saved yet, as the window knows them. */
export class Waiting {
  state = $state.raw<WaitingTurns | null>(null);
  readonly ids: ReadonlySet<TurnId> = $derived(new Set(this.state?.turns ?? []));

  constructor(private readonly backend: Backend) {}

  /** Asks which there are; the ones that were among them and are saved now. */
  async refresh(): Promise<TurnId[]> {
    return this.#take(await this.backend.waitingTurns());
  }

  /** Has them tried now; whether any still waits. */
  async tryNow(): Promise<boolean> {
    this.#take(await this.backend.waitingWrite());
    return this.state !== null;
  }

  export(format: ExportFormat): Promise<ExportReport | null> {
    return this.backend.waitingExport({ format });
  }

  forget(): void {
    this.state = null;
  }

  #take(now: WaitingTurns | null): TurnId[] {
    const before = this.ids;
    this.state = now;
    return [...before].filter((id) => !this.ids.has(id));
  }
}
