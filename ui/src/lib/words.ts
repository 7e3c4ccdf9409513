/** Every text of the window, in one catalogue. Texts with values in them are functions. */
import { backups, restoring, salvage } from "./words/backups";
import { common, link, markdown } from "./words/common";
import type { ErrorCode } from "./backend/types";
import { context, tray } from "./words/context";
import { agents, announce, composer, cycle, ending, erasure, steps, stepsRunning, turnState, waiting } from "./words/cycle";
import { errorActions, errors } from "./words/errors";
import { find, palette } from "./words/search";
import { archive, preferences, session } from "./words/session";
import { audit, health, keys, nav, provider, settings, shortcuts, upkeep } from "./words/settings";
import { firstRun, lock, master, start } from "./words/vault";

export type { ErrorAction, ErrorWords } from "./words/errors";

export const words = {
  ...{ common, link, markdown, context, tray, agents, announce, composer, cycle, ending, steps, stepsRunning, turnState },
  ...{ errorActions, errors, archive, preferences, session, health, nav, provider, settings, shortcuts },
  ...{ firstRun, lock, master, start, find, palette, audit, backups, erasure, keys, restoring, salvage, upkeep, waiting },
};

/** A reason that the Rust side gives as an error's code, in words; as it is where it is none. */
export const reasonOf = (reason: string): string => (reason in errors ? errors[reason as ErrorCode].title : reason);
