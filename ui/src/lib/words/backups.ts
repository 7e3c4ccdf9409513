import type { BackupFault, Stage } from "../backend/types";

const many = (n: number, one: string, more: string) => `${n.toLocaleString()} ${n === 1 ? one : more}`;

export const backups = {
  title: "Backups",
  lead: "Verified copies of everything, with the keys that open them. They lie outside the data folder.",
  make: "Back up now",
  making: "Backing up…",
  stop: "Stop",
  stages: { copying: "Copying", checking: "Checking every row", finishing: "Finishing" } satisfies Record<Stage, string>,
  made: "The backup is made and verified.",
  stopped: "Stopped. Nothing is left of it.",
  status: "State",
  last: (when: string) => `The last backup was made ${when} and verified.`,
  none: "There is no backup yet.",
  failed: (when: string, why: string) => `The last attempt, ${when}, failed: ${why}.`,
  folderFailed: (why: string) => `The chosen folder did not get the last one: ${why}.`,
  tried: (when: string, turns: number) => `Restoring was tried out ${when}: ${many(turns, "turn was", "turns were")} read back.`,
  triedFailed: (when: string, why: string) => `Restoring was tried out ${when} and failed: ${why}.`,
  notTried: "Restoring was not tried out yet. That happens once a week.",
  drill: "Try restoring out",
  drilling: "Trying it out…",
  unreached: (folder: string) => `A deleted session's key still lies in backups in ${folder}, which is away. It is destroyed when the folder is back.`,
  forget: "It will not come back",
  forgetTitle: "Give this folder up?",
  forgetText: "Deletions no longer wait for it. Whoever has it, and a way into it, can read sessions that were deleted here.",
  forgetDo: "Give it up",
  settings: "When and where",
  automatic: "Make backups by themselves",
  automaticText: "An hour after the last one, when something was said since and nothing runs. The newest of each hour stays for a day, of each day for two weeks, of each week for two months.",
  own: "They lie in this folder:",
  chosen: "And a copy of each in this one:",
  choose: "Choose another folder too…",
  leave: "No longer",
  list: "Backups",
  counts: (sessions: number, conversations: number, turns: number) =>
    `${many(sessions, "session", "sessions")}, ${many(conversations, "conversation", "conversations")}, ${many(turns, "turn", "turns")}`,
  whole: "Verified",
  places: (n: number) => `in ${n} places`,
  faults: { damaged: "Damaged", other_keys: "Other keys", too_new: "From a newer CCC" } satisfies Record<BackupFault, string>,
  actions: (when: string) => `Actions for the backup of ${when}`,
  verify: "Verify again",
  verified: (turns: number) => `It is whole: ${many(turns, "turn was", "turns were")} opened.`,
  bringBack: "Bring sessions back…",
  beside: "Restore beside…",
  restore: "Restore everything…",
  restoreTitle: (when: string) => `Go back to ${when}?`,
  restoreText:
    "Everything in CCC becomes as it was then. What is here now is backed up first, so you can come back. Sessions deleted since stay unreadable: their keys are destroyed. The window loads anew.",
  restoreDo: "Restore everything",
  restoring: "Restoring…",
  besideDone: (directory: string) => `Restored into ${directory}. Start CCC with CCC_DATA_DIR set to it, or ccc-cli with --data-dir.`,
  deletedSince: (n: number) => `${many(n, "session was", "sessions were")} deleted since, and ${n === 1 ? "stays" : "stay"} unreadable.`,
  pickTitle: "Which sessions?",
  pickText: "One that is gone comes back as it was. One that is still there comes back as a copy beside it. Sessions deleted since are not listed: their keys are destroyed.",
  pickNone: "This backup holds no session that can be brought back.",
  pickDo: (n: number) => (n === 0 ? "Bring back" : `Bring back ${many(n, "session", "sessions")}`),
  back: (n: number) => `${many(n, "session is", "sessions are")} back.`,
};

export const salvage = {
  nothing: {
    title: "Nothing could be salvaged",
    text: "Nothing in the data file opens any more, and there is no whole backup in the usual folders. If you have one elsewhere, restore it. The file is as it was.",
  },
  text: "CCC can make a new data file of everything that still opens, and take the rest from the newest backup. The damaged file is kept aside.",
  start: "Salvage what is there",
  busy: "Salvaging…",
  done: (whole: number, others: number, turns: number) =>
    others === 0
      ? `All ${many(whole, "conversation is", "conversations are")} whole: ${many(turns, "turn is", "turns are")} there.`
      : `${many(whole, "conversation is", "conversations are")} whole, ${others.toLocaleString()} ${others === 1 ? "was" : "were"} not. ${many(turns, "turn is", "turns are")} there now.`,
  backup: (name: string) => `What was lost came from the backup ${name}.`,
  conversation: (title: string, session: string) => `“${title}” in “${session}”:`,
  counts: (turns: number, from: number, lost: number) =>
    `${many(turns, "turn", "turns")}, ${from.toLocaleString()} from the backup, ${lost.toLocaleString()} lost`,
  missing: (session: string, count: number) => `“${session}” had ${many(count, "conversation", "conversations")} more, of which nothing was found`,
  aside: "The damaged file is kept in",
  open: "Go on",
};

export const restoring = {
  title: "Restore from a backup",
  begin: "Restore from a backup…",
  lead: "Everything becomes as it was when the backup was made. What is in the data folder now is kept aside.",
  which: "Backup",
  backup: (when: string, sessions: number, turns: number) => `${when}: ${many(sessions, "session", "sessions")}, ${many(turns, "turn", "turns")}`,
  none: "There is no backup in",
  from: "They lie in",
  choose: "Look in another folder…",
  secretHint: "What opened CCC when the backup was made. Left empty, this computer's keychain is asked.",
  restore: "Restore",
  done: (when: string, sessions: number, turns: number) => `All is as it was ${when}: ${many(sessions, "session", "sessions")}, ${many(turns, "turn", "turns")}.`,
  aside: "What was in the data folder is kept in",
};
