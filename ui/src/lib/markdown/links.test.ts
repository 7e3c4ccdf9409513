import { expect, test } from "vitest";

import { linkTarget } from "./links";
import { decodeReferences, plainSnippet } from "./text";

test("a link shows the host it really goes to", () => {
  expect(linkTarget("https://example.org/a?b")).toEqual({ kind: "web", url: "https://example.org/a?b", host: "example.org", unusual: false });
  expect(linkTarget("https://good.example@evil.example/")?.host).toBe("evil.example");
  expect(linkTarget("https://аpple.com/")).toEqual({ kind: "web", url: "https://xn--pple-43d.com/", host: "xn--pple-43d.com", unusual: true });
  expect(linkTarget("https://ex\u200bample.org/\u202Egro")?.url).toBe("https://example.org/gro");
  expect(linkTarget("mailto:a%40b@example.org")).toEqual({ kind: "email", url: "mailto:a%40b@example.org", host: "a@b@example.org", unusual: false });
});

test("anything but a full web or email address is refused", () => {
  const refused = ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)", "\u0001javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "smb://host/x", "vbscript:x", "tauri://localhost", "ipc://x", "/relative", "#here", "//host/x", "", "https://", "about:blank", "blob:https://a/b", "ftp://a.b"];
  for (const href of refused) expect(linkTarget(href), href).toBeNull();
});

test("character references become characters, and nothing more", () => {
  expect(decodeReferences("a &amp; b &lt;i&gt; &#x41;&#66; &nope; &#0; &#xD800;")).toBe("a & b <i> AB &nope; &#0; &#xD800;");
});

test("a snippet has no signs of Markdown", () => {
  expect(plainSnippet("## Version 2\n\n1. **Bold** and `code`\n- item")).toBe("Version 2 Bold and code item");
  expect(plainSnippet("For **thirty days**.\n\n| Use | Days |\n|---|---:|\n| Order | 2 |"), "a table's lines are no words").toBe("For thirty days. Use Days Order 2");
});
