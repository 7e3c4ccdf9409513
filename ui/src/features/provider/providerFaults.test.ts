import { expect, test } from "vitest";

import { parametersOf, plainHttpHost, providerFaults, textsOf } from "./providerFaults";

const parameters = { temperature: null, max_tokens: null };
const none = { temperature: "", max_tokens: "" };
const entry = (name: string, base_url: string) => ({ name, base_url, model: null, confirmed_http_host: null, api_key_header: false, parameters });

test("a provider needs a name and an address that can be used", () => {
  expect(providerFaults(entry("my-server.1", "https://a.example/v1"), none)).toBeNull();
  expect(Object.keys(providerFaults(entry("rehearsal", "ftp://a"), none) ?? {})).toEqual(["name", "base_url"]);
  expect(Object.keys(providerFaults(entry("a b", "https://a.example"), none) ?? {})).toEqual(["name"]);
});

test("plain http is asked about over a network and not on this computer", () => {
  expect(plainHttpHost("http://10.0.0.5:8080/v1")).toBe("10.0.0.5");
  for (const url of ["https://a.example", "http://localhost:11434/v1", "http://127.0.0.1:1", "http://[::1]:1/v1", "not an address"]) {
    expect(plainHttpHost(url), url).toBeNull();
  }
  expect(plainHttpHost("http://localhost.evil.example/v1")).toBe("localhost.evil.example");
});

test("how a model is asked is left to the provider, or is a number that makes sense", () => {
  const wrong = (temperature: string, max_tokens: string) =>
    Object.keys(providerFaults(entry("a", "https://a.example"), { temperature, max_tokens }) ?? {});
  expect(wrong(" ", "")).toEqual([]);
  expect(wrong("0,7", "4096")).toEqual([]);
  expect(wrong("5.1", "0")).toEqual(["temperature", "max_tokens"]);
  expect(wrong("warm", "1.5")).toEqual(["temperature", "max_tokens"]);
  expect(wrong("-1", "4294967296")).toEqual(["temperature", "max_tokens"]);
  const asked = { temperature: 0.7, max_tokens: 4096 };
  expect(parametersOf(textsOf(asked))).toEqual(asked);
  expect(parametersOf(textsOf(parameters))).toEqual(parameters);
});
