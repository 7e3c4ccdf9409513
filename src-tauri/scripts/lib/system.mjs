// What the system must provide, and how it is installed when it is missing.

import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { platform } from "node:process";

import { run, succeeds } from "./run.mjs";
import { Stop } from "./stages.mjs";

/** Whether a program of this name is on the PATH. */
export function onPath(name) {
  const endings = platform === "win32" ? [".exe", ".cmd", ".bat"] : [""];
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return folders.some((folder) =>
    endings.some((ending) => {
      try {
        accessSync(join(folder, name + ending), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    }),
  );
}

const library = (name) => () => succeeds("pkg-config", ["--exists", name]);
const program = (name) => () => onPath(name);

const compiler = {
  what: "a C compiler, for the cryptography, the database and the compression",
  present: program("cc"),
  apt: ["build-essential"],
  dnf: ["gcc", "gcc-c++", "make"],
  pacman: ["base-devel"],
};
const pkgConfig = {
  what: "pkg-config, to find libraries",
  present: program("pkg-config"),
  apt: ["pkg-config"],
  dnf: ["pkgconf-pkg-config"],
  pacman: ["pkgconf"],
};
const webview = {
  what: "WebKitGTK, the window's web view",
  present: library("webkit2gtk-4.1"),
  apt: ["libwebkit2gtk-4.1-dev"],
  dnf: ["webkit2gtk4.1-devel"],
  pacman: ["webkit2gtk-4.1"],
};
const dbusLibrary = {
  what: "the D-Bus library, which the window links",
  present: library("dbus-1"),
  apt: ["libdbus-1-dev"],
  dnf: ["dbus-devel"],
  pacman: ["dbus"],
};
const bus = {
  what: "a session bus of their own for the keychain tests",
  present: program("dbus-run-session"),
  apt: ["dbus"],
  dnf: ["dbus-daemon"],
  pacman: ["dbus"],
};
const keychain = {
  what: "a keychain of their own for the keychain tests",
  present: program("gnome-keyring-daemon"),
  apt: ["gnome-keyring"],
  dnf: ["gnome-keyring"],
  pacman: ["gnome-keyring"],
};
const display = {
  what: "a display of its own for the window tests",
  present: program("Xvfb"),
  apt: ["xvfb"],
  dnf: ["xorg-x11-server-Xvfb"],
  pacman: ["xorg-server-xvfb"],
};
const driver = {
  what: "WebKitWebDriver, the window tests' hand",
  present: program("WebKitWebDriver"),
  apt: ["webkit2gtk-driver"],
  dnf: ["webkit2gtk4.1"],
  pacman: ["webkit2gtk-4.1"],
};
const font = {
  what: "a font for the window tests",
  present: () => succeeds("sh", ["-c", "fc-list 2>/dev/null | grep -q ."]),
  apt: ["fontconfig", "fonts-dejavu-core"],
  dnf: ["fontconfig", "dejavu-sans-fonts"],
  pacman: ["fontconfig", "ttf-dejavu"],
};
const cppCompiler = {
  what: "a C++ compiler, for the fuzzer",
  present: program("c++"),
  apt: ["g++"],
  dnf: ["gcc-c++"],
  pacman: ["gcc"],
};
const network = {
  what: "ip, for the networks of their own of the window tests",
  // Not everybody's PATH holds the administrator's programs; the tests look there by themselves.
  present: () => onPath("ip") || ["/usr/sbin/ip", "/sbin/ip"].some((file) => existsSync(file)),
  apt: ["iproute2"],
  dnf: ["iproute"],
  pacman: ["iproute2"],
};

const git = {
  what: "git, to list the tracked files",
  present: program("git"),
  apt: ["git"],
  dnf: ["git"],
  pacman: ["git"],
};

/** To build the engine and ccc-cli. */
export const forTheEngine = [compiler];
/** To build the window as well. */
export const forTheWindow = [compiler, pkgConfig, webview, dbusLibrary];
/** To judge the tree. */
export const forTheCheck = [...forTheWindow, git];
/** To run every test. */
export const forTheTests = [...forTheWindow, bus, keychain, display, driver, font, network, cppCompiler];

const managers = [
  { name: "apt", program: "apt-get", refresh: ["update"], install: ["install", "-y", "--no-install-recommends"] },
  { name: "dnf", program: "dnf", install: ["install", "-y"] },
  { name: "pacman", program: "pacman", install: ["-S", "--needed", "--noconfirm"] },
];

/** The command with what it takes to run it as root: itself, or through sudo. Null when there is no way. */
function asRoot(command) {
  const quiet = ["env", "DEBIAN_FRONTEND=noninteractive", ...command];
  if (process.getuid?.() === 0) return quiet;
  return onPath("sudo") ? ["sudo", ...quiet] : null;
}

/** Runs the commands one after the other; where that does not work, throws Stop with all of them in words. */
async function runAsRoot(commands) {
  const byHand = ["Run this as root, then try again:", ...commands.map((command) => `  ${command.join(" ")}`)].join("\n");
  for (const command of commands) {
    const [program, ...args] = asRoot(command) ?? [];
    if (program === undefined) throw new Stop(`These packages need root, and sudo is not here. ${byHand}`);
    if ((await run(program, args)) !== 0) throw new Stop(`Installing did not work. ${byHand}`);
  }
}

const notLinux = {
  darwin: "Install Apple's command line tools with `xcode-select --install`, then try again.",
  win32:
    "Install Microsoft's C++ build tools with `winget install Microsoft.VisualStudio.2022.BuildTools`, choosing the " +
    "desktop C++ workload, then try again. WebView2 is part of Windows 11; elsewhere: `winget install Microsoft.EdgeWebView2Runtime`.",
};

/** What is not there. Outside Linux only a C compiler is looked for, and on Windows rustc finds it by itself. */
function missing(needs) {
  if (platform === "win32") return [];
  if (platform === "darwin") return needs.filter((n) => n === compiler && !n.present());
  return needs.filter((need) => !need.present());
}

/**
 * Makes sure the system provides `needs`: says what is missing and which packages bring it, and installs those.
 * Throws Stop, with the commands in words, where that is left to the person.
 */
export async function provide(needs) {
  const lacking = missing(needs);
  if (lacking.length === 0) return;
  const list = lacking.map((need) => `  - ${need.what}`).join("\n");
  const manager = managers.find((m) => onPath(m.program));
  if (platform !== "linux" || manager === undefined) {
    const words = notLinux[platform] ?? "Install them with this system's package manager, then try again.";
    throw new Stop(`Missing on this system:\n${list}\n${words}`);
  }
  const packages = [...new Set(lacking.flatMap((need) => need[manager.name]))];
  console.log(`Missing on this system:\n${list}\nInstalling with ${manager.program}: ${packages.join(" ")}`);
  const steps = [...(manager.refresh ? [manager.refresh] : []), [...manager.install, ...packages]];
  await runAsRoot(steps.map((args) => [manager.program, ...args]));
  const still = missing(needs).map((need) => `  - ${need.what}`);
  if (still.length > 0) throw new Stop(`Still missing after installing:\n${still.join("\n")}`);
}
