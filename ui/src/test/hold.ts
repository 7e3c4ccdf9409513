type Method = (...args: unknown[]) => Promise<unknown>;

/** Holds the answers of a backend's method back, all of them or the first alone; what lets them go. */
export function hold<B extends object>(backend: B, method: keyof B, which: "all" | "first" = "all"): () => void {
  const real = (backend[method] as Method).bind(backend);
  let go = () => {};
  const held = new Promise<void>((done) => (go = done));
  let first = true;
  Object.assign(backend, {
    [method]: async (...args: unknown[]) => {
      const waits = which === "all" || first;
      first = false;
      const answer = await real(...args);
      if (waits) await held;
      return answer;
    },
  });
  return go;
}
