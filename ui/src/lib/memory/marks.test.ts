import { expect, test } from "vitest";

import { createMock } from "../backend/mock";
import { hold } from "../../test/hold";
import { SessionList } from "./sessionList.svelte";

async function made() {
  const backend = createMock();
  const list = new SessionList(backend);
  await list.refresh();
  const session = list.active.find((each) => each.title === "Release 2.4");
  if (session === undefined) throw new Error("it is seeded");
  const stored = () => backend.store.session(session.id).preferences;
  return { backend, list, id: session.id, stored };
}

test("two marks that are made at once are both kept", async () => {
  const { backend, list, id, stored } = await made();
  const go = hold(backend, "sessionPreferencesSet", "first");
  const both = Promise.all([list.mark(id, "a", "always"), list.mark(id, "b", "never")]);
  go();
  await both;
  expect([stored().pinned_turns, stored().muted_turns]).toEqual([["a"], ["b"]]);
});

test("a mark is kept though the list could not be read after it, and one that failed holds up no other", async () => {
  const { backend, list, id, stored } = await made();
  backend.failNext("sessionList", "internal");
  await expect(list.mark(id, "a", "always")).rejects.toThrow();
  backend.failNext("sessionPreferencesSet", "disk_failed");
  await expect(list.mark(id, "b", "never")).rejects.toThrow();
  await list.mark(id, "c", "always");
  expect([stored().pinned_turns, stored().muted_turns]).toEqual([["a", "c"], []]);
});

test("a turn has one mark at most, and none when it is taken off", async () => {
  const { list, id, stored } = await made();
  for (const mark of ["always", "never"] as const) await list.mark(id, "a", mark);
  expect([stored().pinned_turns, stored().muted_turns]).toEqual([[], ["a"]]);
  await list.mark(id, "a", null);
  expect([stored().pinned_turns, stored().muted_turns]).toEqual([[], []]);
});

test("what else of the preferences is changed at the same time leaves the marks as they are", async () => {
  const { list, id, stored } = await made();
  await Promise.all([list.mark(id, "a", "never"), list.changePreferences(id, (now) => ({ ...now, max_rounds: 5 }))]);
  expect([stored().muted_turns, stored().max_rounds]).toEqual([["a"], 5]);
});
