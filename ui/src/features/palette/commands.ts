import type { IconName } from "../../components/Icon.svelte";
import { SHORTCUTS, type ShortcutName, keyNames } from "../../lib/keys/shortcuts";
import type { App, Screen } from "../../lib/shell/app.svelte";
import { words } from "../../lib/words";

/** Something the palette can do. */
export interface Command {
  name: string;
  label: string;
  icon: IconName;
  /** The keys that do it without the palette. */
  keys: string[];
  run: () => void;
}

const w = words.palette.commands;
const ICONS: Partial<Record<ShortcutName, IconName>> = {
  new_session: "add",
  new_temporary: "ghost",
  composer: "edit",
  find: "search",
  titles: "search",
  next_session: "down",
  previous_session: "up",
  toggle_sessions: "panel",
  toggle_context: "context",
  archive: "archive",
  settings: "settings",
  lock: "lock",
  shortcuts: "keyboard",
};

/** All commands, in the order they are listed. */
export function commandsOf(app: App, shortcut: (name: ShortcutName) => void, goTo: (screen: Screen) => void): Command[] {
  const keyed = (Object.entries(ICONS) as [ShortcutName, IconName][]).map(
    ([name, icon]): Command => ({
      name,
      icon,
      label: words.shortcuts.names[name],
      keys: keyNames(SHORTCUTS[name]),
      run: () => shortcut(name),
    }),
  );
  const theme = (["light", "dark", "system"] as const).map(
    (name): Command => ({ name: `theme_${name}`, icon: "image", label: w.theme[name], keys: [], run: () => void app.setSettings({ theme: name }) }),
  );
  const screen = (name: "backups" | "health" | "main", icon: IconName): Command => ({ name: `screen_${name}`, icon, label: w[name], keys: [], run: () => goTo(name) });
  return [...keyed, screen("health", "health"), screen("backups", "memory"), screen("main", "edit"), ...theme];
}

/** The commands of which every word typed begins a word; all where nothing is typed. */
export function matching(commands: readonly Command[], query: string): Command[] {
  const typed = wordsOf(query);
  return commands.filter(({ label }) => typed.every((begun) => wordsOf(label).some((word) => word.startsWith(begun))));
}

const wordsOf = (text: string): string[] => text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
