import type { TurnId } from "../backend/types";

/** What was begun to be written and is not sent; kept while the window is open and unlocked. */
export class Begun {
  /** Directives by session. */
  readonly drafts = new Map<string, string>();
  /** Directives that are changed to be run again, by the turn that holds them. */
  readonly edits = new Map<TurnId, string>();

  forget(): void {
    this.drafts.clear();
    this.edits.clear();
  }
}
