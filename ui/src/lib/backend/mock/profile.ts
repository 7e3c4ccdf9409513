import { AppError } from "../appError";
import type { Created, InterruptedCycle, ProfileState, WaysIn } from "../types";
import type { ProfileScenario } from "./scenario";

/** What opens the mock's profile. */
export const MOCK_PASSPHRASE = "correct horse";
/** The one that a renewal makes. */
export const MOCK_RENEWED_KEY = "3B4P-Y05X-DP85-FM4R-G6HD-EK7T-7KV2-MVPK-HTQ8";
export const MOCK_RECOVERY_KEY = "7K2M-QX4T-9HVB-3RWE-N6YD-C8PA-5GJF-T1ZS-4KQ9";

/** The way into the mock's profile. */
export class MockProfile {
  #keychain = true;
  #passphrase: string | null = MOCK_PASSPHRASE;
  #recovery = MOCK_RECOVERY_KEY;
  /** Whether nobody confirmed the recovery key. */
  #unseen: boolean;
  #state: ProfileState;
  #damaged: boolean;

  constructor(
    private readonly scenario: ProfileScenario,
    private readonly interrupted: () => InterruptedCycle[],
  ) {
    this.#unseen = scenario === "first_run" || scenario === "recovery_unseen";
    this.#damaged = scenario === "damaged";
    this.#state = this.#found();
  }

  #found(): ProfileState {
    if (this.scenario === "first_run") return { state: "first_run", keychain: true };
    if (this.scenario === "locked") return { state: "locked", why: "locked", keychain: true, passphrase: true, lost: 0 };
    if (this.scenario === "keychain_unavailable") {
      return { state: "locked", why: "keychain_unavailable", keychain: true, passphrase: true, lost: 0 };
    }
    return this.#opened();
  }

  #opened(): ProfileState {
    return { state: "unlocked", interrupted: this.interrupted(), recovery_unseen: this.#unseen, trail_cut: this.scenario === "cut" };
  }

  get isOpen(): boolean {
    return this.#state.state === "unlocked";
  }

  state(): ProfileState {
    if (this.#damaged) throw new AppError("data_damaged", "the data file is damaged");
    if (this.scenario === "profile_in_use") throw new AppError("profile_in_use", "CCC is already running");
    if (this.#state.state === "unlocked") this.#state = { ...this.#state, recovery_unseen: this.#unseen };
    return this.#state;
  }

  /** The data file is made anew of what could be read. */
  salvage(): void {
    this.#damaged = false;
  }

  /** Throws where neither the keychain nor the secret opens a backup of this profile. */
  opensBackup(secret: { passphrase: string | null; recovery_key: string | null }): void {
    const { passphrase, recovery_key } = secret;
    if (passphrase === null && recovery_key === null) {
      if (this.scenario !== "damaged") throw new AppError("locked", "the keychain does not know it");
    } else this.#judge(passphrase === null ? { recovery_key: recovery_key ?? "" } : { passphrase });
  }

  /** What a backup held took this profile's place. */
  restored(): void {
    [this.#damaged, this.#unseen] = [false, false];
    this.#state = { state: "locked", why: "keychain_empty", keychain: true, passphrase: true, lost: 0 };
  }

  create(params: { keychain: boolean; passphrase: string | null }): Created {
    if (this.#state.state !== "first_run") throw new AppError("already_exists", "set up already");
    if (!params.keychain && params.passphrase === null) throw new AppError("invalid_input", "choose a way in");
    this.#keychain = params.keychain;
    this.#passphrase = params.passphrase;
    this.#state = this.#opened();
    return { recovery_key: this.#recovery };
  }

  renewRecovery(): Created {
    [this.#recovery, this.#unseen] = [MOCK_RENEWED_KEY, true];
    return { recovery_key: this.#recovery };
  }

  /** Refuses what replacing the master key is refused for. */
  checkPassphrase(passphrase: string | null): void {
    if (this.#passphrase === null) return;
    if (passphrase === null) throw new AppError("invalid_input", "the passphrase is needed");
    if (passphrase !== this.#passphrase) throw new AppError("wrong_secret", "it does not open the keys");
  }

  /** Opens as at a start, after the master key was replaced or that was stopped. */
  reopen(rotated: boolean): void {
    if (rotated) [this.#recovery, this.#unseen] = ["", true];
    if (this.#keychain) this.#state = this.#opened();
    else this.lock(0);
  }

  confirmRecovery(): void {
    this.#unseen = false;
  }

  unlock(params: { passphrase: string } | { recovery_key: string }): ProfileState {
    this.#judge(params);
    this.#state = this.#opened();
    return this.#state;
  }

  #judge(params: { passphrase: string } | { recovery_key: string }): void {
    const plain = (text: string) => text.toUpperCase().replace(/[^0-9A-Z]/g, "");
    const right =
      "passphrase" in params
        ? this.#passphrase !== null && params.passphrase === this.#passphrase
        : plain(params.recovery_key) === plain(this.#recovery);
    if (!right) throw new AppError("wrong_secret", "it does not open the keys");
  }

  retryKeychain(): ProfileState {
    if (this.scenario === "keychain_unavailable") throw new AppError("keychain_unavailable", "no answer");
    this.#state = this.#keychain ? this.#opened() : this.#state;
    return this.#state;
  }

  lock(lost: number): void {
    this.#state = { state: "locked", why: "locked", keychain: this.#keychain, passphrase: this.#passphrase !== null, lost };
  }

  ways(): WaysIn {
    return { keychain: this.#keychain, passphrase: this.#passphrase !== null };
  }

  setPassphrase(passphrase: string | null): WaysIn {
    if (passphrase === null && !this.#keychain) throw new AppError("invalid_input", "no way in would be left");
    this.#passphrase = passphrase;
    return this.ways();
  }
}
