/** A short message that goes away by itself. */
export interface Toast {
  id: number;
  text: string;
  detail?: string;
  kind: "plain" | "error";
  action?: { label: string; run: () => void };
}

/** How long a message stays: long enough to be read twice. */
const STAY_MS = 7_000;
/** How long one stays that asks for something to be done. */
const STAY_WITH_ACTION_MS = 10_000;
const MOST = 3;

/** The messages shown now, oldest first, at most three. */
export class Toasts {
  shown = $state.raw<Toast[]>([]);
  #ids = 0;
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();

  show(toast: Omit<Toast, "id" | "kind"> & { kind?: Toast["kind"] }): void {
    this.#ids += 1;
    const made: Toast = { kind: "plain", ...toast, id: this.#ids };
    this.shown = [...this.shown, made].slice(-MOST);
    this.resume(made.id);
  }

  dismiss(id: number): void {
    this.hold(id);
    this.shown = this.shown.filter((toast) => toast.id !== id);
  }

  /** Keeps a message while a pointer or the focus is on it. */
  hold(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  resume(id: number): void {
    const toast = this.shown.find((t) => t.id === id);
    if (toast === undefined) return;
    this.hold(id);
    this.#timers.set(id, setTimeout(() => this.dismiss(id), toast.action ? STAY_WITH_ACTION_MS : STAY_MS));
  }
}
