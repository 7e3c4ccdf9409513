import { afterEach, expect, test } from "vitest";

import page from "../../../index.html?raw";
import { early } from "./early";
import { createTauriBackend } from "./tauri";

const [, script = "throw new Error('there is none')"] = /<script>([^]*?)<\/script>/.exec(page) ?? [];
let begun = 0;

/** Runs what `index.html` runs before anything else, beside a Rust side or none. */
async function begin(invoke?: (name: string, args: unknown) => Promise<unknown>): Promise<void> {
  if (invoke !== undefined) Object.assign(window, { __TAURI_INTERNALS__: { invoke } });
  // Numbered, as the same module would not run again.
  await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(script)}#${(begun += 1)}`);
}

afterEach(() => {
  delete window.asked;
  Reflect.deleteProperty(window, "__TAURI_INTERNALS__");
});

test("what the page asks first is what the window begins with, in the same words", async () => {
  const asked: string[] = [];
  const note = async (name: string, args: unknown) => void asked.push(JSON.stringify([name, args]));
  await begin(note);
  const first = asked.splice(0);
  const backend = createTauriBackend();
  const all = () => Promise.all([backend.profileState(), backend.settingsGet(), backend.sessionList({ filter: "all" })]);
  await all();
  expect(asked, "the answers were on their way").toEqual([]);
  await all();
  expect(asked.map((each) => JSON.parse(each)[0])).toEqual(first.map((each) => JSON.parse(each)[0]));
  expect(asked.at(-1)).toBe(first.at(-1));
});

test("an answer is taken once, and one for other sessions never", async () => {
  await begin(async (name) => name);
  await createTauriBackend().sessionList({ filter: "active" });
  expect(window.asked).toHaveProperty("session_list");
  expect(await early("session_list", async () => "again")).toBe("session_list");
  expect(await early("session_list", async () => "again")).toBe("again");
});

test("a refusal nobody asks for is no error of the page, and one that is asked for is refused", async () => {
  await begin(() => Promise.reject(new Error("locked")));
  await expect(early("settings_get", async () => null)).rejects.toThrow("locked");
});

test("in a browser without the Rust side nothing is asked", async () => {
  await begin();
  expect(window.asked).toBeUndefined();
});
