/**
 * The wire: what crosses between the window and the Rust side, field for field as serde writes it.
 * Ids are UUIDv7 text, instants RFC 3339 text with milliseconds, UTC. Names follow the Rust types.
 */
export type SessionId = string;
export type ConversationId = string;
export type TurnId = string;
/** RFC 3339, UTC: `2026-05-08T14:00:00.123Z`. */
export type Timestamp = string;

export type Agent = "wykeve" | "beatrice" | "codey";
export type Step = "analyse" | "execute" | "review";
export type SessionStatus = "active" | "archived" | "expired";
export type ConversationStatus = "active" | "completed" | "archived";
export type TurnStatus = "complete" | "truncated" | "interrupted";
export type FinishReason = "stop" | "length" | "content_filter" | "eof";
export type Outcome = "accepted" | "no_verdict";

/** Every code of the domain crate's `ErrorCode`, in its order. */
export const ERROR_CODES = [
  "invalid_input",
  "not_found",
  "id_conflict",
  "read_only",
  "cycle_state",
  "already_exists",
  "not_initialised",
  "locked",
  "wrong_secret",
  "too_soon",
  "keychain_unavailable",
  "keys_missing",
  "keys_mismatch",
  "profile_in_use",
  "data_too_new",
  "data_foreign",
  "data_damaged",
  "disk_failed",
  "not_writable",
  "too_much_waits",
  "provider_url",
  "provider_auth",
  "provider_rate_limited",
  "provider_unreachable",
  "provider_rejected",
  "provider_protocol",
  "context_too_long",
  "memory_slow",
  "truncated",
  "cancelled",
  "internal",
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  /** True when the provider reported none and these are our own estimate. */
  estimated: boolean;
}

export type Verdict =
  | { verdict: "accept" }
  | { verdict: "send_back"; text: string }
  | { verdict: "escalate"; text: string }
  | { verdict: "not_given" };

/** Absent fields are unknown or do not apply. */
export interface TurnMetadata {
  step?: Step;
  /** 0 is the first pass, 1 the first one after work was sent back. */
  round: number;
  provider?: string;
  model?: string;
  temperature?: number;
  usage?: Usage;
  latency_ms?: number;
  finish_reason?: FinishReason;
  verdict?: Verdict;
  /** Present and true when no model was called. */
  rehearsal?: boolean;
  /** Why the step went without memory, where it did though memory was on. */
  stateless_reason?: string;
  /** When its text was deleted; the text is empty then. */
  deleted_at?: Timestamp;
  extra?: Record<string, unknown>;
}

export interface Turn {
  id: TurnId;
  session_id: SessionId;
  conversation_id: ConversationId;
  /** From 1, without gaps. */
  number: number;
  agent: Agent;
  /** The speaker's name in imported text. */
  speaker?: string;
  content: string;
  created_at: Timestamp;
  status: TurnStatus;
  metadata: TurnMetadata;
}

export interface Conversation {
  id: ConversationId;
  session_id: SessionId;
  branch_of: ConversationId | null;
  directive: string;
  created_at: Timestamp;
  status: ConversationStatus;
  turn_count: number;
}

/** Where a cycle stands: the domain's `Phase`. */
export type Phase =
  | { name: "idle" }
  | { name: "recording" }
  | { name: "running"; data: { step: Step } }
  | { name: "storing"; data: { step: Step } }
  | { name: "paused"; data: { step: Step; cause: ErrorCode } }
  | { name: "unstored"; data: { cause: ErrorCode } }
  | { name: "escalated"; data: { question: string } }
  | { name: "answering" }
  | { name: "done"; data: Outcome };

/** A conversation's turns by number, and where its cycle stands by them. */
export interface ConversationHistory {
  conversation_id: ConversationId;
  turns: Turn[];
  phase: Phase;
}

export type Scope = "session" | "all" | { chosen: SessionId[] };

export interface Preferences {
  memory: boolean;
  context_budget_tokens: number;
  /** None means the budget alone decides. */
  max_context_turns: number | null;
  /** 0 to 1. Marks strong matches; never a filter. */
  similarity_threshold: number;
  /** Half-life of recency among equals. Never a cut-off. */
  max_context_age_hours: number;
  scope: Scope;
  pinned_turns: TurnId[];
  muted_turns: TurnId[];
  auto_summarise: boolean;
  /** How often a review may send work back; 0 turns sending back off. */
  max_rounds: number;
  provider: string | null;
  model: string | null;
  temperature: number | null;
  archive_after_days: number | null;
  delete_after_days: number | null;
}

