import { tick } from "svelte";

const isLost = () => document.activeElement === null || document.activeElement === document.body;

/** The heading of a screen that was just opened: the focus begins there when what had it is gone. `{@attach beginHere}` */
export function beginHere(heading: HTMLElement): void {
  if (isLost()) heading.focus();
}

/** Something that may be taken away while it has the focus, which then goes to the main part. `{@attach passFocusOn}` */
export function passFocusOn(): () => void {
  return () => void tick().then(() => isLost() && document.getElementById("main")?.focus());
}
