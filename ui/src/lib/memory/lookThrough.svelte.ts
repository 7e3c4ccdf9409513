import { AppError } from "../backend";
import type { Tray } from "../backend/types";
import type { ContextPreview } from "./contextPreview.svelte";
import type { ContextTray } from "./contextTray.svelte";

/** What a person is shown before a cycle is sent: its memory, or that this could not be looked up. */
export type Shown = { kind: "tray"; tray: ContextTray } | { kind: "failed"; directive: string; error: AppError };

/** What the cycle is sent with. */
export interface Through {
  tray: Tray | null;
  /** Whether it is to go without memory, whatever else is set. */
  without: boolean;
}

/** One look through a cycle's memory, from the sending to the person's answer. */
export class LookThrough {
  shown = $state.raw<Shown | null>(null);
  #looking: { directive: string; done: (through: Through | null) => void } | null = null;

  constructor(private readonly preview: ContextPreview) {}

  /** What the person lets through, at once where there is nothing to look through; null where they would rather not send. */
  look(directive: string): Promise<Through | null> {
    this.back();
    return new Promise((done) => {
      this.#looking = { directive, done };
      void this.tryAgain();
    });
  }

  /** Looks the memory up, anew where that failed. What is shown stays until then. */
  async tryAgain(): Promise<void> {
    const looking = this.#looking;
    if (looking === null) return;
    const { directive } = looking;
    const found = await this.preview.offer(directive).catch((thrown: unknown) => AppError.from(thrown));
    if (looking !== this.#looking) return;
    if (found === null) this.#end({ tray: null, without: false });
    else this.shown = found instanceof AppError ? { kind: "failed", directive, error: found } : { kind: "tray", tray: found };
  }

  /** Sends what is ticked. */
  run(): void {
    if (this.shown?.kind === "tray") this.#end({ tray: this.shown.tray.tray, without: false });
  }

  runWithout(): void {
    this.#end({ tray: null, without: true });
  }

  /** Does not send. */
  back(): void {
    this.#end(null);
  }

  #end(through: Through | null): void {
    const looking = this.#looking;
    [this.#looking, this.shown] = [null, null];
    looking?.done(through);
  }
}
