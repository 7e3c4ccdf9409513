import { Channel } from "@tauri-apps/api/core";

import { AppError } from "./appError";
import type { Backend, OnMessage, OnProgress } from "./backend";
import { commands, type CycleBatch } from "./bindings";
import { early } from "./early";
import type { BackupProgress, ChangeTag, CycleMessage, CycleUpdate } from "./types";

/** A type as the generated bindings know it: what serde may leave out is optional there, and null where it is none. */
type Loose<T> = T extends readonly (infer Item)[]
  ? Loose<Item>[]
  : T extends object
    ? { [Key in keyof T]?: Loose<T[Key]> | null | undefined }
    : T;

/** Waits for a command. What it gives must fit the wire types; what it rejects with becomes an AppError. */
async function call<T>(work: Promise<NoInfer<Loose<T>>>): Promise<T> {
  try {
    return (await work) as T;
  } catch (thrown) {
    throw AppError.from(thrown);
  }
}

/** A channel that hands each update of a batch on under its own number. */
function batches(onMessage: OnMessage): Channel<CycleBatch> {
  const channel = new Channel<CycleBatch>();
  channel.onmessage = ({ first, updates, ended }) => {
    updates.forEach((update, at) => onMessage({ sequence: first + at, ...(update as CycleUpdate) }));
    if (ended !== null) onMessage({ sequence: first + updates.length, event: "ended", report: ended } as CycleMessage);
  };
  return channel;
}

/** A channel that tells how far a backup is. */
function progressOf(onProgress: OnProgress): Channel<BackupProgress> {
  const channel = new Channel<BackupProgress>();
  channel.onmessage = onProgress;
  return channel;
}

/** Hears of changes from the first listener on; the Rust side is asked once a page. */
function changes(): Backend["onChanged"] {
  const listeners = new Set<(tags: ChangeTag[]) => void>();
  let subscribed = false;
  return (listener) => {
    listeners.add(listener);
    if (!subscribed) {
      subscribed = true;
      const channel = new Channel<{ tags: ChangeTag[] }>();
      channel.onmessage = ({ tags }) => listeners.forEach((hears) => hears(tags));
      void commands.changesSubscribe(channel);
    }
    return () => listeners.delete(listener);
  };
}

