// `npm test`: every test there is, and one closing line that sums them up.

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

import { root } from "./lib/paths.mjs";
import { Results } from "./lib/results.mjs";
import { run, runReading } from "./lib/run.mjs";
import { Stages, Stop } from "./lib/stages.mjs";
import { forTheTests, provide } from "./lib/system.mjs";
import {
  buildUi,
  cargoHome,
  checkUi,
  provideRust,
  provideUiPackages,
  targetFolder,
  uiTests,
} from "./lib/toolchains.mjs";

const stages = new Stages();
const results = new Results();
// No test may write into the person's own folders or ask their keychain: it finds an empty home and no session bus.
const home = mkdtempSync(join(tmpdir(), "ccc-test-home-"));

function guarded() {
  const env = {
    ...process.env,
    CARGO_HOME: cargoHome(),
    RUSTUP_HOME: process.env.RUSTUP_HOME ?? join(homedir(), ".rustup"),
    HOME: home,
    XDG_RUNTIME_DIR: home,
  };
  const own = ["DBUS_SESSION_BUS_ADDRESS", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"];
  for (const name of own) delete env[name];
  return env;
}

const reading = async (program, args, options) =>
  (await runReading(program, args, (line) => results.line(line), options)) === 0;

const colour = process.stdout.isTTY ? ["--color", "always"] : [];

async function tools() {
  await provide(forTheTests);
  provideRust();
  await provideUiPackages();
  return true;
}

const scripts = () =>
  reading(process.execPath, ["--test", "--test-reporter=spec", join(root, "src-tauri/scripts/lib/lib.test.mjs")]);

// One set of features for building and testing, so that nothing is built twice. The window's tests bring features of
// their own and are built by themselves, where they run.
const everythingElse = ["--workspace", "--exclude", "window"];
const build = async () => (await run("cargo", ["build", ...everythingElse, "--all-targets", ...colour])) === 0;

const cargoTest = (which, env) => reading("cargo", ["test", ...which, "--no-fail-fast", ...colour], { env });

const rust = () => cargoTest(everythingElse, guarded());

async function untouched() {
  const written = readdirSync(home);
  for (const name of written) console.error(`a test wrote ${name} into the home folder`);
  return results.one(written.length === 0);
}

// Each of them brings a home, a display and a session bus of its own.
const window = () => cargoTest(["--package", "window"], { ...guarded(), CCC_WINDOW: join(targetFolder(), "debug/ccc") });

// The short form of all rows.
const reliability = async () => results.one((await run(join(targetFolder(), "debug/reliability"), ["run"], { env: guarded() })) === 0);

try {
  await stages.stage("Tools", tools, { needed: true });
  await stages.stage("Scripts: tests", scripts);
  await stages.stage("UI: types and markup", async () => results.one(await checkUi()));
  await stages.stage("UI: tests", () => reading(...uiTests));
  await stages.stage("UI: build", buildUi, { needed: true });
  await stages.stage("Rust: build", build, { needed: true });
  await stages.stage("Rust: tests, the shell's included", rust);
  if (process.platform === "linux") await stages.stage("Window: tests on a display of its own", window);
  if (process.platform === "linux") await stages.stage("Reliability: the scorecard's short form", reliability);
  await stages.stage("Nothing written outside the tests' own folders", untouched);
} catch (error) {
  if (!(error instanceof Stop)) throw error;
  console.error(error.message);
} finally {
  rmSync(home, { recursive: true, force: true });
}
console.log(stages.summary());
if (results.ignored > 0) console.log(`${results.ignored} ignored: run by another test, or tools for developing.`);
console.log(results.closing(stages.failed.length));
process.exitCode = stages.failed.length === 0 ? 0 : 1;
