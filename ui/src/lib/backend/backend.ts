import type {
  AppInfo,
  AppSettings,
  AuditEntry,
  AuditFilter,
  AuditKind,
  ChainReport,
  BackupInfo,
  BackupOverview,
  BackupProgress,
  BackupSession,
  BackupSettings,
  BackupSource,
  ChangeTag,
  Context,
  ContextSummary,
  Conversation,
  ConversationHistory,
  ConversationId,
  Created,
  CycleMessage,
  CycleParams,
  CycleSnapshot,
  DiscoveredServer,
  ExportFormat,
  ExportReport,
  HealthReport,
  PendingDeletion,
  PendingErasure,
  Preferences,
  ProfileState,
  ProviderEntry,
  ProviderList,
  Receipt,
  RelatedConversation,
  Restored,
  RestoredBeside,
  Returned,
  SalvageReport,
  SearchRequest,
  SearchResults,
  Session,
  SessionContext,
  SessionFilter,
  SessionId,
  Step,
  Target,
  TestReport,
  Tray,
  Tried,
  TurnId,
  UpkeepState,
  WaitingTurns,
  WaysIn,
} from "./types";

/** Hears a running cycle. Must not throw. */
export type OnMessage = (message: CycleMessage) => void;

/** Hears how far a backup is. Must not throw. */
export type OnProgress = (progress: BackupProgress) => void;

/**
 * Everything the window asks of the app. One method is one command of the same name in snake_case; parameters are one
 * object. Every promise rejects with `AppError` and nothing else.
 */
export interface Backend {
  appInfo(): Promise<AppInfo>;
  settingsGet(): Promise<AppSettings>;
  settingsSet(settings: AppSettings): Promise<AppSettings>;
  /** The person did something: the time after which the profile locks begins anew. */
  activityNote(): Promise<void>;
  /** Asks for a link to be opened outside; the Rust side admits http, https and mailto only. */
  linkOpen(params: { url: string }): Promise<void>;
  /** Calls `listener` after every change until the returned function is called. */
  onChanged(listener: (tags: ChangeTag[]) => void): () => void;

  profileState(): Promise<ProfileState>;
  profileCreate(params: { keychain: boolean; passphrase: string | null }): Promise<Created>;
  /** Makes a new recovery key; the old one opens nothing afterwards. It is unseen until it is confirmed. */
  recoveryRenew(): Promise<Created>;
  /** Opens the system's dialog and writes the key there; false when the person closed the dialog. */
  recoverySave(params: { recovery_key: string }): Promise<boolean>;
  /**
   * Seals everything anew under a new master key; `backupStop` stops it. The profile then opens as at a start, and a new
   * recovery key is shown. The passphrase is needed where there is one.
   */
  keysRotate(params: { passphrase: string | null }, onProgress: OnProgress): Promise<void>;
  /** Notes that the person has the recovery key. */
  recoveryConfirm(): Promise<void>;
  /** Exactly one of the two. */
  profileUnlock(params: { passphrase: string } | { recovery_key: string }): Promise<ProfileState>;
  keychainRetry(): Promise<ProfileState>;
  /** Puts this profile's entry into the keychain, again where it was lost. */
  keychainEnrol(): Promise<void>;
  waysGet(): Promise<WaysIn>;
  /** Sets or replaces it; the old one opens nothing afterwards. */
  passphraseSet(params: { passphrase: string }): Promise<WaysIn>;
  /** Only where the keychain is a way in. */
  passphraseRemove(): Promise<WaysIn>;
  /** Keeps running text, drops the keys, and tells `profile` changed. */
  profileLock(): Promise<void>;

  providerList(): Promise<ProviderList>;
  /** Adds, or replaces the one of that name. A null key keeps the one that is there. */
  providerAdd(params: { entry: ProviderEntry; api_key: string | null }): Promise<ProviderList>;
  /** Asks the endpoint without storing anything. */
  providerTest(params: { entry: ProviderEntry; api_key: string | null }): Promise<TestReport>;
  providerModels(params: { name: string }): Promise<string[]>;
  providerPrefer(params: { name: string }): Promise<ProviderList>;
  providerRemove(params: { name: string }): Promise<ProviderList>;
  /** Servers on the usual loopback ports. */
  providerDiscover(): Promise<DiscoveredServer[]>;

  /** Pinned first, then the last active first. */
  sessionList(params: { filter: SessionFilter }): Promise<Session[]>;
  sessionCreate(params: { temporary: boolean; preferences: Preferences | null }): Promise<Session>;
  sessionRename(params: { session_id: SessionId; title: string }): Promise<Session>;
  sessionPin(params: { session_id: SessionId; pinned: boolean }): Promise<Session>;
  sessionArchive(params: { session_id: SessionId }): Promise<Session>;
  sessionRestore(params: { session_id: SessionId }): Promise<Session>;
  /** Destroys what was said and learned; keeps the title and the preferences. */
  sessionReset(params: { session_id: SessionId }): Promise<Session>;
  /** Takes the session out of sight; it is destroyed when the time is up. */
  sessionDelete(params: { session_id: SessionId }): Promise<PendingDeletion>;
  sessionDeleteUndo(params: { session_id: SessionId }): Promise<Session>;
  /** Opens the system's dialog; null when the person closed it. */
  sessionExport(params: { session_id: SessionId; format: ExportFormat }): Promise<ExportReport | null>;
  sessionPreferencesSet(params: { session_id: SessionId; preferences: Preferences }): Promise<Session>;
  sessionContext(params: { session_id: SessionId }): Promise<SessionContext>;

