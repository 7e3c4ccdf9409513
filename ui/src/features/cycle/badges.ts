import type { BadgeProps } from "../../components/Badge.svelte";
import type { Turn, Verdict } from "../../lib/backend/types";
import { reasonOf, words } from "../../lib/words";

/** What a stored turn says of itself beside its step, in the order it is shown. */
export function badgesOf({ agent, number, status, metadata: meta }: Turn, stored: boolean, branch: boolean): BadgeProps[] {
  const { turnState: state, cycle, ending } = words;
  const badges: BadgeProps[] = [];
  if (agent === "wykeve" && number > 1 && meta.step === undefined) badges.push({ text: cycle.directiveAnswer });
  if (branch) badges.push({ text: cycle.branch });
  if (meta.verdict) badges.push(badgeOf(meta.verdict));
  if (status === "interrupted") badges.push({ level: "warning", icon: "warning", text: state.interrupted, title: state.interruptedText });
  if (status === "truncated") badges.push({ level: "warning", icon: "warning", text: state.truncated, title: state.truncatedText });
  if (meta.stateless_reason) {
    badges.push({ level: "warning", icon: "memory", text: state.stateless, title: `${ending.stateless}: ${reasonOf(meta.stateless_reason)}` });
  }
  if (meta.deleted_at) badges.push({ icon: "trash", text: state.deleted });
  if (!stored) badges.push({ level: "danger", icon: "warning", text: state.unstored, title: state.unstoredText });
  return badges;
}

/** A review's outcome as a word. */
function badgeOf(verdict: Verdict): BadgeProps {
  const { ending } = words;
  switch (verdict.verdict) {
    case "accept":
      return { level: "good", icon: "check", text: ending.accepted };
    case "send_back":
      return { level: "warning", icon: "reset", text: ending.sentBack, title: verdict.text };
    case "escalate":
      return { level: "warning", icon: "warning", text: ending.escalatedShort, title: verdict.text };
    default:
      return { text: ending.noVerdict, title: ending.noVerdictText };
  }
}
