/** Turns that could not be saved, deletions, the audit trail and the passphrase, in the whole window. */
import { within } from "@testing-library/svelte";
import { expect, test } from "vitest";

import { words } from "../lib/words";
import { type Opened, openWindow } from "../test/window";

/** Lets the last turns of the seeded session wait, and tells the window. */
async function letWait({ backend, drawn }: Opened, stuck: boolean): Promise<string[]> {
  const turns = [...backend.store.turns.values()].flat();
  const session = [...backend.store.sessions.values()].find((s) => s.title === "Release 2.4");
  const ids = turns.filter((turn) => turn.session_id === session?.id).slice(-2).map((turn) => turn.id);
  const since = new Date().toISOString();
  backend.unsaved.state = { turns: ids, bytes: 4_000, since, code: "disk_failed", is_full: false };
  backend.unsaved.stuck = true;
  await backend.waitingWrite();
  backend.unsaved.stuck = stuck;
  await drawn();
  return ids;
}

const marks = ({ view }: Opened) => view.queryAllByText(words.turnState.unstored);

test("turns that wait are counted, marked, tried and exported, and nothing is said once they are saved", async () => {
  const opened = await openWindow();
  const { view, user, backend, drawn } = opened;
  await letWait(opened, true);
  view.getByText(words.waiting.title(2));
  expect(marks(opened).length).toBeGreaterThan(0);
  await user.click(view.getByRole("button", { name: words.waiting.tryNow }));
  await drawn();
  view.getByText(words.waiting.still);
  await user.click(view.getByRole("button", { name: words.waiting.export }));
  await drawn();
  view.getByText(words.waiting.exported(2));
  backend.unsaved.stuck = false;
  await user.click(view.getByRole("button", { name: words.waiting.tryNow }));
  await drawn();
  view.getByText(words.waiting.saved);
  expect([view.queryByText(words.waiting.title(2)), marks(opened).length]).toEqual([null, 0]);
});

test("locking asks before it loses turns, and the lock says how many were lost", async () => {
  const opened = await openWindow();
  const { view, user, backend, drawn } = opened;
  await letWait(opened, true);
  await user.keyboard("{Control>}{Shift>}l{/Shift}{/Control}");
  await drawn();
  expect(await backend.profileState()).toMatchObject({ state: "unlocked" });
  view.getByText(words.waiting.lockText);
  await user.click(view.getByRole("button", { name: words.waiting.lockAnyway }));
  await drawn();
  view.getByText(words.lock.lost(2));
});

test("closing the window warns before it loses turns, and offers to export them", async () => {
  const opened = await openWindow();
  const { view, user, backend, drawn } = opened;
  await letWait(opened, true);
  backend.tell("closing");
  await drawn();
  const note = view.getByText(words.waiting.closeText).closest("li") as HTMLElement;
  await user.click(within(note).getByRole("button", { name: words.waiting.export }));
  await drawn();
  view.getByText(words.waiting.exported(2));
});

test("a new cycle that is refused for want of room says what to do, and keeps the directive", async () => {
  const { view, user, backend, drawn } = await openWindow();
  backend.failNext("cycleRun", "too_much_waits");
  await user.type(view.getByLabelText("Directive"), "One more{Enter}");
  await drawn();
  const run = view.queryByRole("button", { name: words.tray.run });
  if (run !== null) await user.click(run);
  await drawn();
  view.getByText(words.errors.too_much_waits.title);
  expect(view.getByLabelText("Directive")).toHaveProperty("value", "One more");
});

test("a deleted turn is out of sight at once and comes back by undoing", async () => {
  const opened = await openWindow();
  const { view, user, drawn, choose } = opened;
  const article = view.getAllByRole("article")[0] as HTMLElement;
  const said = article.querySelector("[data-said]")?.textContent ?? "";
  await user.click(within(article).getByRole("button", { name: words.cycle.turnActions }));
  await choose(words.erasure.turn);
  expect(view.getAllByText(words.turnState.deleted)).toHaveLength(1);
  expect(view.queryAllByText(said.trim(), { selector: "[data-said] *" })).toHaveLength(0);
  await user.click(view.getByRole("button", { name: words.common.undo }));
  await drawn();
  expect(view.queryAllByText(words.turnState.deleted)).toHaveLength(0);
});

test("the audit trail is read, filtered and verified, and a cut end is told and accepted", async () => {
  const { view, user, backend, drawn } = await openWindow();
  await user.click(view.getByRole("button", { name: "Health" }));
  await drawn();
  backend.unsaved.cut = true;
  await user.click(view.getByRole("button", { name: words.audit.open }));
  await drawn();
  view.getByText(words.audit.cut);
  await user.click(view.getByRole("button", { name: words.audit.accept }));
  await drawn();
  expect(view.queryByText(words.audit.cut)).toBeNull();
  await user.selectOptions(view.getByLabelText(words.audit.actor), "codey");
  await drawn();
  const rows = within(view.getByRole("region", { name: words.audit.title })).getAllByRole("row").slice(1);
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.every((row) => row.textContent?.includes("codey"))).toBe(true);
});

test("data whose end is missing is told of at the opening until it is accepted", async () => {
  const { view, user, backend, drawn } = await openWindow({ profile: "cut" });
  view.getByText(words.audit.lost);
  await user.click(within(view.getByText(words.audit.lost).closest("[role=status]") as HTMLElement).getByRole("button", { name: words.audit.open }));
  await drawn();
  view.getByText(words.audit.cut);
  await user.click(view.getByRole("button", { name: words.audit.accept }));
  await drawn();
  await user.keyboard("{Control>}n{/Control}");
  await drawn();
  expect(view.queryByText(words.audit.lost)).toBeNull();
  expect(await backend.auditVerify()).toMatchObject({ anchor: "holds" });
});

test("the passphrase is changed in the settings, and the new one opens", async () => {
  const { view, user, backend, drawn } = await openWindow();
  await user.click(view.getByRole("button", { name: "Settings" }));
  await drawn();
  await user.click(view.getByRole("button", { name: words.keys.change }));
  const dialog = within(await view.findByRole("dialog"));
  const [first, second] = [dialog.getByLabelText(words.firstRun.passphraseLabel), dialog.getByLabelText(words.firstRun.passphraseAgain)];
  await user.type(first, "six new large stones");
  await user.type(second, "six new large stone");
  await user.click(dialog.getByRole("button", { name: words.common.save }));
  dialog.getByText(words.firstRun.passphraseDiffers);
  await user.type(second, "s");
  await user.click(dialog.getByRole("button", { name: words.common.save }));
  await drawn();
  view.getByText(words.keys.done);
  await backend.profileLock();
  expect(await backend.profileUnlock({ passphrase: "six new large stones" })).toMatchObject({ state: "unlocked" });
});
