// `npm start`: builds ccc-cli and runs a cycle in this terminal. Arguments after `--` go to ccc-cli.

import { join } from "node:path";

import { root } from "./lib/paths.mjs";
import { run } from "./lib/run.mjs";
import { Stop } from "./lib/stages.mjs";
import { forTheEngine, provide } from "./lib/system.mjs";
import { provideRust } from "./lib/toolchains.mjs";

const manifest = ["--manifest-path", join(root, "Cargo.toml")];

try {
  await provide(forTheEngine);
  provideRust();
  console.log("Building ccc-cli. The first time takes a few minutes.");
  const built = await run("cargo", ["build", ...manifest, "--package", "ccc-cli"]);
  if (built !== 0) throw new Stop("ccc-cli could not be built; the reason is above.");
  // Relative paths mean the folder the person is in, which npm leaves for the root.
  const cwd = process.env.INIT_CWD ?? process.cwd();
  const cli = ["run", "--quiet", ...manifest, "--package", "ccc-cli", "--", ...process.argv.slice(2)];
  process.exitCode = await run("cargo", cli, { cwd });
} catch (error) {
  if (!(error instanceof Stop)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
