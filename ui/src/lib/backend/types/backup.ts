/** Backups, restoring and salvage. */
import type { ErrorCode } from "./error";
import type { ConversationId, SessionId, Timestamp } from "./ids";
import type { Session } from "./said";

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