  /** Newest first. */
  summaryList(params: { session_id: SessionId }): Promise<ContextSummary[]>;
  /** Stores what the person wrote; the older ones stay. */
  summaryEdit(params: { session_id: SessionId; text: string }): Promise<ContextSummary>;
  /** One request to the session's provider. */
  summaryWrite(params: { session_id: SessionId }): Promise<ContextSummary>;

  /** Oldest first. */
  conversationList(params: { session_id: SessionId }): Promise<Conversation[]>;
  /** In the order asked for: one call for as many conversations as are shown. */
  conversationTurns(params: { conversation_ids: ConversationId[] }): Promise<ConversationHistory[]>;
  /** Others about the same, best first. */
  conversationRelated(params: { conversation_id: ConversationId; limit: number }): Promise<RelatedConversation[]>;
  /** Null for a turn that no step gave. */
  turnReceipt(params: { turn_id: TurnId }): Promise<Receipt | null>;
  /** What a cycle would be given from memory, or of it what `tray` lets through; stores nothing. */
  contextPreview(params: { session_id: SessionId; directive: string; tray: Tray | null }): Promise<Context>;

  /** Takes a turn out of sight; its text is destroyed when the time is up. */
  turnDelete(params: { turn_id: TurnId }): Promise<PendingErasure>;
  /** The same, of a conversation with all its turns. */
  conversationDelete(params: { conversation_id: ConversationId }): Promise<PendingErasure>;
  erasureUndo(params: { target: Target }): Promise<void>;

  /** Null where every turn is saved. */
  waitingTurns(): Promise<WaitingTurns | null>;
  /** Tries now; what still waits. */
  waitingWrite(): Promise<WaitingTurns | null>;
  /** Opens the system's dialog; null when the person closed it. They go on waiting. */
  waitingExport(params: { format: ExportFormat }): Promise<ExportReport | null>;

  /** Resolves once the directive is durable; the rest comes as messages up to `ended`. */
  cycleRun(params: CycleParams, onMessage: OnMessage): Promise<CycleSnapshot>;
  cycleResume(params: { conversation_id: ConversationId; memory: boolean }, onMessage: OnMessage): Promise<CycleSnapshot>;
  cycleAnswer(
    params: { conversation_id: ConversationId; answer: string; memory: boolean },
    onMessage: OnMessage,
  ): Promise<CycleSnapshot>;
  /** Does this step again, and those after it. */
  cycleRetryStep(
    params: { conversation_id: ConversationId; step: Step; memory: boolean },
    onMessage: OnMessage,
  ): Promise<CycleSnapshot>;
  /** The running cycle of that conversation, and its further messages; null when none runs. */
  cycleAttach(params: { conversation_id: ConversationId }, onMessage: OnMessage): Promise<CycleSnapshot | null>;
  /** Resolves when the stop was taken; the run ends with its messages. */
  cycleStop(params: { conversation_id: ConversationId }): Promise<void>;

  /** Finds turns in every session, archived ones too. A later search makes this one reject with `cancelled`. */
  search(request: SearchRequest): Promise<SearchResults>;

  healthReport(): Promise<HealthReport>;
  /** Does all of upkeep now. */
  upkeepRun(): Promise<UpkeepState>;
  upkeepState(): Promise<UpkeepState>;
  upkeepCancel(): Promise<void>;

  /** Newest first, at most 200. */
  auditList(params: { filter: AuditFilter }): Promise<AuditEntry[]>;
  auditKinds(): Promise<AuditKind[]>;
  auditVerify(): Promise<ChainReport>;
  /** Takes the trail as it is for whole. */
  auditAccept(): Promise<ChainReport>;
  /** Opens the system's dialog; how many entries, null when the person closed it. */
  auditExport(): Promise<number | null>;

  backupOverview(): Promise<BackupOverview>;
  /** Makes one now; rejects with `cancelled` when it was stopped. */
  backupMake(onProgress: OnProgress): Promise<BackupInfo>;
  /** Ends what is being made, verified or restored. */
  backupStop(): Promise<void>;
  /** How many turns were opened. */
  backupVerify(params: { name: string }, onProgress: OnProgress): Promise<number>;
  /** Restores the newest one, reads it back, and removes it. */
  backupDrill(onProgress: OnProgress): Promise<Tried>;
  backupAutomaticSet(params: { automatic: boolean }): Promise<BackupSettings>;
  /** Opens the system's dialog; null when the person closed it. */
  backupFolderChoose(): Promise<BackupSettings | null>;
  backupFolderLeave(): Promise<BackupSettings>;
  backupFolderForget(params: { folder: string }): Promise<void>;
  backupSessions(params: { name: string }): Promise<BackupSession[]>;
  backupBringBack(params: { name: string; session_ids: SessionId[] }): Promise<Returned[]>;
  /** Opens the system's dialog; null when the person closed it. */
  backupRestoreBeside(params: { name: string }, onProgress: OnProgress): Promise<RestoredBeside | null>;
  /** Puts it in the place of everything, and tells `profile` changed. */
  backupRestore(params: { name: string }, onProgress: OnProgress): Promise<Restored>;
  /** For a profile that does not open; rejects with `locked` where one of the two secrets is needed. */
  dataSalvage(params: { passphrase: string | null; recovery_key: string | null }, onProgress: OnProgress): Promise<SalvageReport>;
  /** What a profile that is not open can be restored from. */
  backupSource(): Promise<BackupSource>;
  /** Null when the person would not. */
  backupSourceChoose(): Promise<BackupSource | null>;
  /** For a profile that does not open, or is not there; rejects with `locked` where one of the two secrets is needed. */
  profileRestore(params: { name: string; passphrase: string | null; recovery_key: string | null }, onProgress: OnProgress): Promise<Restored>;
}
