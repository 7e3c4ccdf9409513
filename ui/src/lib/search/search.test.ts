import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { AppError, type Backend } from "../backend";
import { createMock } from "../backend/mock";
import type { SearchHit, SearchRequest, SearchResults } from "../backend/types";
import { Find } from "./find.svelte";
import { occurrences, rangesIn } from "./occurrences";
import { reach, reachTurn } from "./reach";
import { SEARCH_AFTER_MS, Search } from "./search.svelte";
import { piecesOf } from "./snippets";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A backend whose answers the test gives, in any order. */
function answering() {
  const asked: { request: SearchRequest; answer: (results: SearchResults) => void; refuse: (error: AppError) => void }[] = [];
  const search = (request: SearchRequest) =>
    new Promise<SearchResults>((answer, refuse) => asked.push({ request: { ...request }, answer, refuse }));
  return { asked, search: new Search({ search } as unknown as Backend) };
}

const results = (...texts: string[]): SearchResults => ({
  hits: texts.map((text) => ({ turn_id: text, snippet: { text, marks: [] } }) as unknown as SearchHit),
  more: false,
  damaged: 0,
});
const typed = async (search: Search, ...queries: string[]) => {
  for (const query of queries) search.type(query);
  await vi.advanceTimersByTimeAsync(SEARCH_AFTER_MS);
};
const shown = (search: Search) => search.hits.map((hit) => hit.snippet.text);

test("only what typing pauses on is searched", async () => {
  const { asked, search } = answering();
  await typed(search, "r", "re", "rec");
  expect(asked.map(({ request }) => request)).toEqual([{ query: "rec", limit: 20, offset: 0 }]);
  expect(search.searching).toBe(true);
});

test("an answer that a later question overtook is dropped, whenever it comes", async () => {
  const { asked, search } = answering();
  await typed(search, "old");
  await typed(search, "new");
  asked[1]?.answer(results("new"));
  await vi.advanceTimersByTimeAsync(0);
  asked[0]?.answer(results("old"));
  await vi.advanceTimersByTimeAsync(0);
  expect([shown(search), search.answered, search.searching]).toEqual([["new"], "new", false]);
});

test("an answer is dropped as soon as typing goes on, and when the field is emptied", async () => {
  const { asked, search } = answering();
  await typed(search, "old");
  search.type("older");
  asked[0]?.answer(results("old"));
  await vi.advanceTimersByTimeAsync(0);
  expect(shown(search)).toEqual([]);
  search.clear();
  await vi.advanceTimersByTimeAsync(SEARCH_AFTER_MS);
  expect([asked.length, search.searching]).toEqual([1, false]);
});

test("a search that fails says so, and the one after it does not; one that was overtaken says nothing", async () => {
  const { asked, search } = answering();
  await typed(search, "a");
  await typed(search, "b");
  asked[0]?.refuse(new AppError("cancelled", "stopped"));
  await vi.advanceTimersByTimeAsync(0);
  expect(search.failure).toBeNull();
  asked[1]?.refuse(new AppError("disk_failed", "the disk"));
  await vi.advanceTimersByTimeAsync(0);
  expect(search.failure).toBe("disk_failed");
  await typed(search, "c");
  asked[2]?.answer(results("c"));
  await vi.advanceTimersByTimeAsync(0);
  expect(search.failure).toBeNull();
});

test("the next results follow those that are there", async () => {
  const { asked, search } = answering();
  await typed(search, "a");
  asked[0]?.answer({ ...results("1", "2"), more: true });
  await vi.advanceTimersByTimeAsync(0);
  const reading = search.readOn();
  expect(asked[1]?.request).toEqual({ query: "a", limit: 20, offset: 2 });
  asked[1]?.answer(results("3"));
  await reading;
  expect([shown(search), search.more]).toEqual([["1", "2", "3"], false]);
});

test("the next results are asked for once, and not while something newer is looked for", async () => {
  const { asked, search } = answering();
  await typed(search, "a");
  asked[0]?.answer({ ...results("1"), more: true });
  await vi.advanceTimersByTimeAsync(0);
  void search.readOn();
  void search.readOn();
  expect(asked.length).toBe(2);
  search.type("ab");
  void search.readOn();
  expect(asked.length, "it is on its way").toBe(2);
});

