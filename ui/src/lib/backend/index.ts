/** The only folder that talks to the Rust side; the rest of the UI imports from here. */
import { commands } from "./bindings";

/** The version of the running build. Rejects when the app does not answer, as in a plain browser. */
export function appVersion(): Promise<string> {
  return commands.appVersion();
}
