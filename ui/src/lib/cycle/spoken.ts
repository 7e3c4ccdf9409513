import type { CycleMessage } from "../backend/types";
import { words } from "../words";

/** What a message is worth saying aloud; null for tokens and everything between. */
export function spoken(message: CycleMessage): string | null {
  const { announce, steps, stepsRunning, errors } = words;
  switch (message.event) {
    case "step_started":
      return announce.stepStarted(stepsRunning[message.step]);
    case "step_ended":
      if (message.status === null) return null;
      if (message.status === "complete") return announce.stepEnded(steps[message.step]);
      return announce[message.status](steps[message.step]);
    case "retrying":
      return message.attempt === 1 ? announce.retrying : null;
    case "stateless":
      return announce.stateless;
    case "turn_not_stored":
      return announce.unstored;
    case "paused":
      return announce.paused(errors[message.code].title);
    case "escalated":
      return announce.escalated;
    case "done":
      return message.outcome === "no_verdict" ? announce.noVerdict : announce.done;
    default:
      return null;
  }
}
