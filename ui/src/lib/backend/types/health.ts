/** Checks, upkeep and the audit trail. */
import type { ErrorCode } from "./error";
import type { SessionId, Timestamp } from "./ids";
import type { ContextUse } from "./memory";

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
