// Makes the icon set of every system from icons/ccc.svg: `npm run icons`. The results are committed.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { root } from "./lib/paths.mjs";

// What tauri.conf.json names. The command also makes sets for stores and telephones, which nothing here uses.
const kept = ["32x32.png", "128x128.png", "128x128@2x.png", "icon.png", "icon.icns", "icon.ico"];

const made = mkdtempSync(join(tmpdir(), "ccc-icons-"));
try {
  const cli = join(root, "node_modules/@tauri-apps/cli/tauri.js");
  execFileSync(process.execPath, [cli, "icon", join(root, "icons/ccc.svg"), "--output", made], { stdio: "inherit" });
  for (const name of kept) copyFileSync(join(made, name), join(root, "icons", name));
} finally {
  rmSync(made, { recursive: true, force: true });
}