/** The Rust side. */
export function createTauriBackend(): Backend {
  return {
    appInfo: () => call(commands.appInfo()),
    settingsGet: () => call(early("settings_get", commands.settingsGet)),
    settingsSet: (settings) => call(commands.settingsSet(settings)),
    activityNote: () => call(commands.activityNote()),
    linkOpen: async ({ url }) => void (await call<null>(commands.linkOpen(url))),
    onChanged: changes(),

    profileState: () => call(early("profile_state", commands.profileState)),
    profileCreate: ({ keychain, passphrase }) => call(commands.profileCreate(keychain, passphrase)),
    recoveryRenew: () => call(commands.recoveryRenew()),
    recoverySave: ({ recovery_key }) => call(commands.recoverySave(recovery_key)),
    recoveryConfirm: async () => {
      await call(commands.recoveryConfirm());
    },
    keysRotate: async ({ passphrase }, onProgress) => void (await call<null>(commands.keysRotate(passphrase, progressOf(onProgress)))),
    profileUnlock: (secret) =>
      "passphrase" in secret
        ? call(commands.profileUnlock(secret.passphrase, null))
        : call(commands.profileUnlock(null, secret.recovery_key)),
    keychainRetry: () => call(commands.keychainRetry()),
    keychainEnrol: async () => void (await call<null>(commands.keychainEnrol())),
    waysGet: () => call(commands.waysGet()),
    passphraseSet: ({ passphrase }) => call(commands.passphraseSet(passphrase)),
    passphraseRemove: () => call(commands.passphraseRemove()),
    profileLock: async () => void (await call<null>(commands.profileLock())),

    providerList: () => call(commands.providerList()),
    providerAdd: ({ entry, api_key }) => call(commands.providerAdd(entry, api_key)),
    providerTest: ({ entry, api_key }) => call(commands.providerTest(entry, api_key)),
    providerModels: ({ name }) => call(commands.providerModels(name)),
    providerPrefer: ({ name }) => call(commands.providerPrefer(name)),
    providerRemove: ({ name }) => call(commands.providerRemove(name)),
    providerDiscover: () => call(commands.providerDiscover()),

    sessionList: ({ filter }) => call(filter === "all" ? early("session_list", () => commands.sessionList(filter)) : commands.sessionList(filter)),
    sessionCreate: ({ temporary, preferences }) => call(commands.sessionCreate(temporary, preferences)),
    sessionRename: ({ session_id, title }) => call(commands.sessionRename(session_id, title)),
    sessionPin: ({ session_id, pinned }) => call(commands.sessionPin(session_id, pinned)),
    sessionArchive: ({ session_id }) => call(commands.sessionArchive(session_id)),
    sessionRestore: ({ session_id }) => call(commands.sessionRestore(session_id)),
    sessionReset: ({ session_id }) => call(commands.sessionReset(session_id)),
    sessionDelete: ({ session_id }) => call(commands.sessionDelete(session_id)),
    sessionDeleteUndo: ({ session_id }) => call(commands.sessionDeleteUndo(session_id)),
    sessionExport: ({ session_id, format }) => call(commands.sessionExport(session_id, format)),
    sessionPreferencesSet: ({ session_id, preferences }) =>
      call(commands.sessionPreferencesSet(session_id, preferences)),
    sessionContext: ({ session_id }) => call(commands.sessionContext(session_id)),

    summaryList: ({ session_id }) => call(commands.summaryList(session_id)),
    summaryEdit: ({ session_id, text }) => call(commands.summaryEdit(session_id, text)),
    summaryWrite: ({ session_id }) => call(commands.summaryWrite(session_id)),

    conversationList: ({ session_id }) => call(commands.conversationList(session_id)),
    conversationTurns: ({ conversation_ids }) => call(commands.conversationTurns(conversation_ids)),
    conversationRelated: ({ conversation_id, limit }) => call(commands.conversationRelated(conversation_id, limit)),
    turnReceipt: ({ turn_id }) => call(commands.turnReceipt(turn_id)),
    contextPreview: ({ session_id, directive, tray }) => call(commands.contextPreview(session_id, directive, tray)),

    turnDelete: ({ turn_id }) => call(commands.turnDelete(turn_id)),
    conversationDelete: ({ conversation_id }) => call(commands.conversationDelete(conversation_id)),
    erasureUndo: async ({ target }) => void (await call<null>(commands.erasureUndo(target))),

    waitingTurns: () => call(commands.waitingTurns()),
    waitingWrite: () => call(commands.waitingWrite()),
    waitingExport: ({ format }) => call(commands.waitingExport(format)),

    cycleRun: (params, onMessage) => call(commands.cycleRun(params, batches(onMessage))),
    cycleResume: ({ conversation_id, memory }, onMessage) =>
      call(commands.cycleResume(conversation_id, memory, batches(onMessage))),
    cycleAnswer: ({ conversation_id, answer, memory }, onMessage) =>
      call(commands.cycleAnswer(conversation_id, answer, memory, batches(onMessage))),
    cycleRetryStep: ({ conversation_id, step, memory }, onMessage) =>
      call(commands.cycleRetryStep(conversation_id, step, memory, batches(onMessage))),
    cycleAttach: ({ conversation_id }, onMessage) => call(commands.cycleAttach(conversation_id, batches(onMessage))),
    cycleStop: async ({ conversation_id }) => void (await call<null>(commands.cycleStop(conversation_id))),

    search: (request) => call(commands.search(request)),
    healthReport: () => call(commands.healthReport()),
    upkeepRun: () => call(commands.upkeepRun()),
    upkeepState: () => call(commands.upkeepState()),
    upkeepCancel: async () => void (await call<null>(commands.upkeepCancel())),

    auditList: ({ filter }) => call(commands.auditList(filter)),
    auditKinds: () => call(commands.auditKinds()),
    auditVerify: () => call(commands.auditVerify()),
    auditAccept: () => call(commands.auditAccept()),
    auditExport: () => call(commands.auditExport()),

    backupOverview: () => call(commands.backupOverview()),
    backupMake: (onProgress) => call(commands.backupMake(progressOf(onProgress))),
    backupStop: () => call(commands.backupStop()),
    backupVerify: ({ name }, onProgress) => call(commands.backupVerify(name, progressOf(onProgress))),
    backupDrill: (onProgress) => call(commands.backupDrill(progressOf(onProgress))),
    backupAutomaticSet: ({ automatic }) => call(commands.backupAutomaticSet(automatic)),
    backupFolderChoose: () => call(commands.backupFolderChoose()),
    backupFolderLeave: () => call(commands.backupFolderLeave()),
    backupFolderForget: async ({ folder }) => void (await call<null>(commands.backupFolderForget(folder))),
    backupSessions: ({ name }) => call(commands.backupSessions(name)),
    backupBringBack: ({ name, session_ids }) => call(commands.backupBringBack(name, session_ids)),
    backupRestoreBeside: ({ name }, onProgress) => call(commands.backupRestoreBeside(name, progressOf(onProgress))),
    backupRestore: ({ name }, onProgress) => call(commands.backupRestore(name, progressOf(onProgress))),
    dataSalvage: ({ passphrase, recovery_key }, onProgress) => call(commands.dataSalvage(passphrase, recovery_key, progressOf(onProgress))),
    backupSource: () => call(commands.backupSource()),
    backupSourceChoose: () => call(commands.backupSourceChoose()),
    profileRestore: ({ name, passphrase, recovery_key }, onProgress) =>
      call(commands.profileRestore(name, passphrase, recovery_key, progressOf(onProgress))),
  };
}
