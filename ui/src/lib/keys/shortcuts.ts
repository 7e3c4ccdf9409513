/** What a key combination can ask for. */
export const SHORTCUTS = {
  new_session: { group: "session", key: "n", mod: true },
  new_temporary: { group: "session", key: "n", mod: true, shift: true },
  search: { group: "session", key: "k", mod: true },
  titles: { group: "session", key: "k", mod: true, shift: true },
  next_session: { group: "session", key: "ArrowDown", mod: true, alt: true },
  previous_session: { group: "session", key: "ArrowUp", mod: true, alt: true },
  composer: { group: "cycle", key: "j", mod: true },
  find: { group: "cycle", key: "f", mod: true },
  stop: { group: "cycle", key: "Escape" },
  toggle_sessions: { group: "window", key: "b", mod: true },
  toggle_context: { group: "window", key: "b", mod: true, shift: true },
  archive: { group: "window", key: "a", mod: true, shift: true },
  settings: { group: "window", key: ",", mod: true },
  lock: { group: "window", key: "l", mod: true, shift: true },
  shortcuts: { group: "window", key: "/", mod: true },
} as const satisfies Record<string, Shortcut>;

export type ShortcutName = keyof typeof SHORTCUTS;

export interface Shortcut {
  group: "session" | "cycle" | "window";
  /** `KeyboardEvent.key`, letters in lower case. */
  key: string;
  /** Ctrl, on a Mac Cmd. */
  mod?: boolean;
  shift?: boolean;
  alt?: boolean;
}

const isMac = () => /mac/i.test(navigator.platform);

/** Whether an input method is composing: its keys are its own, Enter above all. WebKit ends with keyCode 229 alone. */
export const isComposing = (event: KeyboardEvent): boolean => event.isComposing || event.keyCode === 229;

/** Which shortcut an event asks for. */
export function matchShortcut(event: KeyboardEvent): ShortcutName | null {
  if (isComposing(event)) return null;
  const mod = isMac() ? event.metaKey : event.ctrlKey;
  const other = isMac() ? event.ctrlKey : event.metaKey;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const fits = (s: Shortcut) =>
    s.key === key && (s.mod ?? false) === mod && !other && (s.alt ?? false) === event.altKey && shiftFits(s, event);
  return (Object.keys(SHORTCUTS) as ShortcutName[]).find((name) => fits(SHORTCUTS[name])) ?? null;
}

/** On some keyboards `/` and `,` need Shift, so it is not looked at for signs. */
const shiftFits = (s: Shortcut, event: KeyboardEvent): boolean =>
  /^[^a-z]$/.test(s.key) || (s.shift ?? false) === event.shiftKey;

const KEY_NAMES: Record<string, string> = { Escape: "Esc", ArrowDown: "↓", ArrowUp: "↑" };

/** The keys of a shortcut, in the order they are written: `["Ctrl", "Shift", "N"]`. */
export function keyNames(shortcut: Shortcut): string[] {
  const names = [];
  if (shortcut.mod) names.push(isMac() ? "⌘" : "Ctrl");
  if (shortcut.alt) names.push(isMac() ? "⌥" : "Alt");
  if (shortcut.shift) names.push(isMac() ? "⇧" : "Shift");
  names.push(KEY_NAMES[shortcut.key] ?? shortcut.key.toUpperCase());
  return names;
}
