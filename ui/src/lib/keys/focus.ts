import { tick } from "svelte";

const isLost = () => document.activeElement === null || document.activeElement === document.body;

/** The heading of a screen that was just opened: the focus begins there when what had it is gone. `{@attach beginHere}` */
export function beginHere(heading: HTMLElement): void {
  if (isLost()) heading.focus();
}

/** Something that may be taken away while it has the focus, which then goes to what `to` gives. `{@attach passFocusTo(() => button)}` */
export const passFocusTo = (to: () => HTMLElement | null) => () => () => void tick().then(() => isLost() && to()?.focus());

/** The same, where the focus then goes to the main part. `{@attach passFocusOn}` */
export const passFocusOn = passFocusTo(() => document.getElementById("main"));
