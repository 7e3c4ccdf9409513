/** Turns that are always or never injected: their state wherever they are shown, the way back, and the list of them. */
import { fireEvent, within } from "@testing-library/svelte";
import { expect, test, vi } from "vitest";

import type { Session, Turn } from "../lib/backend/types";
import { words } from "../lib/words";
import { type Opened, openWindow } from "../test/window";

const w = words.context;

const inside = (element: HTMLElement) => within(element);

interface Panel extends Opened {
  panel: ReturnType<typeof inside>;
  /** "Release 2.4" as it is stored. */
  stored: () => Session;
}

const seeded = ({ backend }: Opened, title: string): Session => {
  const session = [...backend.store.sessions.values()].find((each) => each.title === title);
  if (session === undefined) throw new Error(`${title} is seeded`);
  return session;
};
const turnsOf = ({ backend }: Opened, { id }: Session): Turn[] => backend.store.conversationsOf(id).flatMap((each) => backend.store.turns.get(each.id) ?? []);
const first = <T>([found]: readonly T[]): T => {
  if (found === undefined) throw new Error("there is none");
  return found;
};

/** The context of "Release 2.4", with what `before` does to it in the store. */
async function panelOf(before: (session: Session, opened: Opened) => void = () => {}): Promise<Panel> {
  const opened = await openWindow();
  const stored = () => seeded(opened, "Release 2.4");
  before(stored(), opened);
  opened.backend.tell("sessions");
  await opened.drawn();
  await opened.user.click(opened.view.getByRole("button", { name: "Release 2.4" }));
  await opened.drawn();
  return { ...opened, panel: inside(opened.view.getByRole("complementary", { name: w.panel })), stored };
}

/** The first item of a receipt. */
const item = ({ panel }: Panel) => inside(first(panel.getAllByText(w.openTurn)).closest("li") as HTMLElement);

test("an item of a receipt shows whether it is always or never injected, and its buttons say what they will do", async () => {
  const opened = await panelOf();
  const { user, drawn, stored } = opened;
  expect([item(opened).queryByText(w.marked.always), item(opened).queryByText(w.marked.never)]).toEqual([null, null]);
  await user.click(item(opened).getByText(w.mark.always));
  await drawn();
  item(opened).getByText(w.marked.always);
  await user.click(item(opened).getByText(w.mark.never));
  await drawn();
  item(opened).getByText(w.marked.never);
  expect(item(opened).queryByText(w.marked.always), "it is one of the two at most").toBeNull();
  await user.click(item(opened).getByText(w.unmark.never));
  await drawn();
  item(opened).getByText(w.mark.never);
  expect([stored().preferences.pinned_turns, stored().preferences.muted_turns]).toEqual([[], []]);
});

test("that a turn is never injected any more is told, and taken back to what was before", async () => {
  const opened = await panelOf();
  const { user, view, drawn, stored } = opened;
  await user.click(item(opened).getByText(w.mark.always));
  await drawn();
  const [pinned] = stored().preferences.pinned_turns;
  await user.click(item(opened).getByText(w.mark.never));
  await drawn();
  view.getByText(w.markedNever);
  expect(stored().preferences.muted_turns).toEqual([pinned]);
  await user.click(view.getByRole("button", { name: words.common.undo }));
  await drawn();
  expect([stored().preferences.pinned_turns, stored().preferences.muted_turns]).toEqual([[pinned], []]);
  item(opened).getByText(w.marked.always);
});

test("of two quick clicks on two turns both are kept", async () => {
  const { drawn, panel, stored } = await panelOf();
  const items = [...new Set(panel.getAllByText(w.openTurn).map((button) => button.closest("li") as HTMLElement))];
  const [one, other] = [items[0], items[1]].map((each) => within(each as HTMLElement));
  await Promise.all([fireEvent.click(first(one?.getAllByText(w.mark.always) ?? [])), fireEvent.click(first(other?.getAllByText(w.mark.always) ?? []))]);
  await drawn();
  expect(stored().preferences.pinned_turns).toHaveLength(2);
});

test("a turn that is muted in the tray comes back into it when that is taken back, and the focus is not lost", async () => {
  const { user, view, drawn } = await panelOf();
  await user.type(view.getByLabelText("Directive"), "Which release notes and checks are missing before the release?{Enter}");
  await drawn();
  const tray = within(view.getByRole("region", { name: words.tray.title }));
  const texts = () => tray.getAllByRole("checkbox").map((box) => (box as HTMLInputElement).labels?.[0]?.textContent);
  const [before, never] = [texts(), first(tray.getAllByText(w.mark.never))];
  never.focus();
  await user.click(never);
  await drawn();
  expect(texts()).not.toContain(before[0]);
  expect(document.activeElement).toBe(tray.getByRole("button", { name: words.tray.run }));
  await user.click(view.getByRole("button", { name: words.common.undo }));
  await drawn();
  expect(texts()).toEqual(before);
});

/** Marks in the store: one of the archive always, one of this session and one that is nowhere never. */
function marks(session: Session, opened: Opened) {
  session.preferences.pinned_turns = [first(turnsOf(opened, seeded(opened, "Grant application 2025"))).id];
  session.preferences.muted_turns = [first(turnsOf(opened, session)).id, "nowhere"];
}

/** The lines of the list, opened. */
async function listed({ panel, drawn }: Panel): Promise<() => HTMLElement[]> {
  const list = panel.getByText(w.marksCount(1, 2)).closest("details") as HTMLDetailsElement;
  list.open = true;
  const lines = () => within(list).queryAllByRole("listitem");
  await drawn();
  await vi.waitFor(() => expect(lines().some((line) => line.textContent?.includes(words.common.loading))).toBe(false));
  return lines;
}

test("what is always or never injected is listed with what it says, is taken off there, and is gone where it is", async () => {
  const opened = await panelOf(marks);
  const { user, drawn, panel, stored } = opened;
  const lines = await listed(opened);
  expect(lines().map((line) => line.textContent?.slice(0, 20))).toEqual(["Compare three ways t", "Draft the release no", words.palette.turnGone.slice(0, 20)]);
  const gone = within(lines()[2] as HTMLElement);
  expect(gone.queryByText(w.openTurn)).toBeNull();
  await user.click(gone.getByText(w.unmark.never));
  await drawn();
  await user.click(within(lines()[0] as HTMLElement).getByText(w.unmark.always));
  await drawn();
  expect([stored().preferences.pinned_turns, stored().preferences.muted_turns.length]).toEqual([[], 1]);
  panel.getByText(w.marksCount(0, 1));
  await user.click(within(lines()[0] as HTMLElement).getByText(w.unmark.never));
  await drawn();
  panel.getByText(w.marksNone);
});

test("a listed turn is gone to, in the archive too", async () => {
  const opened = await panelOf(marks);
  const lines = await listed(opened);
  await opened.user.click(within(lines()[0] as HTMLElement).getByText(w.openTurn));
  await opened.drawn();
  opened.view.getByRole("heading", { level: 2, name: "Grant application 2025" });
  await vi.waitFor(() => expect(document.activeElement?.textContent).toContain("Compare three ways"));
});

test("marks that cannot be read are told, and taken off all the same", async () => {
  const opened = await panelOf(marks);
  opened.backend.failNext("conversationTurns", "disk_failed");
  const lines = await listed(opened);
  opened.panel.getByText(words.errors.disk_failed.title);
  const unread = within(lines()[0] as HTMLElement);
  unread.getByText(w.markUnread);
  await opened.user.click(unread.getByText(w.unmark.always));
  await opened.drawn();
  expect(opened.stored().preferences.pinned_turns).toEqual([]);
});
