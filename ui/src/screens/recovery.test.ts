/** The recovery key in the whole window: brought back until somebody has it, and renewed when wanted. */
import { within } from "@testing-library/svelte";
import { expect, test } from "vitest";

import { MOCK_RECOVERY_KEY, MOCK_RENEWED_KEY } from "../lib/backend/mock";
import { type Opened, openWindow } from "../test/window";

/** Types the groups that are asked for, and goes on. */
async function confirm({ user, view, drawn }: Opened, key: string, at: ParentNode = document) {
  const groups = key.split("-");
  await user.click(view.getByRole("button", { name: "I have it, go on" }));
  for (const field of at.querySelectorAll<HTMLInputElement>("form input")) {
    const n = Number(field.labels?.[0]?.textContent?.replace(/\D/g, ""));
    await user.type(field, groups[n - 1] ?? "");
  }
  await user.click(view.getByRole("button", { name: "Continue" }));
  await drawn();
}

test("a recovery key that nobody confirmed is replaced and shown before the window opens", async () => {
  const opened = await openWindow({ profile: "recovery_unseen" });
  const { view, backend } = opened;
  view.getByRole("heading", { level: 1, name: "A new recovery key" });
  expect([...view.container.querySelectorAll("ol code")].map((e) => e.textContent).join("-")).toBe(MOCK_RENEWED_KEY);
  expect(view.queryByLabelText("Directive"), "nothing else is there yet").toBeNull();
  await confirm(opened, MOCK_RENEWED_KEY);
  view.getByRole("heading", { level: 1, name: "Release 2.4" });
  expect(document.body.textContent).not.toContain("MVPK");
  expect(await backend.profileState()).toMatchObject({ state: "unlocked", recovery_unseen: false });
});

test("where no new recovery key can be made the data is reached all the same, and it is asked for again", async () => {
  const failing = await openWindow();
  const { user, view, backend, drawn } = failing;
  await backend.recoveryRenew();
  backend.failNext("recoveryRenew", "not_writable");
  await user.keyboard("{Control>}{Shift>}l{/Shift}{/Control}");
  await drawn();
  await user.type(view.getByLabelText("Passphrase"), "correct horse{Enter}");
  await drawn();
  view.getByText("No new recovery key could be made");
  await user.click(view.getByRole("button", { name: "Not now" }));
  await drawn();
  view.getByRole("heading", { level: 1, name: "Release 2.4" });
  expect(await backend.profileState()).toMatchObject({ recovery_unseen: true });
});

test("the settings make a new recovery key, which counts once it is confirmed", async () => {
  const opened = await openWindow();
  const { user, view, backend, drawn } = opened;
  await user.click(view.getByRole("button", { name: "Settings" }));
  await drawn();
  await user.click(view.getByRole("button", { name: "New recovery key…" }));
  const dialog = within(await view.findByRole("dialog"));
  await user.click(dialog.getByRole("button", { name: "Show a new key" }));
  await drawn();
  expect(await backend.profileState(), "until it is confirmed").toMatchObject({ recovery_unseen: true });
  await confirm(opened, MOCK_RENEWED_KEY, await view.findByRole("dialog"));
  view.getByText("The new recovery key is the one that counts.");
  expect(await backend.profileState()).toMatchObject({ recovery_unseen: false });
  await backend.profileLock();
  await expect(backend.profileUnlock({ recovery_key: MOCK_RECOVERY_KEY })).rejects.toMatchObject({ code: "wrong_secret" });
  await backend.profileUnlock({ recovery_key: MOCK_RENEWED_KEY });
});

test("a new recovery key whose dialog is closed is not kept in the page, and is asked for again", async () => {
  const { user, view, backend, drawn } = await openWindow();
  await user.click(view.getByRole("button", { name: "Settings" }));
  await drawn();
  await user.click(view.getByRole("button", { name: "New recovery key…" }));
  const dialog = within(await view.findByRole("dialog"));
  await user.click(dialog.getByRole("button", { name: "Show a new key" }));
  await drawn();
  expect(document.body.textContent).toContain("MVPK");
  await user.keyboard("{Escape}");
  await drawn();
  expect(document.body.textContent).not.toContain("MVPK");
  expect(await backend.profileState()).toMatchObject({ recovery_unseen: true });
  await user.click(view.getByRole("button", { name: "New recovery key…" }));
  within(await view.findByRole("dialog")).getByRole("button", { name: "Show a new key" });
});

test("a keychain that lost its entry is amber with what to do, and green when that is done", async () => {
  const { user, view, drawn } = await openWindow({ keychainLost: true });
  await user.click(view.getByRole("button", { name: "Health" }));
  await drawn();
  view.getByText("Everything works, 1 thing to do");
  view.getByText("To do");
  await user.click(view.getByRole("button", { name: "Put it back" }));
  await drawn();
  view.getByText("Everything works");
  view.getByText("The keychain opens CCC again.");
});

test("replacing all keys asks for the passphrase, shows how far it is, and ends at a new recovery key", async () => {
  const opened = await openWindow();
  const { user, view, clock, backend, drawn } = opened;
  await user.click(view.getByRole("button", { name: "Settings" }));
  await drawn();
  const replace = async (passphrase: string) => {
    await user.click(view.getByRole("button", { name: "Replace all keys…" }));
    const dialog = within(await view.findByRole("dialog"));
    await user.type(dialog.getByLabelText("Passphrase"), passphrase);
    await user.click(dialog.getByRole("button", { name: "Replace" }));
  };
  await replace("not this one");
  await drawn();
  view.getByRole("heading", { level: 1, name: "Settings" });
  expect(await backend.profileState(), "a refusal changes nothing").toMatchObject({ recovery_unseen: false });

  await replace("correct horse");
  await drawn();
  await view.findByRole("progressbar", { name: "Copying" });
  await clock.run();
  await drawn();
  view.getByRole("heading", { level: 1, name: "A new recovery key" });
  await confirm(opened, MOCK_RENEWED_KEY);
  view.getByRole("heading", { level: 1, name: "Release 2.4" });
  await backend.profileLock();
  await expect(backend.profileUnlock({ recovery_key: MOCK_RECOVERY_KEY })).rejects.toMatchObject({ code: "wrong_secret" });
  await backend.profileUnlock({ passphrase: "correct horse" });
});
