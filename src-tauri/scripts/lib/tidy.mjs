// What no tracked file may hold: the addresses of package registries, and the folders of one machine.

import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

import { root } from "./paths.mjs";
import { output } from "./run.mjs";
import { Stop } from "./stages.mjs";

// Written so that these lines do not find themselves.
const banned = [
  ["a package registry", /registry\.npmjs|registry\.yarnpkg|npmmirror\.|static\.crates\.io|index\.crates\.io|pypi\.org|files\.pythonhosted|proxy\.golang\.|deb\.debian\.|archive\.ubuntu\./],
  ["a folder of one machine", /(?:^|[\s"'`(=:])(?:\/(?:home|Users)\/[a-z0-9_.-]+|\/root|\/work)\/|\b[A-Z]:\\{1,2}Users\\/],
];

/** The lock names the public index by its fixed name and no other; anything else came from one machine's settings. */
const lockSource = /^source = "(?!registry\+https:\/\/github\.com\/rust-lang\/crates\.io-index")/;

/** What is wrong with one file's text, as `line: reason`. */
export function faults(path, text, here = [root, homedir()]) {
  const rules = path === "Cargo.lock" ? [["a source of one machine", lockSource]] : banned;
  const places = here.filter((folder) => folder.length > 5);
  return text.split("\n").flatMap((line, index) => {
    const found = rules.filter(([, pattern]) => pattern.test(line)).map(([name]) => name);
    if (places.some((folder) => line.includes(folder))) found.push("this machine's own folder");
    if (path === "package-lock.json" && /^\s*"resolved": "http/.test(line)) found.push("the host a package came from");
    return found.map((name) => `${path}:${index + 1} names ${name}`);
  });
}

/** Checks every tracked file that is text; true when none names what it must not. */
export function checkTidiness() {
  const listed = output("git", ["ls-files", "-z"]);
  if (listed === null) throw new Stop("git does not list this checkout's files, so they cannot be checked.");
  const found = listed
    .split("\0")
    .filter(Boolean)
    .flatMap((path) => {
      const text = readIfThere(path);
      return text === null || text.includes("\0") ? [] : faults(path, text);
    });
  for (const line of found) console.error(line);
  return found.length === 0;
}

/** A file may be deleted and not yet committed. */
function readIfThere(path) {
  try {
    return readFileSync(join(root, path), "utf8");
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "EISDIR") return null;
    throw error;
  }
}
