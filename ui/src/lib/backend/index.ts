/** The only folder that talks to the Rust side; the rest of the UI imports from here. */
import type { Backend } from "./backend";
import { createTauriBackend } from "./tauri";

export { AppError } from "./appError";
export type { Backend, OnMessage } from "./backend";

/** The Rust side in the app; the mock in a plain browser and with `?mock`, in builds that are not for production. */
export async function createBackend(location: Location): Promise<Backend> {
  const asked = new URLSearchParams(location.search).get("mock");
  if (import.meta.env.MODE !== "production" && (asked !== null || !("__TAURI_INTERNALS__" in window))) {
    const { mockFromAddress } = await import("./mock");
    return mockFromAddress(asked ?? "");
  }
  return createTauriBackend();
}
