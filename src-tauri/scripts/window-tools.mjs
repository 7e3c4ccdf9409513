// Builds what the programs need that work the real window, and runs one of them: `measure` on a release build, `pictures`
// on the build that tests use. Linux only.

import { join } from "node:path";

import { root } from "./lib/paths.mjs";
import { run } from "./lib/run.mjs";

const [tool, ...args] = process.argv.slice(2);
if (process.platform !== "linux" || !["measure", "pictures"].includes(tool)) {
  console.error("This needs Linux and one of: measure, pictures.");
  process.exit(2);
}
const built = tool === "measure" ? "release" : "debug";
const release = built === "release" ? ["--release"] : [];
const cargo = (...rest) => ["cargo", ["build", ...rest]];
const builds = [
  ["npm", ["run", "ui:build"]],
  cargo(...release, "-p", "ccc", "--features", "baseline"),
  cargo("-p", "ccc-bench", "-p", "window"),
];
for (const [program, parts] of builds) {
  const code = await run(program, parts);
  if (code !== 0) process.exit(code);
}
const env = {
  ...process.env,
  CCC_WINDOW: join(root, "target", built, "ccc"),
  CCC_EMPTY_WINDOW: join(root, "target", built, "empty-window"),
  CCC_BENCH: join(root, "target", "debug", "ccc-bench"),
};
process.exit(await run(join(root, "target", "debug", tool), args, { env }));
