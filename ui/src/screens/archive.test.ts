/** What steps of an archived session were given, in the whole window. */
import { within } from "@testing-library/svelte";
import { expect, test, vi } from "vitest";

import type { Receipt, Turn } from "../lib/backend/types";
import { words } from "../lib/words";
import { type Opened, openWindow } from "../test/window";

const w = words.context;

interface Reading extends Opened {
  /** What the step that is looked at was given, as it is stored. */
  receipt: Receipt;
  menu: () => HTMLElement;
  dialog: () => Promise<ReturnType<typeof within>>;
}

/** "Release 2.4" read in the archive, and one of its steps that was given something. */
async function reading(): Promise<Reading> {
  const opened = await openWindow();
  const { user, view, drawn, backend } = opened;
  const session = [...backend.store.sessions.values()].find((each) => each.title === "Release 2.4");
  await backend.sessionArchive({ session_id: session?.id ?? "" });
  const receipt = [...backend.store.receipts.values()].find((each) => each.context.items.length > 0);
  if (receipt === undefined) throw new Error("one is seeded");
  await drawn();
  await user.click(view.getByRole("button", { name: words.nav.archive }));
  await user.click(view.getByRole("button", { name: /^Release 2.4/ }));
  await drawn();
  const turn = () => document.querySelector<HTMLElement>(`[data-turn="${receipt.turn_id}"]`) ?? document.body;
  const menu = () => within(turn()).getByRole("button", { name: words.cycle.turnActions });
  const dialog = async () => {
    await user.click(menu());
    await opened.choose(words.cycle.receipt);
    return within(await view.findByRole("dialog", { name: words.cycle.receipt }));
  };
  return { ...opened, receipt, menu, dialog };
}

const closed = ({ view }: Opened) => vi.waitFor(() => expect(view.queryByRole("dialog")).toBeNull());
/** Whether the turn has the focus, and keeps it. */
async function arrived(turn: string | undefined) {
  const at = () => expect(document.activeElement?.closest("[data-turn]")?.getAttribute("data-turn")).toBe(turn);
  await vi.waitFor(at);
  await new Promise((done) => setTimeout(done, 100));
  at();
}
const elsewhere = ({ backend }: Opened, title: string): Turn => {
  const session = [...backend.store.sessions.values()].find((each) => each.title === title);
  const turn = [...backend.store.turns.values()].flat().find((each) => each.session_id === session?.id);
  if (turn === undefined) throw new Error(`${title} is seeded`);
  return turn;
};

test("what a step was given is read in the archive and not changed there, and Escape gives the focus back", async () => {
  const opened = await reading();
  const { user, receipt } = opened;
  const dialog = await opened.dialog();
  dialog.getByText(w.injectedFor(words.steps[receipt.step], receipt.context.items.length));
  expect(dialog.getAllByText(w.openTurn)).toHaveLength(receipt.context.items.length);
  dialog.getByText(receipt.context.block.split("\n")[0] ?? "none", { exact: false });
  for (const label of [w.mark.always, w.mark.never]) expect(dialog.queryByText(label)).toBeNull();
  await user.keyboard("{Escape}");
  await closed(opened);
  await vi.waitFor(() => expect(document.activeElement).toBe(opened.menu()));
});

test("a turn that was given is gone to from there, in the same session, in another one, and where only its id is known", async () => {
  const opened = await reading();
  const { user, view, receipt } = opened;
  const [item] = receipt.context.items;
  const go = async (label: string) => {
    await user.click((await opened.dialog()).getAllByText(label)[0] as HTMLElement);
    await closed(opened);
  };
  await go(w.openTurn);
  await arrived(item?.turn_id);
  view.getByRole("heading", { level: 2, name: "Release 2.4" });
  const other = elsewhere(opened, "Old garden plans");
  receipt.context.left_out = [other.id];
  await go(w.openLeftOut(1));
  await arrived(other.id);
  view.getByRole("heading", { level: 2, name: "Old garden plans" });
  await user.click(view.getByRole("button", { name: /^Release 2.4/ }));
  await opened.drawn();
  const active = elsewhere(opened, "Kitchen renovation");
  Object.assign(item ?? {}, { turn_id: active.id, session_id: active.session_id });
  await go(w.openTurn);
  await arrived(active.id);
  view.getByRole("heading", { level: 1, name: "Kitchen renovation" });
});

test("that nothing is known of what a step was given is told, and so is that it cannot be read", async () => {
  const opened = await reading();
  const { user, view, drawn, backend, receipt, menu, choose } = opened;
  backend.failNext("turnReceipt", "data_damaged");
  await user.click(menu());
  await choose(words.cycle.receipt);
  view.getByText(words.errors.data_damaged.title);
  backend.store.receipts.delete(receipt.turn_id);
  await user.click(menu());
  await choose(words.cycle.receipt);
  await drawn();
  view.getByText(w.receiptUnknown);
  expect(view.queryByRole("dialog")).toBeNull();
});
