/** Reads everything that the window does not show first: what opens by a key or a click, and the other screens. */
export const readLater = (): Promise<unknown> =>
  Promise.all([
    import("./components/DialogBox.svelte"),
    import("./components/MenuList.svelte"),
    import("./features/cycle/Transcript.svelte"),
    import("./features/palette/PaletteBox.svelte"),
    import("./screens/Archive.svelte"),
    import("./screens/Audit.svelte"),
    import("./screens/Backups.svelte"),
    import("./screens/Failed.svelte"),
    import("./screens/FirstRun.svelte"),
    import("./screens/Health.svelte"),
    import("./screens/Lock.svelte"),
    import("./screens/Recovery.svelte"),
    import("./screens/Settings.svelte"),
  ]);
