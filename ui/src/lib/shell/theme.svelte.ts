import type { Theme } from "../backend/types";

/** The theme that is in force: the person's, or the system's as it is now. */
export class ThemeState {
  #system = $state<"light" | "dark">("light");

  constructor(private readonly chosen: () => Theme) {
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    const follow = () => (this.#system = dark.matches ? "dark" : "light");
    follow();
    dark.addEventListener("change", follow);
  }

  get current(): "light" | "dark" {
    const chosen = this.chosen();
    return chosen === "system" ? this.#system : chosen;
  }
}