/** A session as the window sees it: the domain's `Session`, and whether it lives in memory only. */
export interface Session {
  id: SessionId;
  /** Empty until named or taken from the first directive. */
  title: string;
  created_at: Timestamp;
  last_active_at: Timestamp;
  status: SessionStatus;
  pinned: boolean;
  conversation_count: number;
  preferences: Preferences;
  /** Kept in memory and gone on close. */
  temporary: boolean;
}

export type SessionFilter = "active" | "archived" | "all";

/** A deletion that can be undone until it is carried out. */
export interface PendingDeletion {
  session_id: SessionId;
  carried_out_at: Timestamp;
}

/** A turn or a conversation that is out of sight, and destroyed at its time. */
export interface PendingErasure {
  target: Target;
  carried_out_at: Timestamp;
}

export type Target = { kind: "turn"; id: TurnId } | { kind: "conversation"; id: ConversationId } | { kind: "session"; id: SessionId };

/** Turns that could not be saved yet. */
export interface WaitingTurns {
  /** In the order they were said. */
  turns: TurnId[];
  bytes: number;
  /** Since when the first of them waits. */
  since: Timestamp;
  code: ErrorCode;
  /** No cycle begins before some of them are saved. */
  is_full: boolean;
}

export type ExportFormat = "json" | "markdown";

export interface ExportReport {
  conversations: number;
  turns: number;
  bytes: number;
}

export interface ContextItem {
  turn_id: TurnId;
  conversation_id: ConversationId;
  session_id: SessionId;
  number: number;
  agent: Agent;
  speaker?: string;
  created_at: Timestamp;
  text: string;
  /** Higher is better, comparable within one context only. */
  score: number;
  reason: string;
  tokens: number;
  /** Near the best score, by the session's threshold. */
  strong: boolean;
  /** Younger than the session's age for recent turns. */
  recent: boolean;
}

export type ContextState =
  | { state: "used" }
  | { state: "off" }
  | { state: "not_taken" }
  | { state: "unavailable"; reason: string };

/** The memory of one prompt, items oldest first. */
export type Context = ContextState & {
  items: ContextItem[];
  block: string;
  tokens: number;
  budget_tokens: number;
  considered: number;
  /** What the person left out of this cycle. */
  left_out?: TurnId[];
};

/** What the person let through of a context that was shown before sending. */
export interface Tray {
  kept: TurnId[];
  left_out: TurnId[];
}

/** What was injected into one step. */
export interface Receipt {
  id: string;
  turn_id: TurnId;
  step: Step;
  created_at: Timestamp;
  context: Context;
}

export type SummarySource = "extract" | "person" | "model";

export interface ContextSummary {
  id: string;
  session_id: SessionId;
  text: string;
  conversation_count: number;
  /** How many turns the session held when it was written. */
  turn_count: number;
  source: SummarySource;
  model?: string;
  usage?: Usage;
  created_at: Timestamp;
  updated_at: Timestamp;
}

/** Another conversation about the same. */
export interface RelatedConversation {
  conversation_id: ConversationId;
  session_id: SessionId;
  /** Its turn that matches best. */
  turn_id: TurnId;
  directive: string;
  created_at: Timestamp;
  reason: string;
}

/** What a session is about. */
export interface SessionContext {
  summary: ContextSummary | null;
  /** Newest first, at most ten. */
  recent: Conversation[];
  /** Most telling first. */
  topics: string[];
}

/** One thing that happened in a cycle: the engine's `CycleUpdate`. */
export type CycleUpdate =
  | { event: "started"; session_id: SessionId; conversation_id: ConversationId }
  | { event: "turn_stored"; turn: Turn }
  | { event: "turn_not_stored"; turn: Turn; code: ErrorCode }
  | { event: "stateless"; code: ErrorCode; reason: string }
  | {
      event: "step_started";
      step: Step;
      round: number;
      turn_id: TurnId;
      memory: ContextState;
      memory_turns: number;
      memory_tokens: number;
    }
  | { event: "model"; model: string }
  | { event: "text"; text: string }
  | { event: "reasoning"; text: string }
  | { event: "retrying"; attempt: number; wait_ms: number; code: ErrorCode }
  | {
      event: "step_ended";
      step: Step;
      round: number;
      /** Null when it left no text. */
      status: TurnStatus | null;
      usage: Usage | null;
      verdict: Verdict | null;
    }
  | { event: "paused"; step: Step; code: ErrorCode }
  | { event: "escalated"; question: string }
  | { event: "done"; outcome: Outcome };

