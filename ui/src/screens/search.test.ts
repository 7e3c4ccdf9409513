import { fireEvent, within } from "@testing-library/svelte";
import { expect, test, vi } from "vitest";

import { type Opened, openWindow } from "../test/window";

/** Waits for the palette with the focus in its field. */
async function ready({ view }: Opened) {
  const dialog = within(await view.findByRole("dialog", { name: "Search and commands" }));
  await vi.waitFor(() => expect(document.activeElement).toBe(dialog.getByRole("combobox")));
  return dialog;
}

/** Opens the palette by its keys and types into it, and waits until it is answered. */
async function search(opened: Opened, query: string) {
  const { user, drawn } = opened;
  await user.keyboard("{Control>}k{/Control}");
  const dialog = await ready(opened);
  await user.keyboard(query);
  await vi.waitFor(() => expect(dialog.getByRole("status").textContent).toMatch(/found|Nothing/));
  await drawn();
  return dialog;
}

const said = (dialog: ReturnType<typeof within>) => dialog.getAllByRole("option").filter((option: HTMLElement) => option.querySelector("time") !== null);

/** Goes down to a line by the arrows, as the field tells which one is chosen. */
async function down({ user }: Opened, dialog: ReturnType<typeof within>, to: HTMLElement) {
  const field = dialog.getByRole("combobox");
  for (let n = 0; n < 60 && field.getAttribute("aria-activedescendant") !== to.id; n += 1) await user.keyboard("{ArrowDown}");
  expect(to.getAttribute("aria-selected")).toBe("true");
}

test("a turn of an archived session is found and jumped to by keyboard alone", async () => {
  const opened = await openWindow();
  const dialog = await search(opened, '"raised beds" status:archived');
  const line = said(dialog)[0] as HTMLElement;
  expect(line.querySelector("mark")?.textContent?.toLowerCase()).toBe("raised beds");
  expect(line.textContent).toContain("Old garden plans");
  await down(opened, dialog, line);
  await opened.user.keyboard("{Enter}");
  await opened.drawn();
  opened.view.getByRole("heading", { level: 1, name: "Archive" });
  opened.view.getByRole("heading", { level: 2, name: "Old garden plans" });
  await vi.waitFor(() => expect(document.activeElement?.parentElement?.classList).toContain("marked"));
  expect(document.activeElement?.textContent?.toLowerCase()).toContain("raised beds");
  await vi.waitFor(() => expect(document.querySelector(".marked")).toBeNull(), { timeout: 4_000 });
  await vi.waitFor(() => expect(opened.view.queryByRole("dialog")).toBeNull());
});

test("a turn of an active session is jumped to in its transcript, also far back", async () => {
  const opened = await openWindow();
  const dialog = await search(opened, "session:daily agent:wykeve ");
  const { hits } = await opened.backend.search({ query: "session:daily agent:wykeve", limit: 100, offset: 0 });
  expect(said(dialog)).toHaveLength(20);
  expect(dialog.getByRole("status").textContent).toBe("20 and more found");
  await opened.user.click(dialog.getByRole("option", { name: "Show more" }));
  await vi.waitFor(() => expect(said(dialog)).toHaveLength(40));
  await opened.user.click(said(dialog)[39] as HTMLElement);
  await opened.drawn();
  await vi.waitFor(() => expect(document.activeElement?.closest("[data-turn]")?.getAttribute("data-turn")).toBe(hits[39]?.turn_id));
  opened.view.getByRole("heading", { level: 1, name: "Daily notes" });
});

test("a command is done by its name, and Escape leaves everything as it was", async () => {
  const opened = await openWindow();
  const { user, view, drawn } = opened;
  await user.keyboard("{Control>}k{/Control}");
  const all = (await ready(opened)).getAllByRole("option");
  expect(all[0]?.textContent).toContain("New session");
  await user.keyboard("heal{Enter}");
  await drawn();
  await view.findByRole("heading", { level: 1, name: "Health" });
  await vi.waitFor(() => expect(view.queryByRole("dialog")).toBeNull());
  await user.keyboard("{Control>}k{/Control}");
  await ready(opened);
  await user.keyboard("dark{Enter}");
  await drawn();
  await vi.waitFor(() => expect([document.documentElement.dataset.theme, view.queryByRole("dialog")]).toEqual(["dark", null]));
  await user.keyboard("{Control>}k{/Control}");
  await ready(opened);
  await user.keyboard("lock{Escape}");
  await vi.waitFor(() => expect(view.queryByRole("dialog")).toBeNull());
  view.getByRole("heading", { level: 1, name: "Health" });
});

test("a session is found by its title, and what matches nothing says so", async () => {
  const opened = await openWindow();
  const dialog = await search(opened, "grant");
  await down(opened, dialog, dialog.getByRole("option", { name: /^Grant application 2025/ }));
  await opened.user.keyboard("{Enter}");
  await opened.drawn();
  opened.view.getByRole("heading", { level: 2, name: "Grant application 2025" });
  await vi.waitFor(() => expect(opened.view.queryByRole("dialog")).toBeNull());
  const nothing = await search(opened, "zzzz");
  expect(nothing.queryAllByRole("option")).toEqual([]);
  expect(nothing.getByRole("status").textContent).toBe("Nothing said matches.");
});

test("search asks nothing of the network: no provider is called", async () => {
  const opened = await openWindow();
  for (const method of ["providerList", "providerTest", "providerModels", "providerDiscover"] as const) opened.backend.failNext(method, "internal");
  const dialog = await search(opened, "raised");
  expect(said(dialog).length).toBeGreaterThan(0);
});

test("find goes through the open conversation and back, and Escape closes it without stopping anything", async () => {
  const { user, view, drawn } = await openWindow();
  await user.click(view.getByRole("button", { name: "Daily notes" }));
  await drawn();
  await user.keyboard("{Control>}f{/Control}");
  const bar = within(view.getByRole("search", { name: "Find" }));
  const field = bar.getByRole("searchbox");
  expect(document.activeElement).toBe(field);
  await user.keyboard("note for DAY");
  await drawn();
  const told = bar.getByRole("status");
  expect(told.textContent, "also in what was not read yet").toBe("50 of 50");
  await user.keyboard("{Enter}");
  expect(told.textContent, "from the end on at the beginning").toBe("1 of 50");
  await user.keyboard("{Shift>}{Enter}{/Shift}{Shift>}{Enter}{/Shift}");
  expect(told.textContent).toBe("49 of 50");
  await user.click(bar.getByRole("button", { name: "Next" }));
  expect(told.textContent).toBe("50 of 50");
  await user.clear(field);
  await user.type(field, "nowhere at all");
  expect(told.textContent).toBe("Not found");
  await user.keyboard("{Escape}");
  expect(view.queryByRole("search", { name: "Find" })).toBeNull();
});

test("find works in the archive, and closes when another session is read", async () => {
  const { user, view, drawn } = await openWindow();
  await user.click(view.getByRole("button", { name: "Archive" }));
  await fireEvent.keyDown(window, { key: "f", ctrlKey: true });
  expect(view.queryByRole("search", { name: "Find" }), "nothing is read yet").toBeNull();
  await user.click(view.getByRole("button", { name: /^Old garden plans/ }));
  await drawn();
  await user.keyboard("{Control>}f{/Control}");
  await user.keyboard("raised");
  expect(view.getByRole("search", { name: "Find" }).textContent).toMatch(/\d of \d/);
  await user.click(view.getByRole("button", { name: /^Grant application/ }));
  await drawn();
  expect(view.queryByRole("search", { name: "Find" })).toBeNull();
});
