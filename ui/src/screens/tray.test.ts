import { within } from "@testing-library/svelte";
import { expect, test } from "vitest";

import type { CycleParams } from "../lib/backend/types";
import { words } from "../lib/words";
import { hold } from "../test/hold";
import { type Opened, openWindow } from "../test/window";

const w = words.tray;
/** Words that several turns of the seeded session "Release 2.4" hold. */
const DIRECTIVE = "Which release notes and checks are missing before the release?";

/** The open window with the tray in sight, and what cycles are run with. */
async function lookingThrough(): Promise<Opened & { runs: CycleParams[]; tray: ReturnType<typeof within> }> {
  const opened = await openWindow();
  const { user, view, drawn, backend } = opened;
  const runs: CycleParams[] = [];
  const run = backend.cycleRun.bind(backend);
  backend.cycleRun = (params, on) => (runs.push(params), run(params, on));
  await user.click(view.getByRole("button", { name: "Release 2.4" }));
  await drawn();
  await user.type(view.getByLabelText("Directive"), `${DIRECTIVE}{Enter}`);
  await drawn();
  return { ...opened, runs, tray: within(view.getByRole("region", { name: w.title })) };
}

const at = <T>(list: readonly T[], index: number): T => {
  const found = list[index];
  if (found === undefined) throw new Error(`there is no ${index + 1}. of ${list.length}`);
  return found;
};

const ticks = (tray: ReturnType<typeof within>) => tray.getAllByRole("checkbox") as HTMLInputElement[];

test("Enter shows the memory with its reasons, and a second Enter sends what was shown", async () => {
  const { user, view, drawn, runs, tray } = await lookingThrough();
  expect(runs, "nothing is sent before it was seen").toEqual([]);
  const boxes = ticks(tray);
  expect(boxes.length).toBeGreaterThan(1);
  expect(boxes.every((box) => box.checked)).toBe(true);
  const why = document.getElementById(boxes[0]?.getAttribute("aria-describedby") ?? "");
  expect(why?.textContent).toMatch(/matches “.+”, said by (Wykeve|Beatrice|Codey), \d+ [A-Z][a-z]+ \d{4}/);
  expect(document.activeElement).toBe(tray.getByRole("button", { name: w.run }));
  await user.keyboard("{Enter}");
  await drawn();
  expect(view.queryByRole("region", { name: w.title })).toBeNull();
  expect(runs.map((run) => [run.directive, run.tray?.kept.length, run.tray?.left_out])).toEqual([[DIRECTIVE, boxes.length, []]]);
});

test("a turn that is unticked is left out, the total follows, and nothing takes its place", async () => {
  const { user, view, drawn, clock, backend, runs, tray } = await lookingThrough();
  const others = ticks(tray).slice(1);
  const before = tray.getByRole("status").textContent;
  await user.click(at(ticks(tray), 0));
  await drawn();
  expect(tray.getByRole("status").textContent).not.toBe(before);
  expect(tray.getByRole("status").textContent).toContain(`${others.length} of ${others.length + 1} turns`);
  await user.click(tray.getByRole("button", { name: w.run }));
  await clock.run();
  await drawn();
  const sent = runs[0]?.tray;
  expect([sent?.kept.length, sent?.left_out.length]).toEqual([others.length, 1]);
  const conversation = [...backend.store.conversations.values()].at(-1);
  const work = backend.store.turns.get(conversation?.id ?? "")?.find((turn) => turn.metadata.step === "execute");
  const receipt = await backend.turnReceipt({ turn_id: work?.id ?? "" });
  expect(receipt?.context.items.map((item) => item.turn_id)).toEqual(sent?.kept);
  expect(receipt?.context.left_out).toEqual(sent?.left_out);
  const panel = within(view.getByRole("complementary", { name: words.context.panel }));
  expect(panel.getAllByText(words.context.leftOut(1)).length).toBeGreaterThan(0);
  expect(panel.getAllByText(receipt?.context.block.split("\n")[0] ?? "none", { exact: false }).length).toBeGreaterThan(0);
});

