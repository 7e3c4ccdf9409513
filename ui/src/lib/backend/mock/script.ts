import type { Step } from "../types";

const topic = (directive: string): string => {
  const line = directive.trim().split("\n")[0] ?? "";
  return line.length > 70 ? `${line.slice(0, 67)}…` : line;
};

const guidance = (directive: string) => `The directive asks for one thing: **${topic(directive)}**

1. Name the outcome in one sentence before any detail.
2. Keep to what was decided earlier: small steps, each one checked.
3. Show the result first, then how to verify it.

Leave out background the Prime Architect already knows.`;

const work = (directive: string, round: number) => `Here is the work for *${topic(directive)}*${round > 0 ? ", with the review's points put right" : ""}.

\`\`\`python
def plan(steps: list[str]) -> list[str]:
    """Number the steps so that each can be checked off."""
    return [f"{n}. {step}" for n, step in enumerate(steps, start=1)]

print("\\n".join(plan(["measure", "change one thing", "measure again"])))
\`\`\`

| Step | Check |
| --- | --- |
| Measure | a number, noted with its date |
| Change one thing | the change can be undone |
| Measure again | same command, same machine |

> Nothing here depends on the network.`;

const closing = {
  accept: "verdict: accept",
  send_back: "verdict: send back: the check for the second step is missing",
  escalate: "verdict: escalate: should old measurements be kept or replaced?",
  not_given: "It reads well.",
};

export type ReviewEnd = keyof typeof closing;

const review = (end: ReviewEnd) => `The work follows the guidance: the outcome comes first and every step has a check.

${closing[end]}`;

/** What an agent says in a step. */
export function says(step: Step, directive: string, round: number, end: ReviewEnd): string {
  if (step === "analyse") return guidance(directive);
  return step === "execute" ? work(directive, round) : review(end);
}
