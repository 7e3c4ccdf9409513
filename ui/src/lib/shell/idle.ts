const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel"] as const;

/**
 * Calls `idle` once nothing was done in `target` for `minutes`; again after the next sign of life. Returns what ends it.
 *
 * It looks once a minute at the clock and sets no timer per event, so that a machine that slept is noticed on waking.
 */
export function watchIdle(target: EventTarget, minutes: number, idle: () => void, now = () => Date.now()): () => void {
  let [last, told] = [now(), false];
  const alive = () => void ([last, told] = [now(), false]);
  for (const sign of SIGNS) target.addEventListener(sign, alive, { passive: true });
  const looking = setInterval(() => {
    if (told || now() - last < minutes * 60_000) return;
    told = true;
    idle();
  }, 15_000);
  return () => {
    clearInterval(looking);
    for (const sign of SIGNS) target.removeEventListener(sign, alive);
  };
}
