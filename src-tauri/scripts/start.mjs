// `npm start`: builds CCC and opens its window. Without a display, with `-- --terminal`, or with arguments for ccc-cli
// after `--`, a cycle runs in this terminal instead.

import { join } from "node:path";

import { formOf } from "./lib/form.mjs";
import { root } from "./lib/paths.mjs";
import { run } from "./lib/run.mjs";
import { Stop } from "./lib/stages.mjs";
import { forTheEngine, forTheWindow, provide } from "./lib/system.mjs";
import { provideRust, provideUi, provideUiPackages } from "./lib/toolchains.mjs";

// Relative paths mean the folder the person is in, which npm leaves for the root.
const cwd = process.env.INIT_CWD ?? process.cwd();

/** Builds one package's program and runs it; resolves to its exit code. */
async function buildAndRun(name, args) {
  const which = ["--manifest-path", join(root, "Cargo.toml"), "--package", name];
  // The development profile: its window is there in 0.6 to 0.8 s, as that of a release is, which takes far longer to build.
  console.log(`Building ${name}. The first time takes a few minutes.`);
  if ((await run("cargo", ["build", ...which])) !== 0) throw new Stop(`${name} could not be built; the reason is above.`);
  return run("cargo", ["run", "--quiet", ...which, "--", ...args], { cwd });
}

async function openWindow() {
  await provide(forTheWindow);
  provideRust();
  await provideUiPackages();
  await provideUi();
  console.log("The window opens when it is built; close it, or press Ctrl-C here, to end.");
  return buildAndRun("ccc", []);
}

async function openTerminal(args) {
  await provide(forTheEngine);
  provideRust();
  return buildAndRun("ccc-cli", args);
}

try {
  const form = formOf(process.argv.slice(2), process.platform, process.env);
  if (form.why) console.log(form.why);
  process.exitCode = await (form.window ? openWindow() : openTerminal(form.args));
} catch (error) {
  if (!(error instanceof Stop)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
