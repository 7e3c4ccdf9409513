// Named stages with their time, so that a long run says where it is and where its minutes went.

/** A stage could not do its work; the message says what the person can do. */
export class Stop extends Error {}

const seconds = (from) => `${((performance.now() - from) / 1000).toFixed(1)} s`;

/** A run of stages. A failed stage does not keep the later ones from running, unless it is `needed` by them. */
export class Stages {
  #begin = performance.now();
  #failed = [];

  /** Runs `work`, which resolves to true when all is well; anything it throws is a failure in words. */
  async stage(name, work, { needed = false } = {}) {
    const begin = performance.now();
    console.log(`\n== ${name}`);
    let well = false;
    try {
      well = await work();
    } catch (error) {
      console.error(error instanceof Stop ? error.message : error);
    }
    console.log(`-- ${name}: ${well ? "ok" : "FAILED"}, ${seconds(begin)}`);
    if (well) return true;
    this.#failed.push(name);
    if (needed) throw new Stop(`Stopped: the rest needs "${name}".`);
    return false;
  }

  /** Names of the stages that failed. */
  get failed() {
    return this.#failed;
  }

  /** One line on the whole run. */
  summary() {
    const verdict = this.#failed.length === 0 ? "all stages ok" : `failed: ${this.#failed.join(", ")}`;
    return `\n== ${verdict}, ${seconds(this.#begin)}`;
  }
}
