import type { AuditEntry, AuditFilter, HealthReport, UpkeepState } from "../types";
import type { MockStore } from "./store";

const DAY = 86_400_000;

/** A report whose numbers follow from what is stored. */
export function mockHealth(store: MockStore, now: number, keychainLost: boolean): HealthReport {
  const turns = [...store.turns.values()].flat();
  const days = Array.from({ length: 14 }, (_, i) => new Date(now - (13 - i) * DAY).toISOString().slice(0, 10));
  const before = (day: string) => turns.filter((t) => t.created_at.slice(0, 10) <= day).length;
  const check = (name: string, detail: string, took_ms: number) => ({ name, failure: null, detail, advice: null, took_ms });
  const keychain = keychainLost
    ? { ...check("keychain", "holds no entry of this profile", 8.3), advice: "enrol_keychain" as const }
    : check("keychain", "holds this profile's entry", 8.3);
  return {
    checked_at: new Date(now).toISOString(),
    checks: [
      check("database", `${turns.length} turns, ${turns.length * 900} bytes`, 0.4),
      check("memory service", `${store.sessions.size} sessions`, 1.2),
      check("memory index", `ready, ${turns.length} turns, ${turns.length * 139} bytes of memory`, 0.1),
      check("encryption", "seals, opens, and refuses a moved value", 0.1),
      keychain,
      check("audit trail", "412 entries hold together", 3.9),
      check("disk", "a write was durable", 6.1),
    ],
    latencies: [
      { operation: "get_relevant_context", count: 84, p50_ms: 0.9, p95_ms: 2.4, p99_ms: 4.8 },
      { operation: "store_conversation_turn", count: 212, p50_ms: 3.1, p95_ms: 7.6, p99_ms: 12.4 },
      { operation: "get_conversation_history", count: 96, p50_ms: 0.6, p95_ms: 1.9, p99_ms: 3.3 },
    ],
    activity: days.map((day) => ({ day, turns: turns.filter((t) => t.created_at.startsWith(day)).length })),
    storage: {
      bytes: 98_304 + turns.length * 900,
      growth: days.map((day) => ({ day, bytes: 98_304 + before(day) * 900 })),
    },
    context: {
      asked: 84, cached: 61, missed: 1, offered: 46, left_out: 3, steps: 38, found: 31,
      without: [{ why: "off", steps: 4 }, { why: "memory_slow", steps: 2 }],
    },
    upkeep: mockUpkeep(now),
  };
}

/** Upkeep that was done this morning. */
export function mockUpkeep(now: number): UpkeepState {
  const at = new Date(now - 3 * 3_600_000).toISOString();
  const run = (job: UpkeepState["runs"][number]["job"], detail: string) => ({ job, at, took_ms: 4, detail, failure: null });
  return {
    running: null,
    runs: [
      run("sessions", "0 archived, 0 expired, 0 deleted"),
      run("conversations", "0 archived"),
      run("leftovers", "0 files removed"),
      run("space", "12288 of 98304 bytes are free and are used again"),
      run("log", "41200 bytes folded in"),
    ],
    expiring: [],
  };
}

/** A trail of one entry for each turn. */
export function mockTrail(store: MockStore, filter: AuditFilter): AuditEntry[] {
  const turns = [...store.turns.values()].flat();
  const entries = turns.map((turn, at) => ({
    number: at + 1,
    at: turn.created_at,
    actor: turn.agent,
    action: "store",
    entity: "turn",
    entity_id: turn.id,
    detail: null,
  }));
  const fits = (entry: AuditEntry) =>
    (filter.before === null || entry.number < filter.before) &&
    (filter.actor === null || entry.actor === filter.actor) &&
    (filter.action === null || entry.action === filter.action) &&
    (filter.entity_id === null || entry.entity_id === filter.entity_id);
  return entries.filter(fits).reverse().slice(0, 200);
}
