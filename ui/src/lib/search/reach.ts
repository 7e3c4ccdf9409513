import { tick } from "svelte";

/** What is read of a session, newest first. */
export interface Reader {
  readonly hasEarlier: boolean;
  loadEarlier(): Promise<void>;
}

/** Reads back until `show` can show what it is for; false where it is nowhere. */
export async function reach(reader: Reader, show: () => boolean): Promise<boolean> {
  for (;;) {
    await tick();
    if (show()) return true;
    if (!reader.hasEarlier) return false;
    await reader.loadEarlier();
  }
}
