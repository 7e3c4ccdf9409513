import { expect, test } from "vitest";

import { plainHttpHost, providerFaults } from "./providerFaults";

const entry = (name: string, base_url: string) => ({ name, base_url, model: null, confirmed_http_host: null });

test("a provider needs a name and an address that can be used", () => {
  expect(providerFaults(entry("my-server.1", "https://a.example/v1"))).toBeNull();
  expect(Object.keys(providerFaults(entry("rehearsal", "ftp://a")) ?? {})).toEqual(["name", "base_url"]);
  expect(Object.keys(providerFaults(entry("a b", "https://a.example")) ?? {})).toEqual(["name"]);
});

test("plain http is asked about over a network and not on this computer", () => {
  expect(plainHttpHost("http://10.0.0.5:8080/v1")).toBe("10.0.0.5");
  for (const url of ["https://a.example", "http://localhost:11434/v1", "http://127.0.0.1:1", "http://[::1]:1/v1", "not an address"]) {
    expect(plainHttpHost(url), url).toBeNull();
  }
  expect(plainHttpHost("http://localhost.evil.example/v1")).toBe("localhost.evil.example");
});
