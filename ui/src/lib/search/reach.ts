import { tick } from "svelte";

import type { TurnId } from "../backend/types";
import { nextFrame } from "../shell/drawn";

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

/** Reads the turns of a session that may be just opening. */
export interface TurnReader extends Reader {
  readonly loading: boolean;
  /** Whether a turn is in what is read. */
  has(turn: TurnId): boolean;
}

/** How many frames a turn that is read may take to be drawn, and a session to be read: some seconds. */
const PATIENCE = 300;

/** Reads back until `jump` can go to a turn; false where it is nowhere. */
export async function reachTurn(reader: TurnReader, turn: TurnId, jump: () => boolean): Promise<boolean> {
  const waits = () => reader.loading || reader.has(turn);
  for (let frames = 0; !(await reach(reader, jump)); frames += 1) {
    if (!waits() || frames === PATIENCE) return waits();
    await nextFrame();
  }
  return true;
}
