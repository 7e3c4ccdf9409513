const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB"];

/** A size with the unit that keeps it short: `1.4 MiB`. */
export function size(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 1024 && unit < UNITS.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${value.toLocaleString(undefined, { maximumFractionDigits: unit === 0 ? 0 : 1 })} ${UNITS[unit]}`;
}

/** Milliseconds as a person reads them: `0.4 ms`, `12 ms`, `2.1 s`. */
export function duration(ms: number): string {
  if (ms < 0.05) return "under 0.1 ms";
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
