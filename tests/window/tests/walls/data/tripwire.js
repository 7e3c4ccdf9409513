// Set up in the page before anything hostile is shown: notes whatever of it runs, loads, or becomes more than text.
// Runs as the body of an async function; `window.tripped` holds what was noted, each kind of thing once.
const tripped = new Set();
const note = (what) => tripped.add(String(what).slice(0, 200));
Object.defineProperty(window, "tripped", { configurable: true, get: () => [...tripped] });
Object.defineProperty(window, "forget", { configurable: true, value: () => tripped.clear() });

// Run: what the hostile texts call or set.
Object.defineProperty(window, "hit", { configurable: true, set: () => note("ran: hit"), get: () => undefined });
for (const name of ["alert", "confirm", "prompt", "print", "open"]) {
  Object.defineProperty(window, name, { configurable: true, value: () => note(`ran: ${name}`) });
}

// Tried to run or load: the policy stopped it, but text would not have tried.
document.addEventListener("securitypolicyviolation", (event) => note(`stopped: ${event.effectiveDirective} ${event.blockedURI}`));
window.addEventListener("error", (event) => event.target !== window && note(`did not load: ${event.target.tagName}`), true);

// Became more than text. What the page itself holds from its start stands in its head.
const FOREIGN = [
  "script", "iframe", "frame", "frameset", "object", "embed", "applet", "portal", "fencedframe", "link", "meta", "base", "style", "template", "slot",
  "audio", "video", "source", "track", "picture", "img", "image", "map", "area", "math", "marquee", "svg :not(path, circle, text)", "use", "animate", "set",
  "foreignObject", "input[type=image]", "form[action]", "a[target]", "dialog", "noscript", "xml", "details[ontoggle]",
].join();
// What a text of Markdown becomes, and nothing else.
const OF_TEXT = ["P", "H3", "SPAN", "DIV", "STRONG", "EM", "DEL", "CODE", "PRE", "BR", "HR", "BUTTON", "FIGURE", "FIGCAPTION", "BLOCKQUOTE", "UL", "OL", "LI", "TABLE", "THEAD", "TBODY", "TR", "TH", "TD", "svg", "path"];
const LOADING = ["src", "srcset", "srcdoc", "action", "formaction", "ping", "background", "data", "poster", "cite", "longdesc", "manifest", "xlink:href", "target", "is", "http-equiv"];
// Plain words to whoever hears or points: never an address, and never run.
const SAID = ["aria-label", "title", "placeholder", "value"];

/** A part of the page itself, fetched when it is first needed. */
const isOwn = (element) =>
  element.tagName === "LINK" && element.parentNode === document.head && ["modulepreload", "stylesheet"].includes(element.rel) && element.href.startsWith(`${location.origin}/assets/`);

function look(element) {
  if (isOwn(element)) return;
  if (document.head.contains(element)) note(`foreign: ${element.outerHTML} in the head`);
  if (element.matches(FOREIGN)) note(`foreign: ${element.outerHTML}`);
  if (element.closest(".markdown") && !OF_TEXT.includes(element.tagName)) note(`not of Markdown: ${element.outerHTML}`);
  for (const { name, value } of element.attributes) {
    if (/^on/i.test(name)) note(`handler: ${name}=${value}`);
    if (LOADING.includes(name.toLowerCase())) note(`address: ${name}=${value}`);
    if (name === "href" && !value.startsWith("#")) note(`address: ${name}=${value}`);
    if (name === "style" && (element.closest(".markdown") || /url|import|expression/i.test(value))) note(`style: ${value}`);
    if (!SAID.includes(name) && /(?:java|vb)script:|leak\.example|evil\.example/i.test(value)) note(`address: ${name}=${value}`);
  }
}
const lookAll = (root) => [root, ...root.querySelectorAll("*")].forEach(look);
new MutationObserver((changes) => {
  for (const { type, target, addedNodes } of changes) {
    if (type === "attributes") look(target);
    for (const node of addedNodes) if (node.nodeType === Node.ELEMENT_NODE) lookAll(node);
  }
}).observe(document, { subtree: true, childList: true, attributes: true });
Object.defineProperty(window, "lookAround", { configurable: true, value: () => lookAll(document.body) });
