import { expect, test } from "vitest";

import { AppError } from "./appError";
import { createMock } from "./mock";
import { ERROR_CODES } from "./types";

test("a backend can be handed through a promise", async () => {
  const mock = createMock({ seeded: false });
  expect(await Promise.resolve(mock)).toBe(mock);
});

test("whatever is thrown becomes an AppError with a code of ours", () => {
  const wire = { code: "provider_rate_limited", message: "wait", retry_after_ms: 2000 };
  expect(AppError.from(wire)).toEqual(new AppError("provider_rate_limited", "wait", 2000));
  expect(AppError.from(wire).retry_after_ms).toBe(2000);
  for (const odd of [null, undefined, "text", { code: "unknown", message: "m" }, { code: "locked" }, new Error("e")]) {
    expect(AppError.from(odd).code, String(odd)).toBe("internal");
  }
  const own = new AppError("locked", "");
  expect(AppError.from(own)).toBe(own);
});

test("a locked mock answers nothing that needs the keys", async () => {
  const mock = createMock({ profile: "locked" });
  await expect(mock.sessionList({ filter: "all" })).rejects.toMatchObject({ code: "locked" });
  await expect(mock.settingsGet()).rejects.toMatchObject({ code: "locked" });
  expect((await mock.profileState()).state).toBe("locked");
});

test("the mock can be told to fail once with every code", async () => {
  const mock = createMock({ seeded: false });
  for (const code of ERROR_CODES) {
    mock.failNext("healthReport", code);
    await expect(mock.healthReport()).rejects.toMatchObject({ code });
  }
  expect((await mock.healthReport()).checks).toHaveLength(7);
});

test("an archived session takes no directive and no preferences", async () => {
  const mock = createMock();
  const session = (await mock.sessionList({ filter: "archived" }))[0];
  const id = session?.id ?? "";
  await expect(mock.cycleRun({ session_id: id, directive: "x", memory: true, branch_of: null, tray: null }, () => {})).rejects.toMatchObject({ code: "read_only" });
  await expect(mock.sessionPreferencesSet({ session_id: id, preferences: session!.preferences })).rejects.toMatchObject({ code: "read_only" });
});
