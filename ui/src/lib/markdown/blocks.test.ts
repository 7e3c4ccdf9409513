import type { Token } from "marked";
import { expect, test } from "vitest";

import { release } from "../backend/mock/seedText";
import { GrowingBlocks, keptBlocks, parseBlocks, repair } from "./blocks";

const shape = (blocks: Token[]) => blocks.map(({ type, raw }) => ({ type, raw }));
const texts = [
  ...release.flatMap((each) => [each.guidance, each.work]),
  "# One\n\nText with **bold** and `code`.\n\n- a\n- b\n\n  more of b\n\n- c\n\n> quote\n> goes on\n\nlazy\n",
  "Title\n=====\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```js\nconst a = 1;\n\n\nconst b = 2;\n```\n\nend",
  "1. x\n2. y\n\n   ```sh\n   ls\n   ```\n3. z\n\n---\n\nA<br>B &amp; C\r\n\r\nD",
];

test("a text that grows letter by letter ends as the same blocks as the whole", () => {
  for (const text of texts) {
    const growing = new GrowingBlocks();
    for (let end = 1; end <= text.length; end += 1) growing.update(text.slice(0, end), true);
    expect(shape(growing.update(`${text}\n`, true)), "also before the end is known").toEqual(shape(parseBlocks(`${text}\n`)));
    expect(shape(growing.update(text, false))).toEqual(shape(parseBlocks(text)));
  }
});

test("finished blocks keep their identity while the last one grows", () => {
  const growing = new GrowingBlocks();
  const before = growing.update("# Head\n\nFirst paragraph.\n\n- list\n\nSecond", true);
  const after = growing.update("# Head\n\nFirst paragraph.\n\n- list\n\nSecond one, longer", true);
  const first = before.find((block) => block.type === "paragraph");
  expect(after.includes(first as Token), "a finished block is the same object").toBe(true);
  expect(after.at(-1)?.raw).toBe("Second one, longer");
});

test("a text that is replaced is parsed anew", () => {
  const growing = new GrowingBlocks();
  growing.update("# Old\n\ntext\n\nmore", true);
  expect(shape(growing.update("New", false))).toEqual(shape(parseBlocks("New")));
});

test("half-written markup is closed or left out", () => {
  expect(repair("Some **bold wor")).toBe("Some **bold wor**");
  expect(repair("Run `ls -l")).toBe("Run `ls -l`");
  expect(repair("See [the docs](https://exa")).toBe("See the docs");
  expect(repair("```js\nconst a = `x")).toBe("```js\nconst a = `x");
  expect(repair("```js\na\n```")).toBe("```js\na\n```");
  expect(repair("Done **bold**, `code`")).toBe("Done **bold**, `code`");
});

test("hostile nesting and size come back as text, and soon", () => {
  const began = performance.now();
  for (const text of [">".repeat(20_000), "[".repeat(20_000), "- ".repeat(5_000) + "x", "*".repeat(30_000), "a".repeat(600_000)]) {
    const blocks = parseBlocks(text);
    expect(blocks.map((block) => block.raw).join("").trim()).toBe(text.trim());
  }
  expect(performance.now() - began, "no input stalls the window").toBeLessThan(10_000);
});

test("a text that is shown again is not parsed again, and the one unused for longest is forgotten", () => {
  const [first, second] = [keptBlocks("first"), keptBlocks("second")];
  for (let i = 0; i < 299; i += 1) {
    keptBlocks(`text ${i}`);
    keptBlocks("second");
  }
  expect(keptBlocks("second") === second, "in use all the time").toBe(true);
  expect(keptBlocks("first") === first, "unused for longest").toBe(false);
  expect(shape(keptBlocks("first"))).toEqual(shape(first));
});