test("nothing is sent while the total is not yet that of the ticks", async () => {
  const { user, drawn, backend, runs, tray } = await lookingThrough();
  const go = hold(backend, "contextPreview", "first");
  await user.click(at(ticks(tray), 0));
  const left = ticks(tray).length - 1;
  await user.click(tray.getByRole("button", { name: w.run }));
  await drawn();
  expect(runs).toEqual([]);
  go();
  await drawn();
  await user.click(tray.getByRole("button", { name: w.run }));
  await drawn();
  expect(runs.map((run) => [run.tray?.kept.length, run.tray?.left_out.length])).toEqual([[left, 1]]);
});

test("a tick that could not be counted goes back to what the total says", async () => {
  const { user, view, drawn, backend, tray } = await lookingThrough();
  const before = tray.getByRole("status").textContent;
  backend.failNext("contextPreview", "memory_slow");
  await user.click(at(ticks(tray), 0));
  await drawn();
  view.getByText(words.errors.memory_slow.title);
  expect([at(ticks(tray), 0).checked, tray.getByRole("status").textContent]).toEqual([true, before]);
});

test("with everything unticked the cycle runs without memory", async () => {
  const { user, drawn, runs, tray } = await lookingThrough();
  for (const box of ticks(tray)) await user.click(box);
  await drawn();
  await user.click(tray.getByRole("button", { name: w.runWithout }));
  await drawn();
  expect(runs[0]?.tray?.kept).toEqual([]);
});

test("Escape goes back to the directive, which is still there, and nothing was sent", async () => {
  const { user, view, drawn, runs } = await lookingThrough();
  await user.keyboard("{Escape}");
  await drawn();
  const field = view.getByLabelText("Directive") as HTMLTextAreaElement;
  expect([field.value, document.activeElement === field, runs.length]).toEqual([DIRECTIVE, true, 0]);
});

test("opening another session closes the tray, and the directive waits where it was written", async () => {
  const { user, view, drawn, runs } = await lookingThrough();
  await user.click(view.getByRole("button", { name: "Raised beds, north side" }));
  await drawn();
  expect(view.queryByRole("region", { name: w.title })).toBeNull();
  expect((view.getByLabelText("Directive") as HTMLTextAreaElement).value).toBe("");
  await user.click(view.getByRole("button", { name: "Release 2.4" }));
  await drawn();
  expect((view.getByLabelText("Directive") as HTMLTextAreaElement).value).toBe(DIRECTIVE);
  expect(runs).toEqual([]);
});

test("a turn that is muted goes from the tray, and one that is pinned stays under its new reason", async () => {
  const { user, drawn, backend, tray } = await lookingThrough();
  const count = ticks(tray).length;
  const session = () => [...backend.store.sessions.values()].find((s) => s.title === "Release 2.4");
  await user.click(at(tray.getAllByText(words.context.mark.never), 0));
  await drawn();
  expect(session()?.preferences.muted_turns.length).toBe(1);
  const muted = session()?.preferences.muted_turns[0];
  const [pinned] = ticks(tray);
  expect(pinned).toBeDefined();
  await user.click(at(tray.getAllByText(words.context.mark.always), 0));
  await drawn();
  expect(session()?.preferences.pinned_turns.length).toBe(1);
  expect(session()?.preferences.pinned_turns).not.toContain(muted);
  expect(tray.getAllByText(/^always injected/).length).toBe(1);
  expect(ticks(tray).length).toBeLessThanOrEqual(count);
});

test("memory that comes late for a session that was left is not shown in another one", async () => {
  const { user, view, drawn, backend, runs } = await lookingThrough();
  await user.keyboard("{Escape}");
  await drawn();
  const go = hold(backend, "contextPreview");
  await user.click(view.getByRole("button", { name: words.composer.send }));
  await user.click(view.getByRole("button", { name: "Raised beds, north side" }));
  await drawn();
  go();
  await drawn();
  expect([view.queryByRole("region", { name: w.title }), runs.length]).toEqual([null, 0]);
  await user.click(view.getByRole("button", { name: "Release 2.4" }));
  await drawn();
  expect((view.getByLabelText("Directive") as HTMLTextAreaElement).value).toBe(DIRECTIVE);
});

