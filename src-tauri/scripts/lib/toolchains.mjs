// The two toolchains: Rust's cargo, and the UI's packages for Node.

import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { platform } from "node:process";

import { root } from "./paths.mjs";
import { output, run } from "./run.mjs";
import { Stop } from "./stages.mjs";
import { onPath } from "./system.mjs";

const rustInWords = {
  darwin: "Install Rust from https://rustup.rs or with `brew install rustup`",
  win32: "Install Rust from https://rustup.rs or with `winget install Rustlang.Rustup`",
};
const nodeInWords = {
  darwin: "`brew install node`",
  win32: "`winget install OpenJS.NodeJS.LTS`",
};

/** Where cargo keeps what it installs, and the programs of rustup. */
export const cargoHome = () => process.env.CARGO_HOME ?? join(homedir(), ".cargo");

/** Where cargo builds. */
export const targetFolder = () => process.env.CARGO_TARGET_DIR ?? join(root, "target");

/** Makes sure `cargo` can be called by name. A fresh rustup install is found before a new shell has its PATH. */
export function provideRust() {
  if (!onPath("cargo")) process.env.PATH = [join(cargoHome(), "bin"), process.env.PATH].join(delimiter);
  const words = rustInWords[platform] ?? "Install Rust from https://rustup.rs";
  if (!onPath("cargo")) throw new Stop(`Rust is missing. ${words}, then try again.`);
  const version = output("cargo", ["--version"]);
  if (version === null) {
    throw new Stop("cargo does not start with the toolchain that rust-toolchain.toml names: run `rustup toolchain install`.");
  }
  console.log(version);
}

/** Makes sure this Node is one the UI's tools run on: 20.19 or newer, 22.12 or newer. */
export function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  const fits = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
  if (fits) return;
  const words = nodeInWords[platform] ?? "your package manager or https://nodejs.org";
  throw new Stop(`Node ${process.versions.node} is too old for the UI's tools. Install 22.12 or newer: ${words}.`);
}

/** Installs the UI's packages exactly as locked, unless those of this very lockfile are already there. */
export async function provideUiPackages() {
  checkNode();
  const stamp = join(root, "node_modules/.ccc-lock");
  const lock = createHash("sha256").update(readFileSync(join(root, "package-lock.json"))).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  console.log("Installing the UI's packages.");
  const npm = process.env.npm_execpath;
  const code = npm ? await run(process.execPath, [npm, "ci"]) : await run("npm", ["ci"], { shell: platform === "win32" });
  if (code !== 0) throw new Stop("npm ci failed: the UI's packages are not installed.");
  writeFileSync(stamp, lock);
}

/** Runs one of the UI's tools from node_modules, without npm in between. */
export function uiTool(script, args) {
  return run(process.execPath, [join(root, "node_modules", script), ...args]);
}

/** Judges the UI's code: who imports whom, and what no text may become. */
export const lintUi = async () => {
  const eslint = join(root, "node_modules/eslint/bin/eslint.js");
  return (await run(process.execPath, [eslint, "."], { cwd: join(root, "ui") })) === 0;
};

/** The program and arguments that run the UI's tests in jsdom. */
export const uiTests = [process.execPath, [join(root, "node_modules/vitest/vitest.mjs"), "run", "--root", join(root, "ui")]];

/** Builds ui/dist, which the window's program carries inside. */
export const buildUi = async () => (await uiTool("vite/bin/vite.js", ["build", "ui"])) === 0;

/** A hash of all that ui/dist is made from: every file of ui/ but dist, and the packages. */
function uiSources() {
  const hash = createHash("sha256").update(readFileSync(join(root, "package-lock.json")));
  const files = readdirSync(join(root, "ui"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.startsWith(join(root, "ui/dist")))
    .sort();
  for (const file of files) hash.update(file).update(readFileSync(file));
  return hash.digest("hex");
}

/** Builds ui/dist unless it is there and made from these very sources: a new one costs building the window again. */
export async function provideUi() {
  const stamp = join(root, "node_modules/.ccc-ui");
  const page = join(root, "ui/dist/index.html");
  const sources = uiSources();
  // The page names its parts by their content, so it stands for all of ui/dist, whoever built that.
  const mark = () => sources + readFileSync(page, "utf8");
  if (existsSync(page) && existsSync(stamp) && readFileSync(stamp, "utf8") === mark()) return;
  console.log("Building the UI.");
  if (!(await buildUi())) throw new Stop("The UI could not be built; the reason is above.");
  writeFileSync(stamp, mark());
}

/** Checks the UI's types and markup. */
export const checkUi = async () =>
  (await uiTool("svelte-check/bin/svelte-check", ["--tsconfig", "ui/tsconfig.json", "--fail-on-warnings"])) === 0;