test("a snippet is cut at its marks, by UTF-16 units", () => {
  const snippet = { text: "😀 the area ends", marks: [{ start: 0, end: 2 }, { start: 7, end: 11 }] };
  expect(piecesOf(snippet)).toEqual([
    { text: "😀", found: true },
    { text: " the ", found: false },
    { text: "area", found: true },
    { text: " ends", found: false },
  ]);
});

test("occurrences are found whatever the case, and where a letter would grow in lower case", () => {
  expect(occurrences("Area, area: AREA", "area")).toEqual([0, 6, 12]);
  expect(occurrences("aaaa", "aa")).toEqual([0, 2]);
  expect(occurrences("İx area", "area"), "its places are those of the text").toEqual([3]);
  expect(occurrences("area", "")).toEqual([]);
});

test("occurrences in what is drawn reach across elements", () => {
  const root = document.createElement("div");
  root.append("The ", Object.assign(document.createElement("b"), { textContent: "unit" }), " circle. Unit circle.");
  expect(rangesIn(root, "unit circle").map(String)).toEqual(["unit circle", "Unit circle"]);
});

test("reading back ends where what is sought is shown, or where there is nothing more", async () => {
  const reader = { pages: 3, get hasEarlier() { return this.pages > 0; }, loadEarlier: async () => void (reader.pages -= 1) };
  expect(await reach(reader, () => reader.pages === 1)).toBe(true);
  expect(reader.pages).toBe(1);
  expect(await reach(reader, () => false)).toBe(false);
  expect(reader.pages).toBe(0);
});

test("a turn is waited for while its session is read and drawn, and is nowhere only once all is read", async () => {
  let [asked, read] = [0, 0];
  const reader = { hasEarlier: false, loadEarlier: async () => {}, get loading() { return read < 3; }, has: (turn: string) => turn === "there" && read >= 3 };
  const jumped = () => ((read += 1), (asked += 1) > 5);
  expect([await reachTurn(reader, "there", jumped), asked], "drawn at the sixth look").toEqual([true, 6]);
  read = 0;
  expect(await reachTurn(reader, "nowhere", () => ((read += 1), false))).toBe(false);
});

test("find reads back all that was not read yet, and no further once it is closed", async () => {
  const reader = { pages: 5, get hasEarlier() { return this.pages > 0; }, loadEarlier: async () => void (reader.pages -= 1) };
  const find = new Find(() => [], reader);
  find.begin();
  find.type("   ");
  await vi.advanceTimersByTimeAsync(0);
  expect(reader.pages, "nothing is asked for").toBe(5);
  find.type("area");
  await vi.advanceTimersByTimeAsync(0);
  expect(reader.pages).toBe(0);
  reader.pages = 5;
  find.type("areas");
  find.close();
  await vi.advanceTimersByTimeAsync(0);
  expect(reader.pages, "one page was on its way").toBe(4);
});

test("the mock searches as the real one does, as far as it goes", async () => {
  const backend = createMock();
  const search = async (query: string) => (await backend.search({ query, limit: 50, offset: 0 })).hits;
  const every = await search("raised beds");
  expect(new Set(every.map((hit) => hit.session_status))).toEqual(new Set(["active", "archived"]));
  const said = await search("raised agent:me status:archived");
  expect(said.length).toBeGreaterThan(0);
  expect(said.every((hit) => hit.agent === "wykeve" && hit.session_status === "archived")).toBe(true);
  expect(said[0] && piecesOf(said[0].snippet).find((piece) => piece.found)?.text.toLowerCase()).toBe("raised");
  expect(await search('"raised beds" -raised')).toEqual([]);
  expect(await search("after:2999")).toEqual([]);
  const of = said[0]?.session_id ?? "";
  await backend.sessionDelete({ session_id: of });
  expect((await search("raised")).some((hit) => hit.session_id === of), "out of sight is not found").toBe(false);
});