/** The open window, where the memory of what was sent could not be looked up. */
async function failing(): Promise<Opened & { runs: CycleParams[] }> {
  const opened = await lookingThrough();
  const { user, view, drawn, backend } = opened;
  await user.keyboard("{Escape}");
  await drawn();
  // The field asks too, while something is typed.
  await new Promise((done) => setTimeout(done, 500));
  backend.failNext("contextPreview", "memory_slow");
  await user.click(view.getByRole("button", { name: words.composer.send }));
  await drawn();
  view.getByText(w.failed);
  view.getByText(words.errors.memory_slow.title, { exact: false });
  expect([opened.runs, document.activeElement?.textContent?.trim()]).toEqual([[], words.common.tryAgain]);
  return opened;
}

test("memory that could not be looked up is told, and looked up again before anything is sent", async () => {
  const { user, view, drawn, backend, runs } = await failing();
  backend.failNext("contextPreview", "memory_slow");
  await user.keyboard("{Enter}");
  await drawn();
  view.getByText(w.failed);
  await user.keyboard("{Enter}");
  await drawn();
  const tray = within(view.getByRole("region", { name: w.title }));
  expect([ticks(tray).length > 1, runs]).toEqual([true, []]);
  await user.keyboard("{Enter}");
  await drawn();
  expect(runs.map((run) => [run.directive, run.memory, run.tray?.left_out])).toEqual([[DIRECTIVE, true, []]]);
});

test("where memory could not be looked up, one cycle can be run without it", async () => {
  const { user, view, drawn, clock, runs } = await failing();
  await user.click(view.getByRole("button", { name: w.runWithout }));
  await clock.run();
  await drawn();
  expect(runs.map((run) => [run.directive, run.memory, run.tray])).toEqual([[DIRECTIVE, false, null]]);
  view.getByRole("button", { name: words.composer.memoryOn, pressed: true });
});

test("where memory could not be looked up, Escape goes back to the directive", async () => {
  const { user, view, drawn, runs } = await failing();
  await user.keyboard("{Escape}");
  await drawn();
  const field = view.getByLabelText("Directive") as HTMLTextAreaElement;
  expect([field.value, document.activeElement === field, runs.length]).toEqual([DIRECTIVE, true, 0]);
});

test("a directive that waits in the tray is still there after another screen", async () => {
  const { user, view, drawn, runs } = await lookingThrough();
  await user.click(view.getByRole("button", { name: words.nav.settings }));
  await drawn();
  view.getByRole("heading", { level: 1, name: words.nav.settings });
  await user.click(view.getByRole("button", { name: "Release 2.4" }));
  await drawn();
  expect([(view.getByLabelText("Directive") as HTMLTextAreaElement).value, runs.length]).toEqual([DIRECTIVE, 0]);
});

test("the setting skips the tray, and the memory is taken as it is chosen", async () => {
  const { user, view, drawn, backend } = await openWindow();
  const runs: CycleParams[] = [];
  const run = backend.cycleRun.bind(backend);
  backend.cycleRun = (params, on) => (runs.push(params), run(params, on));
  await user.click(view.getByRole("button", { name: words.nav.settings }));
  await user.click(view.getByRole("switch", { name: words.settings.trayLabel }));
  await drawn();
  await user.click(view.getByRole("button", { name: "Release 2.4" }));
  await drawn();
  await user.type(view.getByLabelText("Directive"), `${DIRECTIVE}{Enter}`);
  await drawn();
  expect(view.queryByRole("region", { name: w.title })).toBeNull();
  expect(runs.map((each) => each.tray)).toEqual([null]);
});

test("the health screen tells what memory did", async () => {
  const { user, view, drawn } = await openWindow();
  await user.click(view.getByRole("button", { name: words.nav.health }));
  await drawn();
  const table = within(view.getByRole("region", { name: words.health.memory }));
  const rows = table.getAllByRole("row").slice(1).map((row) => row.textContent?.replace(/\s+/g, " ").trim());
  expect(rows).toEqual([
    `${words.health.hitRate}${words.health.share(31, 38)}`,
    `${words.health.cacheHits}${words.health.share(61, 84)}`,
    `${words.health.chosenIn}p50 0.9 ms, p95 2.4 ms`,
    `${words.health.leftOut}${words.health.share(3, 46)}`,
    `${words.health.stepsWith}38`,
    "Steps without memory: switched off4",
    `Steps without memory: ${words.errors.memory_slow.title}2`,
  ]);
});
