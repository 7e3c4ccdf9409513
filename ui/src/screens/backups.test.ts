import { expect, test } from "vitest";

import { MOCK_PASSPHRASE } from "../lib/backend/mock";
import { words } from "../lib/words";
import { type Opened, openWindow } from "../test/window";

const w = words.backups;

async function screenOf(options: Parameters<typeof openWindow>[0] = {}): Promise<Opened> {
  const opened = await openWindow(options);
  await opened.user.click(opened.view.getAllByRole("button", { name: words.nav.backups })[0] as HTMLElement);
  await opened.drawn();
  return opened;
}

const menus = ({ view }: Opened) => view.getAllByRole("button", { name: /^Actions for the backup of/ });

/** Chooses from the menu of the newest backup. */
async function act(opened: Opened, item: string) {
  await opened.user.click(menus(opened)[0] as HTMLElement);
  await opened.drawn();
  await opened.choose(item);
}

test("a backup is made with its progress told, and stands at the top", async () => {
  const opened = await screenOf();
  const { view, user, clock, drawn, backend } = opened;
  expect(menus(opened)).toHaveLength(3);
  await user.click(view.getByRole("button", { name: w.make }));
  await drawn();
  expect(view.getByRole("progressbar").getAttribute("max")).toBe("100");
  view.getByText(w.stages.copying);
  expect(view.getByRole("button", { name: w.make })).toHaveProperty("disabled", true);
  await clock.run();
  await drawn();
  view.getByText(w.made);
  expect(view.queryByRole("progressbar")).toBeNull();
  expect(menus(opened)).toHaveLength(4);
  expect(backend.backups.overview().backups).toHaveLength(4);
});

test("one that is stopped leaves nothing and is no failure", async () => {
  const opened = await screenOf();
  const { view, user, clock, drawn, backend } = opened;
  await user.click(view.getByRole("button", { name: w.make }));
  await drawn();
  await user.click(view.getByRole("button", { name: w.stop }));
  await clock.run();
  await drawn();
  expect(menus(opened)).toHaveLength(3);
  expect(backend.backups.overview().backups).toHaveLength(3);
  expect(view.queryByText(w.made)).toBeNull();
  expect(view.queryByText(words.errors.cancelled.title)).toBeNull();
});

test("everything is restored only after the question, and the window begins anew", async () => {
  const opened = await screenOf();
  const { view, user, clock, drawn, backend } = opened;
  let restored = 0;
  const restore = backend.backupRestore.bind(backend);
  backend.backupRestore = async (...args) => ((restored += 1), restore(...args));
  await act(opened, w.restore);
  const dialog = await view.findByRole("dialog");
  expect(dialog.textContent).toContain("backed up first");
  await user.click(view.getByRole("button", { name: words.common.cancel }));
  await drawn();
  expect(restored).toBe(0);
  await act(opened, w.restore);
  await user.click(await view.findByRole("button", { name: w.restoreDo }));
  await clock.run();
  await drawn();
  expect(restored).toBe(1);
});

test("single sessions come back, those that are there as copies", async () => {
  const opened = await screenOf();
  const { view, user, drawn, backend } = opened;
  const before = backend.store.sessions.size;
  await act(opened, w.bringBack);
  const [first] = await view.findAllByRole("checkbox");
  expect(view.getByRole("button", { name: w.pickDo(0) })).toHaveProperty("disabled", true);
  await user.click(first as HTMLElement);
  await user.click(view.getByRole("button", { name: w.pickDo(1) }));
  await drawn();
  view.getByText(w.back(1));
  expect(backend.store.sessions.size).toBe(before + 1);
});

test("a copy beside says where it is and what stays unreadable", async () => {
  const opened = await screenOf();
  const { view, clock, drawn, backend } = opened;
  const [gone] = backend.store.sessions.keys();
  backend.store.sessions.delete(gone as string);
  await act(opened, w.beside);
  await clock.run();
  await drawn();
  view.getByText(w.besideDone("~/ccc-copy"));
  view.getByText(w.deletedSince(1));
});

test("a folder of the person's choice is named, and left again", async () => {
  const { view, user, drawn, backend } = await screenOf();
  await user.click(view.getByRole("button", { name: w.choose }));
  await drawn();
  view.getByText("/media/stick");
  await user.click(view.getByRole("button", { name: w.leave }));
  await drawn();
  expect(view.queryByText("/media/stick")).toBeNull();
  await user.click(view.getByRole("switch", { name: w.automatic }));
  expect(backend.backups.settings.automatic).toBe(false);
});

