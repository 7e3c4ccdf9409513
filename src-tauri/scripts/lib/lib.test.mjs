// Tests of the scripts' own judgement: `node --test src-tauri/scripts/lib/lib.test.mjs`.

import assert from "node:assert/strict";
import test from "node:test";

import { formOf } from "./form.mjs";
import { Results } from "./results.mjs";
import { Stages, Stop } from "./stages.mjs";
import { faults } from "./tidy.mjs";

function counted(lines) {
  const results = new Results();
  for (const line of lines) results.line(line);
  return results;
}

test("the closing lines of every test program are summed", () => {
  const results = counted([
    "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
    "test a::result: ok. 5 passed; 5 failed",
    "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s",
    "# pass 3",
    "ℹ pass 1",
    "ℹ fail 1",
    "      Tests  2 failed | 20 passed (22)",
    "      Tests  30 passed (30)",
    "      Tests  1 failed (1)",
    " Test Files  9 passed (9)",
  ]);
  assert.deepEqual({ ...results }, { passed: 69, failed: 6, ignored: 1 });
  assert.equal(results.closing(1), "69 passed, 6 failed");
});

test("a stage that failed without a failed test never closes with 0 failed", () => {
  const results = counted(["test result: ok. 7 passed; 0 failed; 0 ignored; 0 measured"]);
  assert.equal(results.closing(0), "7 passed, 0 failed");
  assert.equal(results.closing(2), "7 passed, 1 failed");
});

test("a failed stage is named, and only a needed one stops the run", async (t) => {
  t.mock.method(console, "log", () => {});
  t.mock.method(console, "error", () => {});
  const stages = new Stages();
  assert.equal(await stages.stage("first", async () => false), false);
  assert.equal(await stages.stage("second", async () => true), true);
  const refusal = async () => {
    throw new Stop("no");
  };
  await assert.rejects(stages.stage("third", refusal, { needed: true }), Stop);
  assert.deepEqual(stages.failed, ["first", "third"]);
});

test("registry addresses and folders of one machine are found, and ordinary text is not", () => {
  const host = ["registry", "npmjs", "org"].join(".");
  const home = ["", "home", "ada", "ccc"].join("/");
  const text = ["fine", `see https://${host}/x`, `open("${home}/keys")`, "at home/ada or src/work/x, workspace/"].join("\n");
  assert.deepEqual(faults("notes.md", text, []), [
    "notes.md:2 names a package registry",
    "notes.md:3 names a folder of one machine",
  ]);
  assert.deepEqual(faults("notes.md", "built in /srv/checkout/target", ["/srv/checkout"]), [
    "notes.md:1 names this machine's own folder",
  ]);
});

test("a lockfile that names another source than the public index is found", () => {
  const index = 'source = "registry+https://github.com/rust-lang/crates.io-index"';
  const mirror = 'source = "registry+https://mirror.example/index"';
  assert.deepEqual(faults("Cargo.lock", `${index}\n${mirror}`, []), ["Cargo.lock:2 names a source of one machine"]);
  const resolved = '      "resolved": "https://mirror.example/a.tgz",';
  assert.deepEqual(faults("package-lock.json", resolved, []), ["package-lock.json:1 names the host a package came from"]);
});

test("npm start opens the window wherever one can be drawn", () => {
  const forms = [
    ["linux", { DISPLAY: ":0" }],
    ["linux", { WAYLAND_DISPLAY: "wayland-0" }],
    ["darwin", {}],
    ["win32", {}],
  ].map(([platform, env]) => formOf([], platform, env));
  assert.deepEqual(forms, Array(4).fill({ window: true, args: [] }));
});

test("without a display npm start says so and runs the cycle in the terminal", () => {
  const why = "There is no display here, so the cycle runs in this terminal.";
  const bare = { window: false, args: [], why };
  assert.deepEqual(formOf([], "linux", {}), bare);
  assert.deepEqual(formOf([], "linux", { DISPLAY: "", WAYLAND_DISPLAY: "" }), bare, "an empty name names no display");
});

test("arguments are those of ccc-cli and mean the terminal, with a display or without", () => {
  for (const env of [{ DISPLAY: ":0" }, {}]) {
    assert.deepEqual(formOf(["sessions", "--json"], "linux", env), { window: false, args: ["sessions", "--json"] });
    assert.deepEqual(formOf(["--terminal"], "linux", env), { window: false, args: [] });
    assert.deepEqual(formOf(["--terminal", "--data-dir", "x"], "linux", env), { window: false, args: ["--data-dir", "x"] });
  }
});
