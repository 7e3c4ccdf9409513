import axe from "axe-core";
import { expect, test } from "vitest";

import { MOCK_RECOVERY_KEY } from "../lib/backend/mock";
import { words } from "../lib/words";
import { type Opened, openWindow } from "../test/window";

/** What jsdom cannot judge for want of layout and colour; the real window judges it. */
const BLIND = ["color-contrast", "target-size", "scrollable-region-focusable"];
const rules = Object.fromEntries(BLIND.map((rule) => [rule, { enabled: false }]));

async function violations(): Promise<string[]> {
  const { violations: found } = await axe.run(document, { rules, resultTypes: ["violations"] });
  return found.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(" | ")}`);
}

const press = (name: string | RegExp) => async ({ user, view, drawn }: Opened) => {
  await user.click(view.getAllByRole("button", { name })[0] as HTMLElement);
  await drawn();
};
const keys = (typed: string) => async ({ user, drawn }: Opened) => {
  await user.keyboard(typed);
  await drawn();
};
const send = (directive: string) => async ({ user, view, drawn }: Opened) => {
  await user.type(view.getByLabelText("Directive"), `${directive}{Enter}`);
  await drawn();
  view.getByRole("region", { name: words.tray.title });
};
const sendFailing = async (opened: Opened) => {
  opened.backend.failNext("contextPreview", "memory_slow");
  await send("Plan")(opened);
};
const mark = async ({ backend, drawn }: Opened) => {
  const session = [...backend.store.sessions.values()].find((each) => each.title === "Release 2.4");
  const [turn] = [...backend.store.turns.values()].flat();
  session?.preferences.pinned_turns.push(turn?.id ?? "");
  session?.preferences.muted_turns.push("nowhere");
  backend.tell("sessions");
  await drawn();
};
const openMarks = async ({ view, drawn }: Opened) => {
  (view.getByText(words.context.marksCount(1, 1)).closest("details") as HTMLDetailsElement).open = true;
  await drawn();
};
const archived = async ({ backend, drawn }: Opened) => {
  const session = [...backend.store.sessions.values()].find((each) => each.title === "Release 2.4");
  await backend.sessionArchive({ session_id: session?.id ?? "" });
  await drawn();
};
const receipt = async ({ user, view, backend, choose }: Opened) => {
  const given = [...backend.store.receipts.values()].find((each) => each.context.items.length > 0);
  const turn = document.querySelector<HTMLElement>(`[data-turn="${given?.turn_id}"]`);
  await user.click(turn?.querySelector("button") as HTMLElement);
  await choose(words.cycle.receipt);
  await view.findByRole("dialog", { name: words.cycle.receipt });
};
const run = async ({ user, view, clock, drawn }: Opened) => {
  await user.type(view.getByLabelText("Directive"), "Plan the release{Enter}");
  await clock.advance(3_000);
  await drawn();
};

const screens: [string, Parameters<typeof openWindow>[0], ((opened: Opened) => Promise<void>)[]][] = [
  ["first run", { profile: "first_run" }, []],
  ["restoring", { profile: "first_run" }, [press("Restore from a backup…"), press("Look in another folder…")]],
  ["recovery key", { profile: "first_run" }, [press("Create")]],
  ["recovery check", { profile: "first_run" }, [press("Create"), press("I have it, go on")]],
  ["recovery key again", { profile: "recovery_unseen" }, []],
  ["recovery renewal", {}, [press("Settings"), press("New recovery key…")]],
  ["health with something to do", { keychainLost: true }, [press("Health")]],
  ["lock", { profile: "keychain_unavailable" }, []],
  ["failure", { profile: "profile_in_use" }, []],
  ["damaged", { profile: "damaged" }, []],
  ["a cut end", { profile: "cut" }, []],
  ["empty", { seeded: false }, []],
  ["session", {}, []],
  ["escalation", {}, [press("Raised beds, north side")]],
  ["running cycle", { cycle: "stateless" }, [press("Kitchen renovation"), run]],
  ["archive", {}, [press("Archive"), press(/^Grant application/)]],
  ["health", {}, [press("Health")]],
  ["audit trail", {}, [press("Health"), press("Audit trail")]],
  ["passphrase", {}, [press("Settings"), press("Change the passphrase…")]],
  ["backups", {}, [press("Backups")]],
  ["settings", {}, [press("Settings")]],
  ["provider form", {}, [press("Settings"), press("Add a provider")]],
  ["preferences", {}, [press("Actions for Release 2.4"), ({ choose }) => choose("Preferences…")]],
  ["menu", {}, [press("Actions for Release 2.4")]],
  ["palette", {}, [keys("{Control>}k{/Control}")]],
  ["search", {}, [keys("{Control>}k{/Control}"), keys("raised"), () => new Promise((done) => setTimeout(done, 200))]],
  ["tray", {}, [press("Release 2.4"), send("Which release notes and checks are missing before the release?")]],
  ["memory that failed", {}, [press("Release 2.4"), sendFailing]],
  ["marks", {}, [mark, press("Release 2.4"), openMarks]],
  ["receipt in the archive", {}, [archived, press("Archive"), press(/^Release 2.4/), receipt]],
  ["reset", {}, [press("Actions for Kitchen renovation"), ({ choose }) => choose("Reset…")]],
  ["find", {}, [press("Raised beds, north side"), keys("{Control>}f{/Control}"), keys("bed")]],
];

test.each(screens.flatMap(([name, options, acts]) => (["light", "dark"] as const).map((theme) => ({ name, theme, options, acts }))))(
  "axe finds nothing on $name in $theme",
  async ({ options, acts, theme }) => {
    window.matchMedia = (query) => ({ matches: theme === "dark", media: query, addEventListener() {}, removeEventListener() {} }) as unknown as MediaQueryList;
    document.documentElement.lang = "en";
    document.title = "CCC";
    const opened = await openWindow(options ?? {});
    for (const act of acts) await act(opened);
    expect(document.documentElement.dataset.theme).toBe(theme);
    expect(await violations()).toEqual([]);
  },
);

test("the recovery key's groups are read as a list of nine", async () => {
  const opened = await openWindow({ profile: "first_run" });
  await press("Create")(opened);
  expect(opened.view.getByRole("list", { name: "Recovery key in nine groups" }).querySelectorAll("li")).toHaveLength(MOCK_RECOVERY_KEY.split("-").length);
});
