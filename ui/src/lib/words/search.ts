const NUMBER = new Intl.NumberFormat();

export const palette = {
  title: "Search and commands",
  label: "Search everything said, sessions and commands",
  placeholder: "Search everything…",
  list: "Results",
  kinds: { command: "Commands", session: "Sessions", turn: "Said" },
  archived: "Archived",
  gone: "That session is not there any more.",
  turnGone: "That turn is not there any more.",
  more: "Show more",
  nothing: "Nothing said matches.",
  found: (n: number, more: boolean) => `${NUMBER.format(n)}${more ? " and more" : ""} found`,
  damaged: (n: number) => (n === 1 ? "1 damaged part was left out." : `${NUMBER.format(n)} damaged parts were left out.`),
  hint: 'Narrow by "a phrase", -without, session:title, agent:codey, after:2026-05, before:2026-06-15, status:archived',
  commands: {
    backups: "Backups",
    health: "Health",
    main: "Work",
    theme: { light: "Theme: light", dark: "Theme: dark", system: "Theme: as the system" },
  },
};

export const find = {
  bar: "Find",
  label: "Find in this conversation",
  previous: "Previous",
  next: "Next",
  close: "Close find",
  none: "Not found",
  count: (at: number, of: number) => `${NUMBER.format(at)} of ${NUMBER.format(of)}`,
};
