// Running other programs: with the terminal passed through, or with their lines read on the way.

import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";

import { root } from "./paths.mjs";

/** The exit code a shell would give: the program's own, or 128 plus the signal that ended it. */
function exitCode(code, signal) {
  const numbers = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGSEGV: 11, SIGABRT: 6, SIGTERM: 15 };
  return signal === null ? (code ?? 1) : 128 + (numbers[signal] ?? 0);
}

function ended(child) {
  // Ctrl-C reaches the child by itself; this process stays to pass its exit code on.
  const stay = () => {};
  const pass = () => child.kill("SIGTERM");
  process.on("SIGINT", stay);
  process.on("SIGTERM", pass);
  return new Promise((resolve) => {
    const done = (code) => {
      process.off("SIGINT", stay);
      process.off("SIGTERM", pass);
      resolve(code);
    };
    child.on("error", (error) => {
      console.error(`${child.spawnfile}: ${error.message}`);
      done(127);
    });
    child.on("close", (code, signal) => done(exitCode(code, signal)));
  });
}

/** Runs a program on this terminal and resolves to its exit code; 127 when it cannot be started. */
export function run(program, args, options = {}) {
  return ended(spawn(program, args, { cwd: root, stdio: "inherit", ...options }));
}

/** Like `run`, but every line of standard output also goes to `onLine`, without colours. */
export async function runReading(program, args, onLine, options = {}) {
  const child = spawn(program, args, { cwd: root, ...options, stdio: ["inherit", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => {
    console.log(line);
    onLine(line.replace(/\u001b\[[0-9;]*m/g, ""));
  });
  const read = new Promise((resolve) => lines.on("close", resolve));
  const code = await ended(child);
  await read;
  return code;
}

/** Whether the program can be started and succeeds with these arguments; prints nothing. */
export function succeeds(program, args, options = {}) {
  return spawnSync(program, args, { cwd: root, stdio: "ignore", ...options }).status === 0;
}

/** What the program prints, trimmed; null when it fails. */
export function output(program, args) {
  const { status, stdout } = spawnSync(program, args, { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  return status === 0 ? stdout.trim() : null;
}
