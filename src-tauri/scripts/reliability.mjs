// `npm run reliability`: breaks what stands under a profile, and writes what was lost into docs/reliability.md. Words
// after `--` go to the program: `--long` for many more runs, names of rows for these alone. Linux only.

import { join } from "node:path";

import { root } from "./lib/paths.mjs";
import { run } from "./lib/run.mjs";
import { forTheTests, provide } from "./lib/system.mjs";
import { provideRust, targetFolder } from "./lib/toolchains.mjs";

if (process.platform !== "linux") {
  console.error("This runs on Linux only.");
  process.exit(2);
}
await provide(forTheTests);
provideRust();
const built = await run("cargo", ["build", "-p", "reliability"]);
if (built !== 0) process.exit(built);
const words = ["run", ...process.argv.slice(2), "--write", join(root, "docs/reliability.md")];
process.exit(await run(join(targetFolder(), "debug/reliability"), words));
