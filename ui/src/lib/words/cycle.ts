import type { Agent, Step } from "../backend/types";

export const agents: Record<Agent, { name: string; title: string }> = {
  wykeve: { name: "You", title: "Prime Architect" },
  beatrice: { name: "Beatrice", title: "Supervisor" },
  codey: { name: "Codey", title: "Executor" },
};

export const steps: Record<Step, string> = { analyse: "Analysis", execute: "Work", review: "Review" };
export const stepsRunning: Record<Step, string> = {
  analyse: "Beatrice is analysing",
  execute: "Codey is working",
  review: "Beatrice is reviewing",
};

export const cycle = {
  transcript: "Transcript",
  empty: "What should be done?",
  emptyText: "Write a directive below. Beatrice writes guidance, Codey carries it out, Beatrice reviews the work.",
  round: (n: number) => `Round ${n + 1}`,
  at: (time: string) => `at ${time}`,
  by: (model: string) => `by ${model}`,
  rehearsal: "Rehearsal, no model",
  rehearsalText: "Composed on this computer. No model was called.",
  waiting: "Waiting for the first word…",
  thinking: "Thinking…",
  writing: "Writing",
  memoryUsed: (turns: number) => (turns === 0 ? "no memory needed" : turns === 1 ? "1 turn of memory" : `${turns} turns of memory`),
  stop: "Stop",
  stopping: "Stopping…",
  retryStep: "Do this step again",
  retryStepFor: (step: string) => `Do this step again: ${step}`,
  edit: "Edit and run again",
  editTitle: "Edit the directive and run it again",
  editText: "It starts a new branch. What was said before stays.",
  run: "Run",
  resume: (step: string) => `Resume at ${step}`,
  resumeStore: "Store it again",
  turnActions: "Actions for this turn",
  copyText: "Copy text",
  receipt: "What was injected",
  jumpToEnd: "Go to the end",
  earlier: "Show earlier conversations",
  branch: "Branch of an earlier directive",
  directiveAnswer: "Answer",
};

export const turnState = {
  complete: "Complete",
  interrupted: "Interrupted",
  interruptedText: "It was stopped before its end. What was written is kept.",
  truncated: "Cut off",
  truncatedText: "The provider ended it early.",
  unstored: "Not saved yet",
  unstoredText: "This is the only copy, held in memory until it can be written.",
  deleted: "Deleted",
  deletedText: (day: string) => `Its text was deleted on ${day}.`,
  stateless: "Without memory",
  failed: "Failed",
  running: "Writing",
};

export const waiting = {
  title: (n: number) => (n === 1 ? "1 turn is not saved yet" : `${n.toLocaleString()} turns are not saved yet`),
  text: (why: string) => `${why}. They are held in memory and written as soon as that works. Locking or closing CCC before then loses them.`,
  full: "No new cycle can begin until some of them are saved.",
  lockAnyway: "Lock and lose them",
  closeText: "Close the window again to close CCC and lose them. Export them first, or make room on the disk.",
  lockText: "Locking loses them. Export them first, or make room on the disk.",
  tryNow: "Try now",
  export: "Export them…",
  exported: (n: number) => (n === 1 ? "1 turn was exported" : `${n.toLocaleString()} turns were exported`),
  saved: "Everything is saved",
  still: "They still cannot be saved",
};

export const erasure = {
  turn: "Delete this turn…",
  conversation: "Delete this conversation…",
  turnDone: "The turn is deleted",
  conversationDone: "The conversation is deleted",
  detail: "With it go its place in the index, summaries made of it and what receipts quote of it. Older copies of the data and exported files are out of reach.",
};

export const ending = {
  paused: (step: string) => `Stopped at ${step.toLowerCase()}`,
  unstored: "Waiting to be stored",
  unstoredText: "The text could not be written to disk. Do not close CCC before it is stored.",
  escalated: "Beatrice asks you",
  answer: "Your answer",
  answerSend: "Answer and go on",
  noVerdict: "No verdict given",
  noVerdictText: "The review did not say whether it accepts the work. It counts as accepted.",
  accepted: "Accepted",
  sentBack: "Sent back",
  escalatedShort: "Asks you",
  stateless: "The cycle goes on without memory",
  retrying: (attempt: number, seconds: string) => `Trying again in ${seconds} (${attempt} of 3)`,
};

export const composer = {
  label: "Directive",
  placeholder: "Write a directive…",
  hint: "Enter runs it, Shift+Enter starts a new line",
  send: "Run cycle",
  readOnly: "This session is archived. Restore it to write in it.",
  running: "A cycle is running. Stop it, or wait for its end.",
  memoryOn: "Memory on",
  memoryOff: "Memory off",
  memoryText: "Use memory in this cycle",
  memoryAppOff: "Memory is off for the whole app",
  memorySessionOff: "Memory is off for this session",
  tooLong: "The directive is larger than 1 MiB. Shorten it.",
};

export const announce = {
  stepStarted: (words: string) => `${words}.`,
  stepEnded: (step: string) => `${step} is complete.`,
  interrupted: (step: string) => `${step} was interrupted.`,
  truncated: (step: string) => `${step} was cut off.`,
  retrying: "The provider did not answer. Trying again.",
  done: "The cycle is complete.",
  noVerdict: "The cycle is complete. No verdict was given.",
  escalated: "Beatrice asks you a question.",
  paused: (reason: string) => `The cycle stopped: ${reason}`,
  unstored: "The text could not be stored.",
  stateless: "The cycle goes on without memory.",
};
