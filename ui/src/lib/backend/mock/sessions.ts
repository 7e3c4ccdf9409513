import { AppError } from "../appError";
import type { Preferences, Session, SessionFilter, SessionId } from "../types";
import type { MockStore } from "./store";
import { defaultPreferences } from "./store";

/** Pinned first, then the last active first. */
export function listSessions(store: MockStore, filter: SessionFilter): Session[] {
  const shown = [...store.sessions.values()].filter((s) => !store.deleting.has(s.id));
  const wanted = shown.filter((s) => filter === "all" || (s.status === "active") === (filter === "active"));
  const order = (a: Session, b: Session) =>
    Number(b.pinned) - Number(a.pinned) || b.last_active_at.localeCompare(a.last_active_at) || b.id.localeCompare(a.id);
  return structuredClone(wanted.sort(order));
}

/** Makes an empty session. */
export function createSession(store: MockStore, now: string, temporary: boolean, preferences: Preferences | null): Session {
  const session: Session = {
    id: store.id(),
    title: "",
    created_at: now,
    last_active_at: now,
    status: "active",
    pinned: false,
    conversation_count: 0,
    preferences: preferences ?? defaultPreferences(),
    temporary,
  };
  store.sessions.set(session.id, session);
  return structuredClone(session);
}

/** Changes a session and hands back a copy. */
export function changeSession(store: MockStore, id: SessionId, change: (session: Session) => void): Session {
  const session = store.session(id);
  change(session);
  return structuredClone(session);
}

/** Throws `read_only` for a session that takes no changes. */
export function writable(session: Session): void {
  if (session.status !== "active") throw new AppError("read_only", "restore it first");
}

/** A title made of a directive's first words. */
export function titleOf(directive: string): string {
  const line = directive.trim().split("\n")[0] ?? "";
  return line.length <= 60 ? line : `${line.slice(0, 60).replace(/\s\S*$/, "")}…`;
}
