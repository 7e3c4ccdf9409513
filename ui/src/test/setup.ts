/** What jsdom has no layout for: sizes as if every row were 120 high. */
import { vi } from "vitest";

/** High enough that long lists draw all their rows. */
const VIEWPORT = 100_000;
const ROW = 120;

class SizedObserver implements ResizeObserver {
  constructor(private readonly tell: ResizeObserverCallback) {}

  observe(target: Element): void {
    const height = target.classList.contains("rows-list") ? VIEWPORT : ROW;
    const contentRect = { width: 600, height } as DOMRectReadOnly;
    queueMicrotask(() => this.tell([{ target, contentRect } as unknown as ResizeObserverEntry], this));
  }

  unobserve(): void {}
  disconnect(): void {}
}

// Nothing is ever on its way to a screen.
vi.mock("../lib/shell/drawn", () => ({ drawn: async () => {}, nextFrame: async () => {} }));
vi.stubGlobal("ResizeObserver", SizedObserver);
Object.defineProperty(HTMLElement.prototype, "offsetParent", { get: (): Element => document.body });
Element.prototype.scrollTo = () => {};
Element.prototype.scrollIntoView = () => {};
window.innerWidth = 1280;
window.matchMedia = (query) => ({ matches: false, media: query, addEventListener() {}, removeEventListener() {} }) as unknown as MediaQueryList;

// In the app a moment after its start; here before, so that no test waits for it.
const { readLater } = await import("../later");
await readLater();
