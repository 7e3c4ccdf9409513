/** The profile, the providers and what is set for the whole app. */
import type { ConversationId, SessionId } from "./ids";

export type LockReason = "locked" | "keychain_not_used" | "keychain_empty" | "keychain_unavailable";

export interface InterruptedCycle {
  session_id: SessionId;
  conversation_id: ConversationId;
}

export type ProfileState =
  | { state: "first_run"; /** Whether the system's keychain answers. */ keychain: boolean }
  | {
      state: "locked";
      why: LockReason;
      /** Whether the keychain is one of the ways in. */
      keychain: boolean;
      /** Whether a passphrase is one of the ways in; the recovery key always is. */
      passphrase: boolean;
      /** Turns that could not be saved and were lost by locking. */
      lost: number;
    }
  | {
      state: "unlocked";
      /** Left by a run that did not end by itself. */
      interrupted: InterruptedCycle[];
      /** Nobody confirmed having the recovery key: a new one is to be shown. */
      recovery_unseen: boolean;
      /** The end of the audit trail was missing at the opening: what was written last may be gone. */
      trail_cut: boolean;
    };

/** The recovery key: nine groups of four, joined by dashes. Shown once. */
export interface Created {
  recovery_key: string;
}

export interface ProviderEntry {
  /** 1 to 64 letters, digits, dashes, dots or underscores. */
  name: string;
  /** Up to and without `/chat/completions`. */
  base_url: string;
  model: string | null;
  /** The host plain http was confirmed for. */
  confirmed_http_host: string | null;
  /** Whether its key goes into an `api-key` header. */
  api_key_header: boolean;
  parameters: Parameters;
}

/** What a model is asked with where its session says nothing else; null leaves it to the provider. */
export interface Parameters {
  temperature: number | null;
  /** The most tokens of one answer. */
  max_tokens: number | null;
}

export interface ProviderList {
  /** In the order they were added; Rehearsal is not among them. */
  providers: (ProviderEntry & { has_key: boolean })[];
  /** A provider's name, or `rehearsal`. */
  preferred: string;
}

export interface TestReport {
  /** Sorted; null where the endpoint has no list. */
  models: string[] | null;
  /** The model that gave an answer; null where none was asked. */
  answered: string | null;
  latency_ms: number;
}

export interface DiscoveredServer {
  /** What it is, as far as it says: `Ollama`, `LM Studio`. */
  name: string;
  base_url: string;
  models: string[];
}

/** The ways into an open profile; the recovery key always is one. */
export interface WaysIn {
  keychain: boolean;
  passphrase: boolean;
}

export type Theme = "system" | "light" | "dark";

export interface AppSettings {
  theme: Theme;
  /** False runs every cycle without memory. */
  memory: boolean;
  /** Whether the memory of a new cycle is shown before it is sent. */
  context_tray: boolean;
  /** Lock after this many idle minutes; null means never. */
  lock_after_minutes: number | null;
  /** Lock when the computer sleeps. */
  lock_on_sleep: boolean;
}

export interface AppInfo {
  version: string;
  data_directory: string;
}

/** What changed behind the window's back or by its own doing, so that it can be read again. */
export type ChangeTag = "profile" | "sessions" | "conversations" | "context" | "providers" | "settings" | "waiting" | "backups" | "closing";
