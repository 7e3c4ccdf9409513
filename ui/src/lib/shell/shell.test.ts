import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { dateGroup } from "../format/time";
import { duration, size } from "../format/size";
import { matchShortcut } from "../keys/shortcuts";
import { createMock } from "../backend/mock";
import { watchActivity } from "./activity";
import { App } from "./app.svelte";
import { Toasts } from "./toasts.svelte";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("what a person does is told at once, and then every few seconds at most", () => {
  const target = new EventTarget();
  const tell = vi.fn();
  const end = watchActivity(target, tell);
  expect(tell, "nothing was done yet").not.toHaveBeenCalled();
  for (const sign of ["pointerdown", "pointermove", "keydown", "wheel"]) target.dispatchEvent(new Event(sign));
  expect(tell).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(4_900);
  target.dispatchEvent(new Event("keydown"));
  expect(tell).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(100);
  target.dispatchEvent(new Event("wheel"));
  expect(tell).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(60 * 60_000);
  expect(tell, "silence tells nothing").toHaveBeenCalledTimes(2);
  end();
  target.dispatchEvent(new Event("keydown"));
  expect(tell, "ended").toHaveBeenCalledTimes(2);
});

test("locking keeps nothing that was opened, in any part of the window", async () => {
  const backend = createMock();
  const app = new App(backend);
  await app.begin();
  expect([app.stage.name, app.memory.rows.length > 0, app.sessions.all.length]).toEqual(["open", true, 10]);
  app.toasts.show({ text: "a title" });
  app.link = { target: null };
  await app.lock();
  await app.begin();
  expect(app.stage).toEqual({ name: "locked", why: "locked", keychain: true, passphrase: true, lost: 0 });
  expect([app.memory.rows, app.memory.current, app.sessions.all, app.toasts.shown, app.link, app.spoken]).toEqual([[], null, [], [], null, ""]);
});

test("messages go by themselves, stay while looked at, and are three at most", () => {
  const toasts = new Toasts();
  for (const text of ["a", "b", "c", "d"]) toasts.show({ text });
  expect(toasts.shown.map((t) => t.text)).toEqual(["b", "c", "d"]);
  toasts.hold(toasts.shown[0]?.id ?? 0);
  vi.advanceTimersByTime(60_000);
  expect(toasts.shown.map((t) => t.text)).toEqual(["b"]);
  toasts.resume(toasts.shown[0]?.id ?? 0);
  vi.advanceTimersByTime(60_000);
  expect(toasts.shown).toEqual([]);
});

test("keys ask for their shortcut, and for none while an input method composes", () => {
  const key = (init: KeyboardEventInit) => matchShortcut(new KeyboardEvent("keydown", init));
  expect(key({ key: "n", ctrlKey: true })).toBe("new_session");
  expect(key({ key: "N", ctrlKey: true, shiftKey: true })).toBe("new_temporary");
  expect(key({ key: "/", ctrlKey: true, shiftKey: true }), "some keyboards need Shift for it").toBe("shortcuts");
  expect(key({ key: "n", ctrlKey: true, altKey: true })).toBeNull();
  expect(key({ key: "n", ctrlKey: true, metaKey: true })).toBeNull();
  expect(key({ key: "n" })).toBeNull();
  expect(key({ key: "Escape", isComposing: true })).toBeNull();
});

test("dates fall into the person's own days", () => {
  const now = new Date(2026, 4, 8, 9, 30).getTime();
  const at = (...parts: [number, number, number, number]) => dateGroup(new Date(...parts).toISOString(), now);
  expect([at(2026, 4, 8, 0), at(2026, 4, 7, 23), at(2026, 4, 7, 0), at(2026, 4, 6, 23), at(2026, 4, 2, 0), at(2026, 4, 1, 23), at(2026, 3, 8, 0), at(2026, 3, 7, 0)]).toEqual([
    "today", "yesterday", "yesterday", "week", "week", "month", "month", "older",
  ]);
  expect(at(2026, 2, 1, 0)).toBe("older");
  expect(at(2026, 4, 9, 0), "a clock that went back").toBe("today");
});

test("sizes and times are short and have their unit", () => {
  expect([size(0), size(1023), size(1536), size(5 * 1024 ** 3)]).toEqual(["0 bytes", "1,023 bytes", "1.5 KiB", "5 GiB"]);
  expect([duration(0.42), duration(12.4), duration(2100)]).toEqual(["0.4 ms", "12 ms", "2.1 s"]);
});
