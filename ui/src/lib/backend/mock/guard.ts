import { AppError } from "../appError";
import type { ErrorCode } from "../types";
import type { MockProfile } from "./profile";

/** What may be asked while the profile is locked. */
const OPEN_TO_ALL = ["appInfo", "profileState", "profileCreate", "profileUnlock", "keychainRetry", "linkOpen", "recoverySave", "dataSalvage", "backupStop", "backupSource", "backupSourceChoose", "profileRestore"];

type Method = (...args: unknown[]) => Promise<unknown>;

/** Lets a call fail where it was told to, and where the profile is locked. */
export function guard(method: unknown, name: string, failures: Map<string, ErrorCode>, profile: MockProfile): unknown {
  if (typeof method !== "function") return method;
  return async (...args: unknown[]) => {
    const code = failures.get(name);
    failures.delete(name);
    if (code !== undefined) throw new AppError(code, "told to fail");
    if (!profile.isOpen && !OPEN_TO_ALL.includes(name)) throw new AppError("locked", "unlock first");
    return (method as Method)(...args);
  };
}