/** What a run leaves: the engine's `CycleReport`. */
export interface CycleReport {
  session_id: SessionId;
  conversation_id: ConversationId;
  phase: Phase;
  turns: Turn[];
  stateless: ErrorCode | null;
  usage: Usage;
}

/**
 * One message of a running cycle. Numbers grow by one and go on over `cycle_attach`; adjoining text is merged at 33 ms.
 * `ended` is always the last, however the run ended.
 */
export type CycleMessage = { sequence: number } & (CycleUpdate | { event: "ended"; report: CycleReport });

/** The step that is being written. */
export interface RunningStep {
  step: Step;
  round: number;
  turn_id: TurnId;
  text: string;
  model: string | null;
  memory: ContextState;
  memory_turns: number;
  memory_tokens: number;
  started_at: Timestamp;
}

/** A running cycle as it stands; messages after `sequence` follow. */
export interface CycleSnapshot {
  session_id: SessionId;
  conversation_id: ConversationId;
  sequence: number;
  phase: Phase;
  turns: Turn[];
  running: RunningStep | null;
  stateless: { code: ErrorCode; reason: string } | null;
}

export interface CycleParams {
  session_id: SessionId;
  directive: string;
  /** False runs the plain cycle, whatever the session prefers. */
  memory: boolean;
  /** The conversation whose directive was edited. */
  branch_of: ConversationId | null;
  /** Null takes the memory as it is chosen. */
  tray: Tray | null;
}

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

/** Something to be done before it is needed. */
export type Advice = "enrol_keychain";

export interface HealthCheck {
  name: string;
  failure: ErrorCode | null;
  detail: string;
  /** What to do where it works today and may not tomorrow. */
  advice: Advice | null;
  took_ms: number;
}

export interface OperationLatency {
  operation: string;
  count: number;
  p50_ms: number;
  p95_ms: number;
  p99_ms: number;
}

export interface HealthReport {
  checked_at: Timestamp;
  /** In a fixed order. */
  checks: HealthCheck[];
  /** Since start. */
  latencies: OperationLatency[];
  /** Turns stored a day, oldest first; `day` is `2026-05-08`. */
  activity: { day: string; turns: number }[];
  storage: { bytes: number; growth: { day: string; bytes: number }[] };
  context: ContextUse;
  upkeep: UpkeepState | null;
}

export type UpkeepJob = "sessions" | "conversations" | "log" | "space" | "leftovers";

/** How a job of upkeep went the last time. */
export interface UpkeepRun {
  job: UpkeepJob;
  at: Timestamp;
  took_ms: number;
  detail: string;
  failure: ErrorCode | null;
}

export interface UpkeepState {
  running: UpkeepJob | null;
  runs: UpkeepRun[];
  /** Sessions that are deleted at their time unless they are restored. */
  expiring: { session_id: SessionId; deleted_at: Timestamp }[];
}

/** An entry of the audit trail. */
export interface AuditEntry {
  number: number;
  at: Timestamp;
  actor: string;
  action: string;
  entity: string;
  entity_id: string | null;
  detail: string | null;
}

/** What entries are looked for by; null means any. */
export interface AuditFilter {
  /** Before the entry of this number. */
  before: number | null;
  from: Timestamp | null;
  until: Timestamp | null;
  actor: string | null;
  action: string | null;
  entity: string | null;
  entity_id: string | null;
}

export interface AuditKind {
  entity: string;
  action: string;
}

/** What verifying the audit trail found. */
export interface ChainReport {
  entries: number;
  broken_at: number | null;
  anchor: "holds" | "cut" | "unreadable" | "missing";
  anchored_at: number | null;
}

/** The ways into an open profile; the recovery key always is one. */
export interface WaysIn {
  keychain: boolean;
  passphrase: boolean;
}

