import type { ProviderEntry } from "../../lib/backend/types";
import { words } from "../../lib/words";

/** What is wrong with a provider before it is sent; null when nothing is. The Rust side has the last word. */
export function providerFaults(entry: ProviderEntry): { name?: string; base_url?: string } | null {
  const faults: { name?: string; base_url?: string } = {};
  const name = entry.name.trim();
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(name) || name === "rehearsal") faults.name = words.provider.nameWrong;
  if (address(entry.base_url) === null) faults.base_url = words.provider.urlWrong;
  return faults.name || faults.base_url ? faults : null;
}

/** The host that would be spoken to without encryption over a network; null for https and for this computer. */
export function plainHttpHost(base_url: string): string | null {
  const url = address(base_url);
  if (url === null || url.protocol !== "http:") return null;
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname) ? null : url.hostname;
}

function address(text: string): URL | null {
  try {
    const url = new URL(text.trim());
    return url.protocol === "https:" || url.protocol === "http:" ? url : null;
  } catch {
    return null;
  }
}
