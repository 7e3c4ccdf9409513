import { AppError } from "./appError";
import type { Backend } from "./backend";
import { commands } from "./bindings";

const implemented: Partial<Backend> = {
  appInfo: async () => ({ version: await commands.appVersion(), data_directory: "" }),
  onChanged: () => () => {},
};

/** The Rust side. What it does not offer yet rejects with `internal`. */
export function createTauriBackend(): Backend {
  const missing = () => Promise.reject(new AppError("internal", "this build does not offer it"));
  return new Proxy(implemented, {
    get: (target, name) => Reflect.get(target, name) ?? missing,
  }) as Backend;
}
