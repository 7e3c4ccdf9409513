// `npm run check`: everything that can be judged without running the product.

import { join } from "node:path";

import { output, run } from "./lib/run.mjs";
import { Stages, Stop } from "./lib/stages.mjs";
import { forTheCheck, provide } from "./lib/system.mjs";
import { checkTidiness } from "./lib/tidy.mjs";
import { buildUi, checkUi, lintUi, provideRust, provideUiPackages, targetFolder } from "./lib/toolchains.mjs";

// One version, so that the same tree gets the same verdict everywhere.
const DENY = "0.20.2";
const ADVISORIES = "https://github.com/RustSec/advisory-db";

const cargo = async (...args) => (await run("cargo", args)) === 0;

/** Installs cargo-deny beside the build, once: a debug build, as it runs for seconds and release takes minutes. */
async function provideDeny() {
  const tools = join(targetFolder(), "tools");
  const deny = join(tools, "bin", process.platform === "win32" ? "cargo-deny.exe" : "cargo-deny");
  if (output(deny, ["--version"]) === `cargo-deny ${DENY}`) return deny;
  console.log(`Installing cargo-deny ${DENY} into the build folder.`);
  if (await cargo("install", "--locked", "--debug", "--root", tools, "--version", DENY, "cargo-deny")) return deny;
  throw new Stop("cargo-deny could not be installed; the reason is above.");
}

async function reachable(url) {
  try {
    return (await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(5000) })).ok;
  } catch {
    return false;
  }
}

async function checkDependencies() {
  const deny = await provideDeny();
  const looks = ["--workspace", "--all-features", "--locked", "check", "--hide-inclusion-graph"];
  // Several versions of one crate are worth knowing and no fault: `cargo deny check bans` lists them.
  const quiet = ["--allow", "duplicate"];
  const well = (await run(deny, [...looks, ...quiet, "licenses", "bans", "sources"])) === 0;
  if (!(await reachable(ADVISORIES))) {
    console.log("The list of known vulnerabilities cannot be reached: advisories are not checked.");
    return well;
  }
  return (await run(deny, [...looks, "advisories"])) === 0 && well;
}

const stages = new Stages();
try {
  await stages.stage(
    "Tools",
    async () => {
      await provide(forTheCheck);
      provideRust();
      await provideUiPackages();
      return true;
    },
    { needed: true },
  );
  await stages.stage("Nothing of one machine in tracked files", async () => checkTidiness());
  await stages.stage("Rust: format", () => cargo("fmt", "--all", "--check"));
  await stages.stage("UI: types and markup", checkUi);
  await stages.stage("UI: lint", lintUi);
  // The window's program carries ui/dist inside, so even checking it needs one.
  await stages.stage("UI: build", buildUi, { needed: true });
  await stages.stage("Rust: clippy", () =>
    cargo("clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"),
  );
  await stages.stage("Rust: licences, bans and sources of dependencies", checkDependencies);
} catch (error) {
  if (!(error instanceof Stop)) throw error;
  console.error(error.message);
}
console.log(stages.summary());
process.exitCode = stages.failed.length === 0 ? 0 : 1;
