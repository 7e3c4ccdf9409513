import { fireEvent, within } from "@testing-library/svelte";
import { expect, test, vi } from "vitest";

import { MOCK_PASSPHRASE, MOCK_RECOVERY_KEY } from "../lib/backend/mock";
import { words } from "../lib/words";
import { openWindow } from "../test/window";

test("first run: a way in, the recovery key checked, Rehearsal, and the window is open", async () => {
  const { user, view, drawn } = await openWindow({ profile: "first_run" });
  await user.click(view.getByLabelText(/With both/));
  await user.click(view.getByRole("button", { name: "Create" }));
  view.getByText("Use at least 10 characters.");
  await user.type(view.getByLabelText("Passphrase"), "four plain words here");
  await user.type(view.getByLabelText("Passphrase again"), "four plain words here");
  await user.click(view.getByRole("button", { name: "Create" }));
  const groups = (await view.findAllByText(/^[0-9A-Z]{4}$/)).map((e) => e.textContent ?? "");
  expect(groups.join("-")).toBe(MOCK_RECOVERY_KEY);
  await user.click(view.getByRole("button", { name: "I have it, go on" }));
  for (const field of view.getAllByRole("textbox") as HTMLInputElement[]) {
    const n = Number(field.labels?.[0]?.textContent?.replace(/\D/g, ""));
    await user.type(field, groups[n - 1] ?? "");
  }
  await user.click(view.getByRole("button", { name: "Continue" }));
  await user.click(view.getByRole("button", { name: "Start" }));
  await drawn();
  view.getByText("What should be done?");
  expect(document.body.textContent, "the recovery key is nowhere any more").not.toContain(groups[0]);
});

test("a locked profile opens with the passphrase, not with another one", async () => {
  const { user, view, drawn } = await openWindow({ profile: "locked" });
  await user.type(view.getByLabelText("Passphrase"), "wrong{Enter}");
  expect((await view.findByRole("alert")).textContent).toContain("That does not open your data");
  await user.clear(view.getByLabelText("Passphrase"));
  await user.type(view.getByLabelText("Passphrase"), `${MOCK_PASSPHRASE}{Enter}`);
  await drawn();
  view.getByRole("heading", { level: 1, name: "Release 2.4" });
});

test("a silent keychain can be tried again, and the recovery key opens", async () => {
  const { user, view, drawn } = await openWindow({ profile: "keychain_unavailable" });
  await user.click(view.getByRole("button", { name: "Try the keychain again" }));
  expect((await view.findByRole("alert")).textContent).toContain("The keychain does not answer");
  await user.click(view.getByRole("button", { name: "Use the recovery key" }));
  await user.type(view.getByLabelText("Recovery key"), `${MOCK_RECOVERY_KEY.toLowerCase().replaceAll("-", " ")}{Enter}`);
  await drawn();
  view.getByRole("heading", { level: 1, name: "Release 2.4" });
});

test("a second window says that CCC is already running", async () => {
  const { view } = await openWindow({ profile: "profile_in_use" });
  view.getByText("CCC is already running");
  view.getByRole("button", { name: "Try again" });
});

test("the window opens on the interrupted cycle and resumes it by keyboard", async () => {
  const { user, view, clock, drawn } = await openWindow();
  const resume = view.getByRole("button", { name: "Resume at work" });
  resume.focus();
  await user.keyboard("{Enter}");
  await clock.run();
  await drawn();
  expect(view.queryByRole("button", { name: "Resume at work" })).toBeNull();
});

test("a directive typed and run by keyboard streams, is announced, and is stored", async () => {
  const { user, view, clock, backend, drawn } = await openWindow({ seeded: false });
  await user.keyboard("{Control>}j{/Control}");
  await user.keyboard("Plan the release{Enter}");
  await drawn();
  await clock.advance(300);
  await drawn();
  expect(view.container.querySelector("[aria-live=polite]")?.textContent).toBe("Beatrice is analysing.");
  expect(view.container.querySelector("article[aria-busy=true]")?.textContent).toContain("The directive asks");
  await clock.run();
  await drawn();
  expect(view.container.querySelector("[aria-live=polite]")?.textContent).toBe("The cycle is complete.");
  expect((await backend.sessionList({ filter: "active" }))[0]?.title).toBe("Plan the release");
  within(view.getByRole("complementary", { name: "Sessions" })).getByRole("button", { name: "Plan the release" });
});

test("Escape stops the cycle, and what was written stays as interrupted", async () => {
  const { user, view, clock, drawn } = await openWindow({ seeded: false });
  await user.type(view.getByLabelText("Directive"), "Plan{Enter}");
  await clock.advance(300);
  await drawn();
  await user.keyboard("{Escape}");
  await clock.run();
  await drawn();
  expect(view.getByRole("log").textContent).toContain("Interrupted");
  view.getByRole("button", { name: "Resume at analysis" });
});

test("an escalation is answered where it is asked", async () => {
  const { user, view, clock, drawn } = await openWindow({ cycle: "escalated", seeded: false });
  await user.type(view.getByLabelText("Directive"), "Plan{Enter}");
  await clock.run();
  await drawn();
  await user.type(view.getByLabelText("Your answer"), "Keep them.{Enter}");
  await clock.run();
  await drawn();
  expect(view.getByRole("log").textContent).toContain("Keep them.");
  expect(view.queryByLabelText("Your answer")).toBeNull();
});

