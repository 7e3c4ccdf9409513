import { AppError } from "../appError";
import type { DiscoveredServer, ProviderEntry, ProviderList, TestReport } from "../types";

const MODELS = ["example/quill-large", "example/quill-small", "example/reason-1"];

/** The mock's providers. An address that contains `down` does not answer; a key that contains `bad` is refused. */
export class MockProviders {
  #list: ProviderList;

  constructor(empty: boolean) {
    const entry: ProviderEntry = {
      name: "openrouter",
      base_url: "https://openrouter.example/api/v1",
      model: "example/quill-large",
      confirmed_http_host: null,
      api_key_header: false,
      parameters: { temperature: null, max_tokens: null },
    };
    this.#list = {
      providers: empty ? [] : [{ ...entry, has_key: true }],
      preferred: "rehearsal",
    };
  }

  list(): ProviderList {
    return structuredClone(this.#list);
  }

  add(entry: ProviderEntry, key: string | null): ProviderList {
    check(entry);
    const known = this.#list.providers.find((p) => p.name === entry.name);
    const made = { ...entry, has_key: key !== null || (known?.has_key === true && known.base_url === entry.base_url) };
    if (known === undefined) {
      if (this.#list.providers.length === 0) this.#list.preferred = entry.name;
      this.#list.providers.push(made);
    } else Object.assign(known, made);
    return this.list();
  }

  test(entry: ProviderEntry, key: string | null): TestReport {
    check(entry);
    if (entry.base_url.includes("down")) throw new AppError("provider_unreachable", "nothing answers");
    if (key?.includes("bad")) throw new AppError("provider_auth", "the key was refused");
    return { models: MODELS, answered: entry.model, latency_ms: 412 };
  }

  models(name: string): string[] {
    this.#find(name);
    return MODELS;
  }

  prefer(name: string): ProviderList {
    if (name !== "rehearsal") this.#find(name);
    this.#list.preferred = name;
    return this.list();
  }

  remove(name: string): ProviderList {
    this.#find(name);
    this.#list.providers = this.#list.providers.filter((p) => p.name !== name);
    if (this.#list.preferred === name) this.#list.preferred = this.#list.providers[0]?.name ?? "rehearsal";
    return this.list();
  }

  discover(): DiscoveredServer[] {
    return [{ name: "Ollama", base_url: "http://127.0.0.1:11434/v1", models: ["llama-example:8b"] }];
  }

  #find(name: string): void {
    if (!this.#list.providers.some((p) => p.name === name)) throw new AppError("not_found", "no such provider");
  }
}

function check(entry: ProviderEntry): void {
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(entry.name) || entry.name === "rehearsal") {
    throw new AppError("invalid_input", "choose another name");
  }
  if (!/^https?:\/\//.test(entry.base_url)) throw new AppError("provider_url", "the address is not allowed");
}
