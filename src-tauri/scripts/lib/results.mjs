// Counting tests from what their runners print.

const CARGO = /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;/;
const NODE = /^(?:#|ℹ) (pass|fail) (\d+)$/;

const VITEST = /^ +Tests {2}(?:(\d+) failed)?(?: \| )?(?:(\d+) passed)?/;

/** Sums the closing lines of cargo's, Node's and Vitest's test runners. */
export class Results {
  passed = 0;
  failed = 0;
  ignored = 0;

  /** Takes one line without colours; lines that close no run are passed over. */
  line(text) {
    const cargo = CARGO.exec(text);
    if (cargo) {
      this.passed += Number(cargo[1]);
      this.failed += Number(cargo[2]);
      this.ignored += Number(cargo[3]);
    }
    const vitest = VITEST.exec(text);
    if (vitest) {
      this.failed += Number(vitest[1] ?? 0);
      this.passed += Number(vitest[2] ?? 0);
    }
    const node = NODE.exec(text);
    if (node) this[node[1] === "pass" ? "passed" : "failed"] += Number(node[2]);
  }

  /** A stage that is one test by itself. */
  one(well) {
    if (well) this.passed += 1;
    else this.failed += 1;
    return well;
  }

  /**
   * The closing line. A stage may fail without a failed test: it did not compile, or a test program died before its
   * closing line. Such a run must not end in `0 failed`.
   */
  closing(failedStages) {
    const failed = failedStages > 0 ? Math.max(this.failed, 1) : this.failed;
    return `${this.passed} passed, ${failed} failed`;
  }
}
