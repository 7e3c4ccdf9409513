import { expect, test } from "vitest";

import { hold } from "../../test/hold";
import { createMock } from "../backend/mock";
import { ContextTray } from "./contextTray.svelte";

const DIRECTIVE = "Which release notes and checks are missing before the release?";

/** A tray of the seeded session, with the ids that it offers at first. */
async function made() {
  const backend = createMock();
  const session = [...backend.store.sessions.values()].find((each) => each.title === "Release 2.4");
  if (session === undefined) throw new Error("it is seeded");
  const offered = await backend.contextPreview({ session_id: session.id, directive: DIRECTIVE, tray: null });
  const ids = offered.items.map((item) => item.turn_id);
  const [first = "", second = ""] = ids;
  const mute = (id: string) => void backend.store.session(session.id).preferences.muted_turns.push(id);
  const tray = new ContextTray(backend, session.id, DIRECTIVE, offered);
  const shown = () => tray.given.items.map((item) => item.turn_id);
  const offers = (id: string) => tray.offered.items.some((item) => item.turn_id === id);
  return { backend, tray, ids, first, second, mute, shown, offers };
}

test("of two renewals the later one counts, whichever is answered first", async () => {
  const { backend, tray, first, mute, shown, offers } = await made();
  const go = hold(backend, "contextPreview", "first");
  const early = tray.renew();
  mute(first);
  await tray.renew();
  go();
  await early;
  expect([offers(first), shown().includes(first), tray.tray.kept, tray.counting]).toEqual([false, false, shown(), false]);
});

test("a turn that is left out during a renewal does not undo that", async () => {
  const { backend, tray, first, second, mute, shown, offers } = await made();
  mute(first);
  const go = hold(backend, "contextPreview", "first");
  const renewed = tray.renew();
  await tray.toggle(second);
  go();
  await renewed;
  expect([offers(first), tray.tray.left_out, tray.tray.kept]).toEqual([false, [second], shown()]);
});

test("a change that could not be counted is taken back: what is sent is what the total says", async () => {
  const { backend, tray, ids, first, second, shown } = await made();
  await tray.toggle(second);
  backend.failNext("contextPreview", "memory_slow");
  await expect(tray.toggle(first)).rejects.toThrow();
  expect([[...tray.leftOut], tray.tray.left_out, tray.counting]).toEqual([[second], [second], false]);
  expect(tray.tray.kept).toEqual(shown());
  expect(shown()).toEqual(ids.filter((id) => id !== second));
});

test("while a change is being counted, what would be sent is still what the total says", async () => {
  const { backend, tray, ids, first, shown } = await made();
  const go = hold(backend, "contextPreview", "first");
  const counted = tray.toggle(first);
  expect([tray.counting, tray.tray.kept, [...tray.leftOut]]).toEqual([true, ids, [first]]);
  go();
  await counted;
  expect([tray.counting, tray.tray.kept, shown()]).toEqual([false, ids.slice(1), ids.slice(1)]);
});

test("a renewal that failed is made up for by the next change", async () => {
  const { backend, tray, first, second, mute, offers } = await made();
  mute(first);
  backend.failNext("contextPreview", "memory_slow");
  await expect(tray.renew()).rejects.toThrow();
  expect(offers(first), "it is sent as it is shown").toBe(true);
  await tray.toggle(second);
  expect(offers(first)).toBe(false);
});
