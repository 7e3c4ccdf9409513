import type { MenuItem } from "../../components/Menu.svelte";
import type { ExportFormat, Session } from "../../lib/backend/types";
import { size } from "../../lib/format/size";
import type { App } from "../../lib/shell/app.svelte";
import { words } from "../../lib/words";

const w = words.session;
const titleOf = (session: Session) => session.title || w.untitled;

/** What the panel itself must do for an action. */
export interface ActionHost {
  rename(session: Session): void;
  askReset(session: Session): void;
  preferences(session: Session): void;
}

/** The menu of an active session. */
export function sessionItems(app: App, session: Session, host: ActionHost): MenuItem[] {
  return [
    { label: w.rename, icon: "edit", run: () => host.rename(session) },
    {
      label: session.pinned ? w.unpin : w.pin,
      icon: "pin",
      run: () => void app.attempt(app.sessions.pin(session.id, !session.pinned)),
    },
    { label: w.preferences, icon: "settings", run: () => host.preferences(session) },
    { ...exportItem(app, session, "markdown"), apart: true },
    exportItem(app, session, "json"),
    { label: w.archive, icon: "archive", apart: true, run: () => void archiveSession(app, session) },
    { label: w.reset, icon: "reset", run: () => host.askReset(session) },
    { label: w.delete, icon: "trash", danger: true, run: () => void deleteSession(app, session) },
  ];
}

/** The menu of an archived session. */
export function archivedItems(app: App, session: Session): MenuItem[] {
  return [
    { label: w.restore, icon: "reset", run: () => void restoreSession(app, session) },
    exportItem(app, session, "markdown"),
    exportItem(app, session, "json"),
    { label: w.delete, icon: "trash", danger: true, apart: true, run: () => void deleteSession(app, session) },
  ];
}

function exportItem(app: App, session: Session, format: ExportFormat): MenuItem {
  const label = format === "json" ? w.exportJson : w.exportMarkdown;
  return { label, icon: "export", run: () => void exportSession(app, session, format) };
}

async function exportSession(app: App, session: Session, format: ExportFormat): Promise<void> {
  const report = await app.attempt(app.sessions.export(session.id, format));
  if (report) app.toasts.show({ text: w.exported(report.turns, size(report.bytes)) });
}

async function archiveSession(app: App, session: Session): Promise<void> {
  if ((await app.attempt(app.sessions.archive(session.id))) === undefined) return;
  leave(app, session);
  const undo = () => void app.attempt(app.sessions.restore(session.id));
  app.toasts.show({ text: w.archived(titleOf(session)), action: { label: words.common.undo, run: undo } });
}

/** Makes an archived session active again and opens it. */
export async function restoreSession(app: App, session: Session): Promise<void> {
  const restored = await app.attempt(app.sessions.restore(session.id));
  if (restored === undefined) return;
  app.toasts.show({ text: w.restored(titleOf(session)) });
  app.screen = "main";
  await app.attempt(app.memory.loadSession(restored));
}

async function deleteSession(app: App, session: Session): Promise<void> {
  if ((await app.attempt(app.sessions.delete(session.id))) === undefined) return;
  leave(app, session);
  const undo = () => void app.attempt(app.sessions.undoDelete(session.id));
  app.toasts.show({ text: w.deleted(titleOf(session)), action: { label: words.common.undo, run: undo } });
}

/** Empties a session. */
export async function resetSession(app: App, session: Session): Promise<void> {
  if ((await app.attempt(app.sessions.reset(session.id))) === undefined) return;
  app.toasts.show({ text: w.resetDone(titleOf(session)) });
}

/** A session that is gone from the panel is not shown any longer. */
function leave(app: App, session: Session): void {
  if (app.memory.current?.id === session.id) app.memory.startNew(false);
}
