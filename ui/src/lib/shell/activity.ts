const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel"] as const;
/** Far below the shortest time after which the profile locks, far above what would be noticed. */
const TELL_EVERY_MS = 5_000;

/**
 * Calls `tell` when something is done in `target`, every few seconds at most. Returns what ends it.
 *
 * The Rust side counts the time since, so that a page that hangs is locked all the same.
 */
export function watchActivity(target: EventTarget, tell: () => void, now = () => Date.now()): () => void {
  let told = -Infinity;
  const alive = () => {
    // A clock that was set back must not keep it silent.
    const since = now() - told;
    if (since >= 0 && since < TELL_EVERY_MS) return;
    told = now();
    tell();
  };
  for (const sign of SIGNS) target.addEventListener(sign, alive, { passive: true });
  return () => {
    for (const sign of SIGNS) target.removeEventListener(sign, alive);
  };
}
