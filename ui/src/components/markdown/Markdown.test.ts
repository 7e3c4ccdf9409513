import { fireEvent, render } from "@testing-library/svelte";
import { expect, test } from "vitest";

// Text that tries to become more than text. The tests of the real window read the same list.
import payloads from "../../test/payloads.json";
import LinkProbe from "../../test/LinkProbe.svelte";
import Markdown from "./Markdown.svelte";

/** What shown text may never become. */
const FORBIDDEN = "script,iframe,object,embed,link,meta,base,form,style,template,audio,video,source,picture,img,math,template,a[href],[src],[srcset],[action],[style],[ping],[background],[data],[srcdoc]";
const ALLOWED_INPUT = "input";

function faults(root: HTMLElement): string[] {
  const found = [...root.querySelectorAll(`${FORBIDDEN},${ALLOWED_INPUT}`)].map((e) => e.outerHTML.slice(0, 120));
  const attributes = [...root.querySelectorAll("*")].flatMap((e) => [...e.attributes].map((a) => `${a.name}=${a.value}`));
  const bad = attributes.filter((a) => /^on/i.test(a) || (/(?:java|vb)script\s*:|^[\w-]+=\s*data:text/i.test(a) && !/^(aria-label|title)=/.test(a)));
  return [...found, ...bad];
}

test("two hundred payloads become text and nothing else", () => {
  expect(payloads.length).toBeGreaterThanOrEqual(200);
  for (const text of payloads) {
    for (const growing of [false, true]) {
      const { container, unmount } = render(Markdown, { text, growing });
      expect(faults(container), text).toEqual([]);
      unmount();
    }
  }
  expect("hit" in window, "no script ran").toBe(false);
});

test("a payload that grows letter by letter is text at every length", () => {
  for (const text of payloads.filter((_, i) => i % 9 === 0)) {
    const { container, rerender, unmount } = render(Markdown, { text: "", growing: true });
    for (let end = 1; end <= text.length; end += 3) {
      void rerender({ text: text.slice(0, end), growing: true });
      expect(faults(container), text.slice(0, end)).toEqual([]);
    }
    unmount();
  }
});

test("raw HTML is shown as the text it is", () => {
  const { container } = render(Markdown, { text: "<b>not bold</b> and <script>x</script>" });
  expect(container.textContent).toContain("<b>not bold</b> and <script>x</script>");
});

test("an image is a placeholder with its host and loads nothing", () => {
  const { container } = render(Markdown, { text: "![Beds](https://images.example.net/b.png)" });
  expect(container.querySelector("img")).toBeNull();
  expect(container.textContent).toContain("Image not loaded, from images.example.net: Beds");
});

test("a link has no address of its own; a click asks the one who opens links", async () => {
  const asked: string[] = [];
  const { getByRole } = render(LinkProbe, { text: "[docs](https://example.org/x)", onlink: (href: string) => asked.push(href) });
  const link = getByRole("link", { name: "docs" });
  expect(link.tagName).toBe("BUTTON");
  expect(link.hasAttribute("href")).toBe(false);
  await fireEvent.click(link);
  expect(asked).toEqual(["https://example.org/x"]);
});

test("blocks take their direction from their text", () => {
  const { container } = render(Markdown, { text: "שלום\n\n- قائمة\n\nhello" });
  expect([...container.querySelectorAll("p,ul")].map((e) => e.getAttribute("dir"))).toEqual(["auto", "auto", "auto"]);
});

test("code that changes is drawn anew in its pieces, with nothing of the old left", async () => {
  const { container, rerender } = render(Markdown, { text: "```rust\nfn area(of: u8) -> u8 { of * 2 } // twice\n```" });
  const pieces = () => [...container.querySelectorAll("code > *")].map((piece) => [piece.className, piece.textContent]);
  expect(pieces().length).toBeGreaterThan(8);
  await rerender({ text: "```rust\nlet twice\n```" });
  expect(pieces()).toEqual([["keyword", "let"], ["plain", " twice"]]);
});

test("what is drawn stays while the text grows, and takes what is new at its end", async () => {
  const { container, rerender } = render(Markdown, { text: "one **two** thr", growing: true });
  const drawn = [...(container.querySelector("p")?.childNodes ?? [])];
  await rerender({ text: "one **two** three [four](https://example.org/4)", growing: true });
  const now = [...(container.querySelector("p")?.childNodes ?? [])];
  expect(now.slice(0, 3).every((node, i) => node === drawn[i])).toBe(true);
  expect(now.map((node) => node.textContent)).toEqual(["one ", "two", " three ", "four"]);
});

test("lists and tables that grow keep their items and rows", async () => {
  const list = "1. first\n2. second\n";
  const table = "| a | b |\n|--:|---|\n| 1 | **2** |\n";
  for (const [text, more, names] of [[list, "3. third\n", "li"], [table, "| 3 | 4 |\n", "tr"]] as const) {
    const { container, rerender, unmount } = render(Markdown, { text, growing: true });
    const drawn = [...container.querySelectorAll(names)];
    await rerender({ text: text + more, growing: true });
    const now = [...container.querySelectorAll(names)];
    expect(now.slice(0, -1), names).toEqual(drawn);
    expect(now.slice(0, -1).every((node, i) => node === drawn[i]), names).toBe(true);
    unmount();
  }
});

test("a table's cells have their side and their head", () => {
  const { container } = render(Markdown, { text: "| a | b |\n|--:|---|\n| 1 | **2** |" });
  const cells = [...container.querySelectorAll("th,td")].map((cell) => [cell.tagName, cell.className, cell.getAttribute("scope"), cell.innerHTML]);
  expect(cells).toEqual([["TH", "right", "col", "a"], ["TH", "", "col", "b"], ["TD", "right", null, "1"], ["TD", "", null, "<strong>2</strong>"]]);
});

test("a link that is kept leads where the new text says", async () => {
  const asked: string[] = [];
  const onlink = (href: string) => asked.push(href);
  const { getByRole, rerender } = render(LinkProbe, { text: "**[docs](https://example.org/old)**", onlink });
  const link = getByRole("link", { name: "docs" });
  await rerender({ text: "**[docs](https://example.org/new)**", onlink });
  expect(getByRole("link", { name: "docs" })).toBe(link);
  await fireEvent.click(link);
  expect(asked).toEqual(["https://example.org/new"]);
});
