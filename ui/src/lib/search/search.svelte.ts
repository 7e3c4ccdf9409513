import { AppError, type Backend } from "../backend";
import type { ErrorCode, SearchHit } from "../backend/types";

/** A pause in typing after which is searched, in milliseconds: shorter than noticed, longer than between two keys. */
export const SEARCH_AFTER_MS = 120;
/** Results read at once. */
const PAGE = 20;

/** A search as it is typed. An answer that a later question overtook is dropped. */
export class Search {
  query = $state("");
  hits = $state.raw<SearchHit[]>([]);
  more = $state(false);
  /** Sessions and turns that are damaged and were left out. */
  damaged = $state(0);
  /** Whether an answer is on its way. */
  searching = $state(false);
  /** The query that is answered; empty before the first answer. */
  answered = $state("");
  failure = $state.raw<ErrorCode | null>(null);
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly backend: Backend) {}

  /** Takes what is typed, and searches when typing pauses. */
  type(query: string): void {
    this.query = query;
    this.#asked += 1;
    clearTimeout(this.#timer);
    this.searching = query.trim() !== "";
    if (this.searching) this.#timer = setTimeout(() => void this.#ask(0), SEARCH_AFTER_MS);
    else this.#take([], query);
  }

  /** Reads the next results. */
  async readOn(): Promise<void> {
    if (!this.more || this.searching) return;
    this.searching = true;
    await this.#ask(this.hits.length);
  }

  /** Forgets the query and what was found. */
  clear(): void {
    this.type("");
  }

  async #ask(offset: number): Promise<void> {
    const [asked, query] = [(this.#asked += 1), this.query];
    try {
      const results = await this.backend.search({ query, limit: PAGE, offset });
      if (asked !== this.#asked) return;
      this.#take(offset === 0 ? results.hits : [...this.hits, ...results.hits], query);
      this.more = results.more;
      this.damaged = results.damaged;
    } catch (thrown) {
      if (asked !== this.#asked) return;
      this.#take([], query);
      this.failure = AppError.from(thrown).code;
    }
    this.searching = false;
  }

  #take(hits: SearchHit[], query: string): void {
    [this.hits, this.answered, this.more, this.damaged, this.failure] = [hits, query, false, 0, null];
  }
}