/** How memory was used since the profile was opened. */
export interface ContextUse {
  /** Contexts asked for; how many of them were there already, and how many held a turn. */
  asked: number;
  cached: number;
  found: number;
  /** Times memory failed or took too long. */
  missed: number;
  /** Turns shown before sending, and how many of them were left out. */
  offered: number;
  left_out: number;
  /** Steps that took memory. */
  steps: number;
  /** Steps that went without: an error's code, or `off`. */
  without: { why: string; steps: number }[];
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
/** A search as it is typed: words, "phrases", -without, session: agent: before: after: status: */
export interface SearchRequest {
  query: string;
  limit: number;
  offset: number;
}

export interface Snippet {
  /** One line; `…` where the text goes on. */
  text: string;
  /** What was found in it, in UTF-16 units, in order and apart. */
  marks: { start: number; end: number }[];
}

export interface SearchHit {
  turn_id: TurnId;
  conversation_id: ConversationId;
  session_id: SessionId;
  session_title: string;
  session_status: SessionStatus;
  temporary: boolean;
  number: number;
  agent: Agent;
  speaker: string | null;
  created_at: Timestamp;
  status: TurnStatus;
  snippet: Snippet;
}

export interface SearchResults {
  /** Best first; newest first where no words were asked for. */
  hits: SearchHit[];
  more: boolean;
  /** What could not be searched. */
  damaged: number;
}

export type ChangeTag = "profile" | "sessions" | "conversations" | "context" | "providers" | "settings" | "waiting" | "backups" | "closing";

export type Stage = "copying" | "checking" | "finishing";

/** How far a backup is: bytes while copying, conversations while checking. */
export interface BackupProgress {
  stage: Stage;
  done: number;
  of: number;
}

export type BackupFault = "damaged" | "other_keys" | "too_new";

/** One place where a backup lies. */
export interface BackupCopy {
  path: string;
  fault: BackupFault | null;
}

/** A backup; its name begins with its date. */
export interface BackupInfo {
  name: string;
  created_at: Timestamp;
  bytes: number;
  sessions: number;
  conversations: number;
  turns: number;
  copies: BackupCopy[];
}

export interface BackupSettings {
  automatic: boolean;
  /** A folder that gets every backup too. */
  folder: string | null;
  max_bytes: number;
}

/** A time when restoring was tried out. */
export interface Tried {
  at: Timestamp;
  name: string;
  failure: ErrorCode | null;
  turns: number;
}

export interface BackupState {
  made: { at: Timestamp; name: string; folder_failed: ErrorCode | null } | null;
  failed: { at: Timestamp; code: ErrorCode } | null;
  tried: Tried | null;
  /** Folders whose backups still hold keys of deleted sessions. */
  unreached: { folder: string; session_id: SessionId }[];
  folders: string[];
  unsound: string[];
  entries: number;
}

export interface BackupOverview {
  backups: BackupInfo[];
  state: BackupState;
  settings: BackupSettings;
  own_folder: string;
}

/** A session as a backup holds it. */
export type BackupSession = Omit<Session, "temporary">;

/** A session that was brought back. */
export interface Returned {
  session_id: SessionId;
  title: string;
  turns: number;
  /** It stands beside the one it was copied from. */
  copy: boolean;
}

export interface Restored {
  of: Timestamp;
  sessions: number;
  conversations: number;
  turns: number;
  /** Sessions of the backup that were deleted since, and stay unreadable. */
  deleted_since: number;
  /** The backup that was made of the state before. */
  before: string | null;
  aside: string | null;
}

/** A backup as it describes itself, before its keys are opened. */
export interface FoundBackup {
  name: string;
  created_at: Timestamp;
  sessions: number;
  turns: number;
}

/** Where a profile that is not open can be restored from; the backups newest first. */
export interface BackupSource {
  folder: string;
  backups: FoundBackup[];
}

export interface RestoredBeside {
  restored: Restored;
  directory: string;
}

/** A conversation that was not read whole. */
export interface SalvagedConversation {
  session: string;
  title: string;
  conversation_id: ConversationId;
  turns: number;
  from_backup: number;
  lost: number;
}

/** What salvaging came to. */
export interface SalvageReport {
  whole: number;
  conversations: SalvagedConversation[];
  /** Sessions with conversations of which nothing was found. */
  missing: { session: string; count: number }[];
  turns: number;
  trail: number;
  backup: string | null;
  /** Where the damaged file is kept. */
  aside: string | null;
}