test("what failed, what was found damaged and what is away is told", async () => {
  const opened = await openWindow();
  const { view, user, drawn, backend } = opened;
  const { state } = backend.backups;
  state.failed = { at: new Date().toISOString(), code: "disk_failed" };
  state.tried = { at: new Date().toISOString(), name: "x", failure: "data_damaged", turns: 0 };
  state.unreached = [{ folder: "/media/stick/ccc-backups", session_id: "1" }];
  const overview = backend.backupOverview.bind(backend);
  backend.backupOverview = async () => {
    const seen = await overview();
    seen.backups[0]?.copies.forEach((copy) => (copy.fault = "damaged"));
    return seen;
  };
  await user.click(view.getAllByRole("button", { name: words.nav.backups })[0] as HTMLElement);
  await drawn();
  view.getByText(new RegExp(words.errors.disk_failed.title));
  view.getByText(new RegExp(words.errors.data_damaged.title));
  view.getByText(w.faults.damaged);
  await user.click(menus(opened)[0] as HTMLElement);
  await drawn();
  expect(view.queryByText(w.restore, { selector: "[role=menuitem]" })).toBeNull();
  await user.click(view.getByRole("button", { name: w.forget }));
  await user.click(await view.findByRole("button", { name: w.forgetDo }));
  await drawn();
  expect(view.queryByText(w.unreached("/media/stick/ccc-backups"))).toBeNull();
});

test("damaged data is salvaged, and what is whole, recovered and lost is told by name", async () => {
  const { view, user, clock, drawn, backend } = await openWindow({ profile: "damaged" });
  const s = words.salvage;
  view.getByText(words.errors.data_damaged.title);
  backend.failNext("dataSalvage", "data_damaged");
  await user.click(view.getByRole("button", { name: s.start }));
  await drawn();
  expect(view.getByRole("alert").textContent).toContain(s.nothing.text);
  await user.click(view.getByRole("button", { name: s.start }));
  await drawn();
  expect(view.queryByRole("alert")).toBeNull();
  view.getByRole("progressbar");
  await clock.run();
  await drawn();
  const [one] = backend.store.conversations.values();
  expect(view.getByText(/2 lost$/).textContent).toContain(one?.directive);
  await user.click(view.getByRole("button", { name: s.open }));
  await drawn();
  view.getByLabelText("Directive");
});

test("on a new machine everything comes from a backup, opened by what opened it then", async () => {
  const { view, user, clock, drawn } = await openWindow({ profile: "first_run" });
  await user.click(view.getByRole("button", { name: words.restoring.begin }));
  await drawn();
  await user.click(view.getByRole("button", { name: words.restoring.choose }));
  await drawn();
  view.getByText("/media/stick");
  await user.click(view.getByRole("button", { name: words.lock.usePassphrase }));
  await user.type(view.getByLabelText(words.lock.passphrase), "not this one");
  await user.click(view.getByRole("button", { name: words.restoring.restore }));
  await drawn();
  view.getByText(words.errors.wrong_secret.title);
  await user.clear(view.getByLabelText(words.lock.passphrase));
  await user.type(view.getByLabelText(words.lock.passphrase), MOCK_PASSPHRASE);
  await user.click(view.getByRole("button", { name: words.restoring.restore }));
  await drawn();
  view.getByRole("progressbar");
  await clock.run();
  await drawn();
  view.getByText(/^All is as it was/);
  await user.click(view.getByRole("button", { name: words.salvage.open }));
  await drawn();
  view.getByRole("textbox", { name: words.composer.label });
});

test("a profile that is damaged can be restored instead of salvaged, with the keychain, and going back is possible", async () => {
  const { view, user, clock, drawn } = await openWindow({ profile: "damaged" });
  await user.click(view.getByRole("button", { name: words.restoring.begin }));
  await drawn();
  await user.click(view.getByRole("button", { name: words.common.cancel }));
  await drawn();
  view.getByRole("button", { name: words.salvage.start });
  await user.click(view.getByRole("button", { name: words.restoring.begin }));
  await drawn();
  await user.click(view.getByRole("button", { name: words.restoring.restore }));
  await clock.run();
  await drawn();
  view.getByText(/^All is as it was/);
  await user.click(view.getByRole("button", { name: words.salvage.open }));
  await drawn();
  view.getByText(words.lock.title);
});
