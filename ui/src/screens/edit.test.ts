/** A directive that is changed and run again as a branch, in the whole window. */
import { within } from "@testing-library/svelte";
import { expect, test, vi } from "vitest";

import type { CycleParams } from "../lib/backend/types";
import { words } from "../lib/words";
import { type Opened, openWindow } from "../test/window";

const w = words.cycle;
const CHANGED = "Draft shorter release notes for version 2.4.";

type Editing = Opened & { runs: CycleParams[]; edit: () => Promise<void>; field: () => HTMLTextAreaElement; gone: () => Promise<void> };

/** The first directive of "Release 2.4" in the dialog, changed. */
async function changed(): Promise<Editing> {
  const opened = await openWindow();
  const { user, view, drawn, backend, choose } = opened;
  const runs: CycleParams[] = [];
  const run = backend.cycleRun.bind(backend);
  backend.cycleRun = (params, on) => (runs.push(params), run(params, on));
  const edit = async () => {
    const first = view.getAllByRole("article", { name: /^You/ })[0] as HTMLElement;
    await user.click(within(first).getByRole("button", { name: w.turnActions }));
    await choose(w.edit);
    await view.findByRole("dialog", { name: w.editTitle });
  };
  const field = () => within(view.getByRole("dialog", { name: w.editTitle })).getByLabelText<HTMLTextAreaElement>(words.composer.label);
  const gone = () => vi.waitFor(() => expect(view.queryByRole("dialog")).toBeNull());
  await user.click(view.getByRole("button", { name: "Release 2.4" }));
  await drawn();
  await edit();
  await user.clear(field());
  await user.type(field(), CHANGED);
  return { ...opened, runs, edit, field, gone };
}

const run = async ({ user, view, drawn }: Opened) => {
  await user.click(view.getByRole("button", { name: w.run }));
  await drawn();
};

test.each([["Escape", (o: Opened) => o.user.keyboard("{Escape}")], ["Back", (o: Opened) => o.user.click(o.view.getByRole("button", { name: words.tray.cancel }))]] as const)(
  "a changed directive is in its dialog again when the tray is left by %s",
  async (_, leave) => {
    const opened = await changed();
    await run(opened);
    opened.view.getByRole("region", { name: words.tray.title });
    await opened.gone();
    const main = opened.view.getByRole("button", { name: words.tray.run });
    await new Promise((done) => setTimeout(done, 100));
    expect(document.activeElement, "the closing dialog takes it from nowhere").toBe(main);
    await leave(opened);
    await opened.drawn();
    await opened.view.findByRole("dialog", { name: w.editTitle });
    expect([opened.field().value, opened.runs.length]).toEqual([CHANGED, 0]);
    await vi.waitFor(() => expect(opened.view.getByRole("dialog").contains(document.activeElement)).toBe(true));
  },
);

test("a changed directive is in its dialog again when the cycle could not begin, and is run from there", async () => {
  const opened = await changed();
  const { user, view, drawn, backend, runs } = opened;
  backend.failNext("cycleRun", "provider_auth");
  await run(opened);
  await user.click(view.getByRole("button", { name: words.tray.run }));
  await drawn();
  view.getByText(words.errors.provider_auth.title);
  await view.findByRole("dialog", { name: w.editTitle });
  expect(opened.field().value).toBe(CHANGED);
  await run(opened);
  await user.click(view.getByRole("button", { name: words.tray.run }));
  await drawn();
  await opened.gone();
  expect(runs.at(-1)).toMatchObject({ directive: CHANGED, branch_of: [...backend.store.conversations.keys()][0] });
  await opened.clock.run();
  await drawn();
  await opened.edit();
  expect(opened.field().value, "what was run is begun no more").not.toBe(CHANGED);
});

test("a changed directive waits where it was begun while another session is open", async () => {
  const opened = await changed();
  const { user, view, drawn } = opened;
  await run(opened);
  await opened.gone();
  await user.click(view.getByRole("button", { name: "Raised beds, north side" }));
  await drawn();
  expect([view.queryByRole("dialog"), (view.getByLabelText("Directive") as HTMLTextAreaElement).value]).toEqual([null, ""]);
  await user.click(view.getByRole("button", { name: "Release 2.4" }));
  await drawn();
  await opened.edit();
  expect(opened.field().value).toBe(CHANGED);
});

test("closing the dialog keeps the changes, and cancelling gives them up", async () => {
  const opened = await changed();
  const { user, view } = opened;
  await user.keyboard("{Escape}");
  await opened.gone();
  await opened.edit();
  expect(opened.field().value).toBe(CHANGED);
  await user.click(view.getByRole("button", { name: words.common.cancel }));
  await opened.gone();
  await opened.edit();
  expect(opened.field().value).toMatch(/^Draft the release notes/);
});
