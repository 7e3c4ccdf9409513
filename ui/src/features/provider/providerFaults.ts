import type { ProviderEntry } from "../../lib/backend/types";
import { readNumber } from "../../lib/format/number";
import { words } from "../../lib/words";

/** What is typed of [Parameters]. */
export interface ParameterTexts {
  temperature: string;
  max_tokens: string;
}

type Fault = "name" | "base_url" | keyof ParameterTexts;

/** What is wrong with a provider before it is sent; null when nothing is. The Rust side has the last word. */
export function providerFaults(entry: ProviderEntry, texts: ParameterTexts): Partial<Record<Fault, string>> | null {
  const faults: Partial<Record<Fault, string>> = {};
  const name = entry.name.trim();
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(name) || name === "rehearsal") faults.name = words.provider.nameWrong;
  if (address(entry.base_url) === null) faults.base_url = words.provider.urlWrong;
  const { temperature, max_tokens } = parametersOf(texts);
  const wrong = (text: string, value: number | null, low: number, high: number) =>
    text.trim() !== "" && (value === null || value < low || value > high);
  if (wrong(texts.temperature, temperature, 0, 5)) faults.temperature = words.provider.temperatureWrong;
  if (wrong(texts.max_tokens, max_tokens, 1, MOST_TOKENS)) faults.max_tokens = words.provider.maxTokensWrong;
  return Object.keys(faults).length > 0 ? faults : null;
}

/** What 32 bits hold, in which Rust counts them. */
const MOST_TOKENS = 2 ** 32 - 1;

export const parametersOf = (texts: ParameterTexts): ProviderEntry["parameters"] => ({
  temperature: readNumber(texts.temperature, false),
  max_tokens: readNumber(texts.max_tokens, true),
});

export const textsOf = ({ temperature, max_tokens }: ProviderEntry["parameters"]): ParameterTexts => ({
  temperature: String(temperature ?? ""),
  max_tokens: String(max_tokens ?? ""),
});

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
