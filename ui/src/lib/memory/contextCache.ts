/** A cache that holds at most `most` values and forgets the one unused for longest. */
export class ContextCache<V> {
  readonly #values = new Map<string, V>();

  constructor(readonly most: number) {}

  get size(): number {
    return this.#values.size;
  }

  /** The value, which thereby becomes the newest; undefined where there is none. */
  get(key: string): V | undefined {
    const value = this.#values.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  set(key: string, value: V): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    const [oldest] = this.#values.keys();
    if (this.#values.size > this.most && oldest !== undefined) this.#values.delete(oldest);
  }

  delete(key: string): void {
    this.#values.delete(key);
  }

  clear(): void {
    this.#values.clear();
  }
}
