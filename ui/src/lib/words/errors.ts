import type { ErrorCode } from "../backend/types";

/** What a person can be offered to do about a failure. */
export type ErrorAction = "retry" | "unlock" | "restore_session" | "providers" | "health";

/** A failure in words. The title says what happened, the text what to do. */
export interface ErrorWords {
  title: string;
  text: string;
  action?: ErrorAction;
}

export const errors: Record<ErrorCode, ErrorWords> = {
  invalid_input: { title: "That cannot be used as it is", text: "It is blank, too long or malformed. Change it and try again." },
  not_found: { title: "It is not there any more", text: "It was deleted or never existed." },
  id_conflict: { title: "That is stored already, with other content", text: "Nothing was changed." },
  read_only: { title: "This session is archived", text: "Restore it to go on in it.", action: "restore_session" },
  cycle_state: { title: "That is not possible now", text: "A cycle is already running there, or there is none to go on with." },
  already_exists: { title: "There is a file of that name", text: "Choose another name." },
  not_initialised: { title: "CCC is not set up yet", text: "Set it up first." },
  locked: { title: "CCC is locked", text: "Unlock it to go on.", action: "unlock" },
  wrong_secret: { title: "That does not open your data", text: "Check for typing mistakes and try again." },
  too_soon: { title: "That was wrong several times", text: "Wait a few seconds, then try again. Nothing is locked out." },
  keychain_unavailable: { title: "The keychain does not answer", text: "Unlock the keychain of this computer, or use your passphrase or recovery key.", action: "retry" },
  keys_missing: { title: "The keys file is missing", text: "Your data is here, but the file that holds its keys is not. Put it back beside the data file, from a backup if need be." },
  keys_mismatch: { title: "The keys do not belong to this data", text: "The keys file is from another folder. Put the right one back." },
  profile_in_use: { title: "CCC is already running", text: "Another window has this data open. Close it first, then try again.", action: "retry" },
  data_too_new: { title: "The data is from a newer CCC", text: "Update CCC to open it. Nothing was changed." },
  data_foreign: { title: "That is not CCC's data", text: "The data file was made by another program. Nothing was changed." },
  data_damaged: { title: "Some stored data is damaged", text: "It was left as it is. A backup, or salvaging it, brings back what can be.", action: "health" },
  disk_failed: { title: "The disk does not take it", text: "It is full, read-only or failing. Make room, then try again.", action: "retry" },
  not_writable: { title: "The folder cannot be written", text: "Check that you may write there, then try again.", action: "retry" },
  too_much_waits: { title: "Too many turns wait to be saved", text: "Make room on the disk, or export them. Then new cycles can begin." },
  provider_url: { title: "The provider's address is not allowed", text: "Use https, or confirm plain http for that host.", action: "providers" },
  provider_auth: { title: "The provider refused the key", text: "Check the key and that the account is active.", action: "providers" },
  provider_rate_limited: { title: "The provider asks to wait", text: "Too many requests, or the account's limit is reached. Wait a little, then try again.", action: "retry" },
  provider_unreachable: { title: "The provider does not answer", text: "Check the network and the address, then try again.", action: "retry" },
  provider_rejected: { title: "The provider answered with an error", text: "Check the model's name, or try again later.", action: "retry" },
  provider_protocol: { title: "The answer was not understood", text: "What answers at that address is not a Chat Completions interface.", action: "providers" },
  memory_slow: { title: "Memory took too long", text: "The step went on without it. It is there for the next one." },
  context_too_long: { title: "The prompt is too long for the model", text: "Shorten the directive, lower the memory budget, or choose a model that takes more." },
  truncated: { title: "The answer was cut off", text: "It ended before the provider called it complete. What was written is kept.", action: "retry" },
  cancelled: { title: "Stopped", text: "What was written is kept." },
  internal: { title: "Something went wrong inside CCC", text: "This is a defect of CCC. Try again; if it stays, the health report helps to find it.", action: "health" },
};

export const errorActions: Record<ErrorAction, string> = {
  retry: "Try again",
  unlock: "Unlock",
  restore_session: "Restore session",
  providers: "Open providers",
  health: "Open health",
};
