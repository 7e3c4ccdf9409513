const NUMBER = new Intl.NumberFormat();
const plural = (n: number, one: string, many: string) => `${NUMBER.format(n)} ${n === 1 ? one : many}`;

export const common = {
  app: "Covenant Command Cycle",
  short: "CCC",
  cancel: "Cancel",
  close: "Close",
  save: "Save",
  back: "Back",
  next: "Continue",
  done: "Done",
  undo: "Undo",
  tryAgain: "Try again",
  copy: "Copy",
  copied: "Copied",
  copyFailed: "The clipboard did not take it. Select the text and copy it by hand.",
  loading: "Loading…",
  none: "None",
  version: (version: string) => `Version ${version}`,
  seconds: (n: number) => (n < 10 ? `${n.toFixed(1)} s` : `${Math.round(n)} s`),
  minutes: (n: number) => plural(n, "minute", "minutes"),
  days: (n: number) => plural(n, "day", "days"),
  tokens: (n: number, estimated = false) => `${estimated ? "about " : ""}${plural(n, "token", "tokens")}`,
  turns: (n: number) => plural(n, "turn", "turns"),
  conversations: (n: number) => plural(n, "conversation", "conversations"),
  skipToMain: "Skip to the main part",
  skipToComposer: "Skip to the directive",
  dismiss: "Dismiss",
  notifications: "Notifications and menus",
};

export const markdown = {
  code: "Code",
  codeIn: (language: string) => `Code in ${language}`,
  copyCode: "Copy code",
  image: (host: string) => `Image not loaded, from ${host}`,
  imageHere: "Image not loaded",
  taskDone: "Done:",
  taskOpen: "Open:",
  table: "Table",
};

export const link = {
  title: "Open this link?",
  text: "It leaves CCC and opens in your browser. This is where it really goes:",
  host: "Host",
  address: "Full address",
  email: "Email to",
  open: "Open link",
  refused: "This link is not a web or email address, so it is not opened.",
  unusualHost: "The name is written in letters that can look like others. Read it twice.",
};
