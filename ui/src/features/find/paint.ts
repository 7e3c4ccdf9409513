import type { Found } from "../../lib/search/find.svelte";
import { rangesIn } from "../../lib/search/occurrences";

/** The names by which `parts.css` colours what was found. */
const ALL = "ccc-find";
const CURRENT = "ccc-find-current";

/** Colours what is found in the turns that are drawn, without touching them. An engine that cannot shows it uncoloured. */
export function paint(root: Element, wanted: string, current: Found | null): void {
  if (typeof Highlight === "undefined") return;
  const [all, one] = [new Highlight(), new Highlight()];
  for (const turn of root.querySelectorAll<HTMLElement>("[data-turn]")) {
    const text = turn.querySelector("[data-said]") ?? turn;
    rangesIn(text, wanted).forEach((range, nth) => {
      const isCurrent = current !== null && turn.dataset.turn === current.turn && nth === current.nth;
      (isCurrent ? one : all).add(range);
    });
  }
  CSS.highlights.set(ALL, all);
  CSS.highlights.set(CURRENT, one);
}

export function unpaint(): void {
  if (typeof Highlight === "undefined") return;
  CSS.highlights.delete(ALL);
  CSS.highlights.delete(CURRENT);
}
