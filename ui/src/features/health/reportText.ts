import type { HealthReport } from "../../lib/backend/types";

/** A health report as plain text, to be sent to somebody: names, numbers and codes, no title and no content. */
export function reportText(report: HealthReport, version: string): string {
  const checks = report.checks.map((c) => `${c.name}: ${c.failure ?? c.advice ?? "ok"} (${c.took_ms.toFixed(1)} ms)`);
  const latencies = report.latencies.map((l) => `${l.operation}: ${l.count} times, p50 ${l.p50_ms} p95 ${l.p95_ms} p99 ${l.p99_ms} ms`);
  const turns = report.activity.reduce((sum, day) => sum + day.turns, 0);
  const totals = [`turns in ${report.activity.length} days: ${turns}`, `data file: ${report.storage.bytes} bytes`];
  const { asked, cached, found, offered, left_out, steps, without } = report.context;
  const memory = [
    `contexts: ${asked} asked, ${cached} there already`,
    `turns shown before sending: ${offered}, left out: ${left_out}`,
    `steps with memory: ${steps}, ${found} with a turn that matched, without: ${without.map((each) => `${each.why} ${each.steps}`).join(", ") || "none"}`,
  ];
  return [`CCC ${version}, ${report.checked_at}`, ...checks, ...latencies, ...memory, ...totals].join("\n");
}
