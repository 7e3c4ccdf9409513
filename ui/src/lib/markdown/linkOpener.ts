import { getContext, setContext } from "svelte";

const KEY = Symbol("link opener");

/** Says what a click on a link in shown text does; it never opens anything by itself. */
export const provideLinkOpener = (open: (href: string) => void) => setContext(KEY, open);

/** What a click on a link does; nothing where nobody said so. */
export const useLinkOpener = (): ((href: string) => void) => getContext<((href: string) => void) | undefined>(KEY) ?? (() => {});
