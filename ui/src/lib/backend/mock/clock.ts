/** Time as the mock takes it: `now` in unix milliseconds, and waiting. */
export interface MockClock {
  now(): number;
  wait(ms: number): Promise<void>;
}

/** The browser's time. */
export const realClock: MockClock = {
  now: () => Date.now(),
  wait: (ms) => new Promise((done) => setTimeout(done, ms)),
};

/** Stands still until it is advanced, so that a test decides how far a stream has come. */
export class ManualClock implements MockClock {
  #now: number;
  #waiting: { at: number; done: () => void }[] = [];

  constructor(start = Date.parse("2026-05-08T14:00:00.000Z")) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  wait(ms: number): Promise<void> {
    return new Promise((done) => this.#waiting.push({ at: this.#now + ms, done }));
  }

  /** Lets `ms` pass, waking what waits in its order. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#now = Math.max(this.#now, next.at);
      next.done();
      await settle();
    }
    this.#now = end;
  }

  /** Lets time pass until nothing waits any more. */
  async run(): Promise<void> {
    await settle();
    while (this.#waiting.length > 0) await this.advance(Math.max(0, this.#earliest() - this.#now));
  }

  #earliest(): number {
    return Math.min(...this.#waiting.map((w) => w.at));
  }

  #next(end: number): { at: number; done: () => void } | undefined {
    if (this.#waiting.length === 0 || this.#earliest() > end) return undefined;
    const index = this.#waiting.findIndex((w) => w.at === this.#earliest());
    return this.#waiting.splice(index, 1)[0];
  }
}

/** Lets everything that is due without waiting happen. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await Promise.resolve();
}
