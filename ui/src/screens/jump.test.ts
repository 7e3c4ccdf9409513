/** Going to a turn of memory, wherever it was said, in the whole window. */
import { within } from "@testing-library/svelte";
import { expect, test, vi } from "vitest";

import type { ContextItem } from "../lib/backend/types";
import { words } from "../lib/words";
import { type Opened, openWindow } from "../test/window";

const w = words.context;
const DIRECTIVE = "Which raised beds of the garden stand in half shade, and which wood is untreated?";

interface Looking extends Opened {
  /** What the tray shows of the other session. */
  item: ContextItem;
  tray: ReturnType<typeof within>;
  /** The line of that in the tray. */
  line: () => ReturnType<typeof within>;
}

/** The tray over "Release 2.4", whose memory is looked for in another session as well. */
async function lookingAt(title: string): Promise<Looking> {
  const opened = await openWindow();
  const { user, view, drawn, backend } = opened;
  const sessions = [...backend.store.sessions.values()];
  const [open, other] = ["Release 2.4", title].map((each) => sessions.find((session) => session.title === each));
  if (open === undefined || other === undefined) throw new Error("they are seeded");
  open.preferences.scope = { chosen: [other.id] };
  await user.click(view.getByRole("button", { name: "Release 2.4" }));
  await drawn();
  await user.type(view.getByLabelText("Directive"), `${DIRECTIVE}{Enter}`);
  await drawn();
  const offered = await backend.contextPreview({ session_id: open.id, directive: DIRECTIVE, tray: null });
  const item = offered.items.find((each) => each.session_id === other.id);
  if (item === undefined) throw new Error("it says something of it");
  const tray = within(view.getByRole("region", { name: words.tray.title }));
  const line = () => within(tray.getAllByRole("listitem")[offered.items.indexOf(item)] as HTMLElement);
  return { ...opened, item, tray, line };
}

const arrived = (turn: string) => vi.waitFor(() => expect(document.activeElement?.closest("[data-turn]")?.getAttribute("data-turn")).toBe(turn));
const draft = ({ view }: Opened) => (view.getByLabelText("Directive") as HTMLTextAreaElement).value;
const back = async ({ user, view, drawn }: Opened) => {
  await user.click(view.getByRole("button", { name: "Release 2.4" }));
  await drawn();
};

test("a turn of another session is shown from the tray, and the directive waits", async () => {
  const opened = await lookingAt("Raised beds, north side");
  const { user, view, drawn, item } = opened;
  await user.click(opened.line().getByText(w.openTurn));
  await drawn();
  await arrived(item.turn_id);
  view.getByRole("heading", { level: 1, name: "Raised beds, north side" });
  await back(opened);
  expect(draft(opened)).toBe(DIRECTIVE);
});

test("a turn of an archived session is shown in the archive, and the directive waits", async () => {
  const opened = await lookingAt("Old garden plans");
  const { user, view, drawn, item } = opened;
  await user.click(opened.line().getByText(w.openTurn));
  await drawn();
  await arrived(item.turn_id);
  view.getByRole("heading", { level: 1, name: words.archive.title });
  view.getByRole("heading", { level: 2, name: "Old garden plans" });
  await back(opened);
  expect(draft(opened)).toBe(DIRECTIVE);
});

test("a turn that was left out is shown from the receipt, though that does not say of which session it is", async () => {
  const opened = await lookingAt("Raised beds, north side");
  const { user, view, drawn, clock, item, tray } = opened;
  await user.click(opened.line().getByRole("checkbox"));
  await drawn();
  await user.click(tray.getByRole("button", { name: /^Run/ }));
  await clock.run();
  await drawn();
  const panel = within(view.getByRole("complementary", { name: w.panel }));
  await user.click(panel.getAllByText(w.openLeftOut(1))[0] as HTMLElement);
  await drawn();
  await arrived(item.turn_id);
  view.getByRole("heading", { level: 1, name: "Raised beds, north side" });
});

test("that a turn which was left out is gone is told", async () => {
  const opened = await lookingAt("Raised beds, north side");
  const { user, view, drawn, backend, clock, item, tray } = opened;
  await user.click(opened.line().getByRole("checkbox"));
  await drawn();
  await user.click(tray.getByRole("button", { name: /^Run/ }));
  await clock.run();
  await drawn();
  await backend.conversationDelete({ conversation_id: item.conversation_id });
  await drawn();
  const panel = within(view.getByRole("complementary", { name: w.panel }));
  await user.click(panel.getAllByText(w.openLeftOut(1))[0] as HTMLElement);
  await drawn();
  view.getByText(words.palette.turnGone);
});

test("that a turn of the tray is gone is told, and so is that its session is", async () => {
  const opened = await lookingAt("Raised beds, north side");
  const { user, view, drawn, backend, item } = opened;
  const show = opened.line().getByText(w.openTurn);
  await backend.sessionDelete({ session_id: item.session_id });
  await drawn();
  await user.click(show);
  await drawn();
  view.getByText(words.palette.gone);
  await backend.sessionDeleteUndo({ session_id: item.session_id });
  await backend.conversationDelete({ conversation_id: item.conversation_id });
  await drawn();
  await user.click(show);
  await drawn();
  await vi.waitFor(() => view.getByText(words.palette.turnGone));
});
