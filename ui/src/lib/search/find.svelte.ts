import type { TurnId } from "../backend/types";
import type { Row } from "../cycle/rows";
import { occurrences } from "./occurrences";
import type { Reader } from "./reach";

/** One occurrence: in which turn, and which of that turn's. */
export interface Found {
  turn: TurnId;
  nth: number;
}

/** Finding in one transcript. */
export class Find {
  open = $state(false);
  wanted = $state("");
  /** Grows when the field is to take the focus. */
  calls = $state(0);
  #at = $state(0);
  #reading = false;

  constructor(
    private readonly rows: () => readonly Row[],
    private readonly reader: Reader,
  ) {}

  /** All occurrences, oldest first. */
  readonly found: Found[] = $derived.by(() => {
    if (!this.open || this.wanted.trim() === "") return [];
    return this.rows().flatMap((row) =>
      row.kind === "turn" ? occurrences(row.turn.content, this.wanted).map((_, nth) => ({ turn: row.turn.id, nth })) : [],
    );
  });

  /** Which of them is looked at, counted from the newest, so that reading further back keeps it. */
  readonly index: number = $derived(this.found.length === 0 ? -1 : this.found.length - 1 - Math.min(this.#at, this.found.length - 1));

  readonly current: Found | null = $derived(this.found[this.index] ?? null);

  /** Opens the bar, or calls the focus back into it. */
  begin(): void {
    this.open = true;
    this.calls += 1;
  }

  /** Takes what is typed, from the newest occurrence on. */
  type(wanted: string): void {
    [this.wanted, this.#at] = [wanted, 0];
    if (wanted.trim() !== "") void this.#readAll();
  }

  /** Goes to the next occurrence, or back; from one end on at the other. */
  step(by: 1 | -1): void {
    const count = this.found.length;
    if (count > 0) this.#at = (this.#at - by + count) % count;
  }

  close(): void {
    [this.open, this.wanted, this.#at] = [false, "", 0];
  }

  /** What is said in the transcript is found also where it was not read yet. */
  async #readAll(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (this.open && this.reader.hasEarlier) await this.reader.loadEarlier();
    } catch {
      // What is read is found; scrolling back tells what is wrong.
    } finally {
      this.#reading = false;
    }
  }
}
