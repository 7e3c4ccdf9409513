import type { SearchHit, Session } from "../../lib/backend/types";
import type { Command } from "./commands";

/** One line of the palette. */
export type Entry =
  | { kind: "command"; key: string; command: Command }
  | { kind: "session"; key: string; session: Session }
  | { kind: "turn"; key: string; hit: SearchHit }
  | { kind: "more"; key: "more" };

/** Sessions shown by their titles at most, beside what is found in them. */
const MOST_SESSIONS = 5;

/** The lines in their order: what can be done, sessions by title, turns. */
export function entriesOf(commands: readonly Command[], sessions: readonly Session[], hits: readonly SearchHit[], more: boolean): Entry[] {
  return [
    ...commands.map((command): Entry => ({ kind: "command", key: `command-${command.name}`, command })),
    ...sessions.slice(0, MOST_SESSIONS).map((session): Entry => ({ kind: "session", key: `session-${session.id}`, session })),
    ...hits.map((hit): Entry => ({ kind: "turn", key: `turn-${hit.turn_id}`, hit })),
    ...(more ? [{ kind: "more", key: "more" } as const] : []),
  ];
}

/** The sessions whose title holds what is typed. */
export function titled(sessions: readonly Session[], query: string): Session[] {
  const wanted = query.trim().toLocaleLowerCase();
  return wanted === "" ? [] : sessions.filter((session) => session.title.toLocaleLowerCase().includes(wanted));
}
