import type { TurnId } from "../backend/types";

/** What the manager needs of its surroundings. */
export interface ManagerHost {
  announce(text: string): void;
  /** Memory as the whole app has it. */
  memoryOn(): boolean;
  /** Resolves once what was just set is on the screen. */
  drawn(): Promise<void>;
  /** Turns that are kept and not saved yet. */
  waiting?(): ReadonlySet<TurnId>;
  /** A turn could not be saved. */
  unsaved?(): void;
}
