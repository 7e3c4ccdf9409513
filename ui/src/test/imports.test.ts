import { expect, test } from "vitest";

/** Every source by its path from src, tests left out. The lint rule against cycles does not look into Svelte files. */
const sources = Object.entries(import.meta.glob<string>("../**/*.{ts,svelte}", { query: "?raw", import: "default", eager: true }))
  .map(([path, text]) => [path.replace(/^\.\.\//, "").replace(/^\.\//, "test/"), text] as const)
  .filter(([path]) => !path.includes(".test.") && !path.startsWith("test/"));

type Graph = ReadonlyMap<string, readonly string[]>;

/** What each file imports for more than its types, as paths from src. */
function graphOf(files: readonly (readonly [string, string])[]): Graph {
  const known = new Set(files.map(([path]) => path));
  const find = (path: string) => ["", ".ts", "/index.ts"].map((end) => path + end).find((each) => known.has(each));
  return new Map(
    files.map(([path, text]) => {
      const found = [...text.matchAll(/^\s*(?:import|export)\s+(?!type\b)[^;]*?from\s+"(\.[^"]+)"/gm)];
      const to = found.flatMap((match) => find(new URL(match[1] ?? "", `file:///${path}`).pathname.slice(1)) ?? []);
      // A component may draw itself: blocks lie in blocks.
      return [path, to.filter((each) => each !== path)];
    }),
  );
}

/** The first ring of imports that is found; empty when there is none. */
function ringIn(graph: Graph): string[] {
  const done = new Set<string>();
  const visit = (path: string, trail: string[]): string[] => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return [];
    for (const next of graph.get(path) ?? []) {
      const ring = visit(next, [...trail, path]);
      if (ring.length > 0) return ring;
    }
    done.add(path);
    return [];
  };
  for (const path of graph.keys()) {
    const ring = visit(path, []);
    if (ring.length > 0) return ring;
  }
  return [];
}

test("no file imports itself by way of others", () => {
  const graph = graphOf(sources);
  expect(graph.get("screens/Frame.svelte"), "imports are really read").toContain("screens/Main.svelte");
  expect(ringIn(graph)).toEqual([]);
});

test("a ring is found also through Svelte files", () => {
  const ring = graphOf([
    ["a/A.svelte", '<script>\n  import B from "../b/B.svelte";\n</script>'],
    ["b/B.svelte", '<script>\n  import { c } from "./c";\n</script>'],
    ["b/c.ts", 'import A from "../a/A.svelte";'],
  ]);
  expect(ringIn(ring)).toEqual(["a/A.svelte", "b/B.svelte", "b/c.ts", "a/A.svelte"]);
});

test("a component is at most 300 lines", () => {
  const long = sources.filter(([path, text]) => path.endsWith(".svelte") && text.split("\n").length > 300);
  expect(long.map(([path]) => path)).toEqual([]);
});