test("a deleted session comes back by undo, and is gone when the time is up", async () => {
  const { user, view, clock, backend, choose, drawn } = await openWindow();
  const panel = within(view.getByRole("complementary", { name: "Sessions" }));
  const remove = async () => {
    await user.click(panel.getByRole("button", { name: "Actions for Daily notes" }));
    await choose("Delete");
  };
  await remove();
  expect(panel.queryByRole("button", { name: "Daily notes" })).toBeNull();
  await user.click(view.getByRole("button", { name: "Undo" }));
  await drawn();
  panel.getByRole("button", { name: "Daily notes" });
  await remove();
  await clock.advance(11_000);
  expect([...backend.store.sessions.values()].map((s) => s.title)).not.toContain("Daily notes");
});

test("a menu that is opened by a key for the first time has the focus on its first item", async () => {
  const { user, view } = await openWindow();
  const first = () => document.activeElement?.closest("[role=menuitem]")?.textContent?.trim();
  for (const [key, title] of [["{Enter}", "Release 2.4"], ["{ArrowDown}", "Daily notes"], [" ", "Kitchen renovation"]] as const) {
    view.getByRole("button", { name: `Actions for ${title}` }).focus();
    await user.keyboard(key);
    await vi.waitFor(() => expect(first()).toBe(words.session.rename));
    await user.keyboard("{Escape}");
    await vi.waitFor(() => expect(first()).toBeUndefined());
  }
});

test("a session is renamed, pinned, archived and restored from its menu", async () => {
  const { user, view, backend, choose: pick, drawn } = await openWindow();
  const panel = within(view.getByRole("complementary", { name: "Sessions" }));
  const choose = async (title: string, action: string) => {
    await user.click(panel.getByRole("button", { name: `Actions for ${title}` }));
    await pick(action);
  };
  await choose("Kitchen renovation", "Rename");
  const field = panel.getByLabelText("Title");
  await user.clear(field);
  await user.type(field, "Kitchen{Enter}");
  await drawn();
  await choose("Kitchen", "Pin");
  expect((await backend.sessionList({ filter: "active" })).filter((s) => s.pinned).map((s) => s.title).sort()).toEqual(["Kitchen", "Release 2.4"]);
  await choose("Kitchen", "Archive");
  expect(panel.queryByRole("button", { name: "Kitchen" })).toBeNull();
  await user.click(view.getByRole("button", { name: "Archive" }));
  await user.click(view.getByRole("button", { name: /^Kitchen/ }));
  await drawn();
  await user.click(view.getByRole("button", { name: "Restore" }));
  await drawn();
  panel.getByRole("button", { name: "Kitchen" });
});

test("an archived session is read without a composer and without a way to change it", async () => {
  const { user, view, drawn } = await openWindow();
  await user.click(view.getByRole("button", { name: "Archive" }));
  await user.click(view.getByRole("button", { name: /^Old garden plans/ }));
  await drawn();
  expect(view.getByRole("log").textContent).toContain("raised beds");
  expect(view.queryByLabelText("Directive")).toBeNull();
  expect(view.queryByLabelText("Your answer")).toBeNull();
});

test("search finds by title and Escape clears it", async () => {
  const { user, view } = await openWindow();
  await user.keyboard("{Control>}{Shift>}k{/Shift}{/Control}");
  await user.keyboard("garden");
  view.getByText("No title contains “garden”.");
  await user.keyboard("{Escape}");
  view.getByRole("button", { name: "Daily notes" });
});

test("a link opens only after the confirmation that shows its host", async () => {
  const { user, view, backend, drawn } = await openWindow();
  await user.click(view.getByRole("button", { name: "Raised beds, north side" }));
  await drawn();
  await user.click(view.getByRole("link", { name: "the seed library" }));
  const dialog = within(await view.findByRole("dialog"));
  dialog.getByText("seeds.example.org");
  expect(backend.opened).toEqual([]);
  await user.click(dialog.getByRole("button", { name: "Open link" }));
  expect(backend.opened).toEqual(["https://seeds.example.org/half-shade"]);
});

test("locking leaves nothing readable and unlocking comes back", async () => {
  const { user, view, drawn } = await openWindow();
  await user.keyboard("{Control>}{Shift>}l{/Shift}{/Control}");
  await drawn();
  view.getByText("CCC is locked");
  for (const secret of ["Release 2.4", "mailing list", "quill"]) expect(document.body.textContent).not.toContain(secret);
});

test("a failure is told with what can be done about it", async () => {
  const { user, view, backend, drawn } = await openWindow({ seeded: false });
  backend.failNext("cycleRun", "provider_auth");
  await user.type(view.getByLabelText("Directive"), "Plan{Enter}");
  await drawn();
  view.getByText("The provider refused the key");
  expect((view.getByLabelText("Directive") as HTMLTextAreaElement).value, "the directive is not lost").toBe("Plan");
  await user.click(view.getByRole("button", { name: "Open providers" }));
  view.getByRole("heading", { level: 1, name: "Settings" });
});

test("every shortcut is listed under Ctrl and the slash", async () => {
  const { view } = await openWindow();
  await fireEvent.keyDown(window, { key: "/", ctrlKey: true });
  const dialog = within(await view.findByRole("dialog", { name: "Keyboard shortcuts" }));
  expect(dialog.getAllByRole("definition")).toHaveLength(17);
});
