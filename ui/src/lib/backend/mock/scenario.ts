/** What the mock can be told to do in the next cycle. Each but `plain` happens once, so that going on succeeds. */
export const CYCLE_SCENARIOS = [
  "plain",
  "stateless",
  "retrying",
  "interrupted",
  "truncated",
  "escalated",
  "provider_down",
  "send_back",
  "no_verdict",
  "unstored",
] as const;
export type CycleScenario = (typeof CYCLE_SCENARIOS)[number];

/** How the mock's profile is found. */
export const PROFILE_SCENARIOS = ["unlocked", "first_run", "recovery_unseen", "locked", "keychain_unavailable", "profile_in_use", "damaged", "cut"] as const;
export type ProfileScenario = (typeof PROFILE_SCENARIOS)[number];

export const isCycleScenario = (text: string): text is CycleScenario =>
  (CYCLE_SCENARIOS as readonly string[]).includes(text);

export const isProfileScenario = (text: string): text is ProfileScenario =>
  (PROFILE_SCENARIOS as readonly string[]).includes(text);
