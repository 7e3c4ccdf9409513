import type { Agent, SearchHit, SearchRequest, SearchResults, Snippet, Turn } from "../types";
import type { MockStore } from "./store";

/** What a query asks for, as far as the mock understands it. */
interface Query {
  words: string[];
  phrases: string[];
  without: string[];
  agents: string[];
  sessions: string[];
  statuses: string[];
  after: string;
  before: string;
}

const PART = /(-?)(?:(session|agent|status|after|before):)?(?:"([^"]*)"?|(\S+))/gi;

function read(text: string): Query {
  const query: Query = { words: [], phrases: [], without: [], agents: [], sessions: [], statuses: [], after: "", before: "\uffff" };
  for (const [, minus, name, quoted, bare] of text.matchAll(PART)) {
    const value = (quoted ?? bare ?? "").toLowerCase();
    if (value === "") continue;
    if (minus === "-") query.without.push(value);
    else if (name === "agent") query.agents.push(value === "me" ? "wykeve" : value);
    else if (name === "session") query.sessions.push(value);
    else if (name === "status") query.statuses.push(value);
    else if (name === "after") query.after = value;
    else if (name === "before") query.before = value;
    else (quoted === undefined ? query.words : query.phrases).push(value);
  }
  return query;
}

/** Turns that hold what is asked for, those with the most of it first. */
export function mockSearch(store: MockStore, { query: text, limit, offset }: SearchRequest): SearchResults {
  const query = read(text);
  if (text.trim() === "") return { hits: [], more: false, damaged: 0 };
  const found = [...store.turns.values()]
    .flat()
    .flatMap((turn) => match(store, turn, query))
    .sort((a, b) => b.score - a.score || b.hit.created_at.localeCompare(a.hit.created_at));
  const hits = found.slice(offset, offset + limit).map(({ hit }) => structuredClone(hit));
  return { hits, more: found.length > offset + limit, damaged: 0 };
}

function match(store: MockStore, turn: Turn, query: Query): { hit: SearchHit; score: number }[] {
  const session = store.sessions.get(turn.session_id);
  if (session === undefined || store.deleting.has(session.id)) return [];
  const any = <T>(wanted: readonly T[], fits: (each: T) => boolean) => wanted.length === 0 || wanted.some(fits);
  const low = turn.content.toLowerCase();
  const fits =
    any(query.agents, (agent) => (turn.agent as Agent) === agent) &&
    any(query.sessions, (title) => session.title.toLowerCase().includes(title)) &&
    any(query.statuses, (status) => session.status === status || turn.status === status) &&
    turn.created_at >= query.after &&
    turn.created_at < query.before &&
    query.phrases.every((phrase) => low.includes(phrase)) &&
    !query.without.some((word) => low.includes(word));
  const sought = [...query.words, ...query.phrases];
  const marks = sought.flatMap((word) => placesOf(low, word)).sort((a, b) => a.start - b.start);
  if (!fits || (sought.length > 0 && marks.length === 0)) return [];
  const { id: turn_id, conversation_id, session_id, number, agent, speaker, created_at, status } = turn;
  const about = { session_title: session.title, session_status: session.status, temporary: session.temporary };
  const hit = { turn_id, conversation_id, session_id, number, agent, speaker: speaker ?? null, created_at, status, ...about };
  return [{ hit: { ...hit, snippet: snippet(turn.content, marks) }, score: marks.length }];
}

/** Where words begin with `word`. */
function placesOf(low: string, word: string): { start: number; end: number }[] {
  const places = [];
  for (let at = low.indexOf(word); at >= 0; at = low.indexOf(word, at + word.length)) {
    if (at === 0 || !/[a-z0-9]/.test(low[at - 1] ?? "")) places.push({ start: at, end: at + word.length });
  }
  return places;
}

function snippet(text: string, marks: readonly { start: number; end: number }[]): Snippet {
  const from = Math.max(0, (marks[0]?.start ?? 0) - 40);
  const line = text.slice(from, from + 160).replace(/\s/g, " ");
  const lead = from > 0 ? 1 : 0;
  const moved = marks.map(({ start, end }) => ({ start: start - from + lead, end: end - from + lead }));
  const apart = moved.filter(({ end }, n) => end <= line.length + lead && moved.slice(0, n).every((other) => other.end <= (moved[n]?.start ?? 0)));
  return { text: `${lead === 1 ? "…" : ""}${line}${from + 160 < text.length ? "…" : ""}`, marks: apart };
}
