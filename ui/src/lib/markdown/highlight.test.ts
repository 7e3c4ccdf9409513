import { expect, test } from "vitest";

import { highlight } from "./highlight";

const kinds = (code: string, language: string) =>
  highlight(code, language).filter((t) => t.kind !== "plain").map((t) => [t.kind, t.text]);

test("the pieces of any code joined are the code", () => {
  const code = "fn main() { let s = \"a\\\"b\"; // note\n /* open */ 1_000 }\n'unclosed\n`tick";
  for (const language of ["rust", "py", "sh", "sql", "yaml", "html", "css", "diff", "unknown", ""]) {
    expect(highlight(code, language).map((t) => t.text).join(""), language).toBe(code);
  }
});

test("comments, strings, numbers, keywords and names are told apart", () => {
  expect(kinds('return plan("a") # done\n', "python")).toEqual([
    ["keyword", "return"],
    ["name", "plan"],
    ["string", '"a"'],
    ["comment", "# done"],
  ]);
  expect(kinds("SELECT 1 -- all", "sql")).toEqual([["keyword", "SELECT"], ["number", "1"], ["comment", "-- all"]]);
  expect(kinds("+new\n-old\n same", "diff")).toEqual([["added", "+new\n"], ["removed", "-old\n"]]);
});

test("long hostile code is coloured soon or not at all", () => {
  const began = performance.now();
  for (const code of ['"'.repeat(50_000), "/*".repeat(25_000), "a(".repeat(25_000), "0x".repeat(25_000), "'''".repeat(16_000)]) {
    for (const language of ["js", "python", "sql", "html"]) highlight(code, language);
  }
  expect(performance.now() - began, "no code stalls the window").toBeLessThan(8_000);
});
