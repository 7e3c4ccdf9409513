// Ways out of a page, tried from inside it towards each of the addresses given. Runs as the body of a WebDriver script.
// Leaves in `window.tried` how many were tried, once it is through. What came of them says nothing: a blocked beacon reports success, a request that left
// reports an error. Whoever listens outside decides. `lookups` tries the hints to look a name up, and only those.
const [addresses, lookups] = arguments;
window.tried = undefined;

const add = (tag, set = {}, parent = document.body) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(set)) element.setAttribute(name, value);
  return parent.appendChild(element);
};
const svg = (tag, set = {}, parent) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(set)) element.setAttribute(name, value);
  return (parent ?? add("div").appendChild(document.createElementNS("http://www.w3.org/2000/svg", "svg"))).appendChild(element);
};
const markup = (text) => add("div").insertAdjacentHTML("beforeend", text);
const style = (text) => (add("style").textContent = text);
const sheet = (text) => {
  const made = new CSSStyleSheet();
  made.replaceSync(text);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, made];
};
const click = (element) => element.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, view: window }));
const blob = (text, type) => URL.createObjectURL(new Blob([text], { type }));
const painted = (css, i) => {
  const box = add("div", { class: `painted${i}` });
  box.textContent = "x";
  box.style.cssText = css;
};

const code = {
  "fetch": (to) => fetch(to("fetch")),
  "fetch, opaque": (to) => fetch(to("fetch-opaque"), { mode: "no-cors", credentials: "include" }),
  "fetch, post": (to) => fetch(to("fetch-post"), { method: "POST", body: "x", mode: "no-cors", keepalive: true }),
  "fetch of a request": (to) => fetch(new Request(to("request"), { cache: "no-store", referrerPolicy: "unsafe-url" })),
  "XMLHttpRequest": (to) => Object.assign(new XMLHttpRequest(), { x: 0 }).open("GET", to("xhr")),
  "XMLHttpRequest, sent": (to) => {
    const request = new XMLHttpRequest();
    request.open("POST", to("xhr-sent"));
    request.send("x");
  },
  "XMLHttpRequest, waiting": (to) => {
    const request = new XMLHttpRequest();
    request.open("GET", to("xhr-sync"), false);
    request.send();
  },
  "WebSocket": (to) => new WebSocket(to("socket").replace(/^http/, "ws")),
  "EventSource": (to) => new EventSource(to("events")),
  "beacon": (to) => navigator.sendBeacon(to("beacon"), "x"),
  "WebTransport": (to) => new WebTransport(to("transport").replace(/^http:/, "https:")),
  "WebRTC": async (to) => {
    const host = new URL(to("")).hostname;
    const peer = new RTCPeerConnection({ iceServers: [{ urls: `stun:${host}:3478` }, { urls: `turn:${host}:3478?transport=tcp`, username: "x", credential: "x" }] });
    peer.createDataChannel("x");
    await peer.setLocalDescription(await peer.createOffer());
  },
  "import": (to) => import(to("import-call")),
  "worker": (to) => new Worker(to("worker")),
  "module worker": (to) => new Worker(to("worker-module"), { type: "module" }),
  "shared worker": (to) => new SharedWorker(to("worker-shared")),
  "worker of a blob": (to) => new Worker(blob(`importScripts("${to("worker-import")}"); fetch("${to("worker-fetch")}");`, "text/javascript")),
  "worker of data": (to) => new Worker(`data:text/javascript,fetch("${to("worker-data")}")`),
  "service worker": (to) => navigator.serviceWorker.register(to("worker-service")),
  "audio worklet": (to) => new AudioContext().audioWorklet.addModule(to("worklet-audio")),
  "paint worklet": (to) => CSS.paintWorklet.addModule(to("worklet-paint")),
  "font face": (to) => new FontFace("leak", `url(${to("fontface")})`).load(),
  "audio": (to) => new Audio(to("new-audio")).play(),
  "image": (to) => void (new Image().src = to("new-image")),
  "image, decoded": (to) => Object.assign(new Image(), { src: to("decode") }).decode(),
  "media session": (to) => (navigator.mediaSession.metadata = new MediaMetadata({ artwork: [{ src: to("artwork") }] })),
  "notification": (to) => new Notification("x", { icon: to("notification") }),
  "stored request": (to) => caches.open("x").then((cache) => cache.add(to("cache"))),
  "document of XSLT": (to) => {
    const text = `<s:stylesheet version="1.0" xmlns:s="http://www.w3.org/1999/XSL/Transform"><s:include href="${to("xslt-include")}"/><s:template match="/"><s:copy-of select="document('${to("xslt")}')"/></s:template></s:stylesheet>`;
    const parser = new DOMParser();
    const transform = new XSLTProcessor();
    transform.importStylesheet(parser.parseFromString(text, "application/xml"));
    document.body.append(transform.transformToFragment(parser.parseFromString("<x/>", "application/xml"), document));
  },
  "external entity": (to) => new DOMParser().parseFromString(`<!DOCTYPE x [<!ENTITY e SYSTEM "${to("entity")}">]><x>&e;</x>`, "application/xml"),
  "document of another address": (to) => new DOMParser().parseFromString(`<img src="${to("parsed")}">`, "text/html"),
  "payment": (to) => new PaymentRequest([{ supportedMethods: to("payment") }], { total: { label: "x", amount: { currency: "EUR", value: "1" } } }).canMakePayment(),
  "protocol handler": (to) => navigator.registerProtocolHandler("web+leak", to("handler?%s")),
};

const elements = {
  "img": (to) => add("img", { src: to("img") }),
  "img, lazy": (to) => add("img", { src: to("img-lazy"), loading: "lazy" }),
  "img, with credentials": (to) => add("img", { crossorigin: "use-credentials", src: to("img-cors") }),
  "img, several sources": (to) => add("img", { srcset: `${to("img-set")} 1x, ${to("img-set-2")} 2x` }),
  "img of markup": (to) => markup(`<img src="${to("img-markup")}">`),
  "picture": (to) => add("img", {}, add("picture")).before(Object.assign(document.createElement("source"), { srcset: to("picture") })),
  "image input": (to) => add("input", { type: "image", src: to("input") }),
  "video": (to) => add("video", { autoplay: "", muted: "", preload: "auto", src: to("video"), poster: to("poster") }),
  "audio element": (to) => add("source", { src: to("audio") }, add("audio", { autoplay: "", preload: "auto" })),
  "track": (to) => add("track", { default: "", kind: "captions", src: to("track") }, add("video", { crossorigin: "anonymous" })),
  "play list": (to) => add("video", { autoplay: "", src: blob(`#EXTM3U\n#EXTINF:1,\n${to("playlist")}\n`, "application/vnd.apple.mpegurl") }),
  "object": (to) => add("object", { data: to("object") }),
  "object of svg": (to) => add("object", { type: "image/svg+xml", data: `data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg"><image href="${to("object-svg")}"/></svg>` }),
  "embed": (to) => add("embed", { src: to("embed") }),
  "iframe": (to) => add("iframe", { src: to("iframe") }),
  "iframe of markup": (to) => add("iframe", { srcdoc: `<img src="${to("srcdoc")}"><script src="${to("srcdoc-script")}"></script><meta http-equiv="refresh" content="0;url=${to("srcdoc-refresh")}">` }),
  "iframe of a blob": (to) => add("iframe", { src: blob(`<img src="${to("frame-blob")}"><link rel="preconnect" href="${to("")}">`, "text/html") }),
  "iframe of data": (to) => add("iframe", { src: `data:text/html,<img src="${to("frame-data")}">` }),
  "iframe of a script": (to) => add("iframe", { src: `javascript:'<img src="${to("frame-script")}">'` }),
  "iframe, written to": (to) => {
    const inner = add("iframe").contentDocument;
    inner.open();
    inner.write(`<base href="${to("")}"><img src="written"><link rel="stylesheet" href="${to("written-style")}"><script src="${to("written-script")}"></script>`);
    inner.close();
  },
  "iframe's own code": (to) => add("iframe").contentWindow.fetch(to("frame-fetch")),
  "frame": (to) => markup(`<frameset><frame src="${to("frame")}"></frameset>`),
  "script": (to) => add("script", { src: to("script") }),
  "module": (to) => add("script", { type: "module", src: to("module") }),
  "module in line": (to) => (add("script", { type: "module" }).textContent = `import "${to("module-inline")}"`),
  "import map": (to) => (add("script", { type: "importmap" }).textContent = `{"imports":{"x":"${to("importmap")}"}}`),
  "speculation": (to) => (add("script", { type: "speculationrules" }).textContent = `{"prefetch":[{"source":"list","urls":["${to("speculation")}"]}]}`),
  "background attribute": (to) => (add("table", { background: to("background") }), document.body.setAttribute("background", to("body"))),
  "portal": (to) => add("portal", { src: to("portal") }),
  "fenced frame": (to) => add("fencedframe", { src: to("fenced") }),
  "long description": (to) => add("img", { longdesc: to("longdesc"), usemap: to("usemap"), src: "data:," }),
  "quotation": (to) => (add("q", { cite: to("cite") }), add("html", { manifest: to("appcache") })),
  "svg image": (to) => svg("image", { href: to("svg-image"), width: "9", height: "9" }),
  "svg image by xlink": (to) => svg("image").setAttributeNS("http://www.w3.org/1999/xlink", "xlink:href", to("svg-xlink")),
  "svg use": (to) => svg("use", { href: `${to("svg-use")}#x` }),
  "svg filter": (to) => (svg("feImage", { href: to("fe-image") }, svg("filter", { id: "leak" })), svg("rect", { filter: "url(#leak)", width: "9", height: "9" })),
  "svg paint": (to) => svg("rect", { fill: `url(${to("svg-fill")}#x)`, mask: `url(${to("svg-mask")}#x)`, width: "9", height: "9" }),
  "svg script": (to) => svg("script", { href: to("svg-script") }),
  "svg style": (to) => (svg("style").textContent = `@import "${to("svg-import")}";`),
  "svg link": (to) => click(svg("a", { href: to("svg-link") })),
  "svg of data": (to) => add("img", { src: `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg"><style>@import "${to("svg-data-style")}";</style><image href="${to("svg-data")}"/><foreignObject><img xmlns="http://www.w3.org/1999/xhtml" src="${to("svg-data-foreign")}"/></foreignObject></svg>`)}` }),
  "mathml": (to) => markup(`<math href="${to("math")}"><mglyph src="${to("mglyph")}"/></math>`),
};

const RELATIONS = {
  stylesheet: {}, "alternate stylesheet": {}, prefetch: { as: "document" }, preconnect: { crossorigin: "" }, prerender: {}, modulepreload: {},
  icon: {}, "shortcut icon": {}, "apple-touch-icon": {}, "mask-icon": {}, manifest: {}, search: {}, next: {}, "pingback": {}, import: {}, "compression-dictionary": {},
};
const links = Object.fromEntries(Object.entries(RELATIONS).map(([rel, set]) => [`link ${rel}`, (to) => add("link", { rel, href: to(`link-${rel.replace(" ", "-")}`), ...set }, document.head)]));
for (const as of ["image", "script", "style", "font", "fetch", "track", "audio", "video", "document", "worker"]) {
  links[`link preload ${as}`] = (to) => add("link", { rel: "preload", as, href: to(`preload-${as}`), crossorigin: "" }, document.head);
}
const hints = {
  "link dns-prefetch": (to) => add("link", { rel: "dns-prefetch", href: to("looked-up") }, document.head),
  // A name that was looked up once is remembered.
  "link dns-prefetch of a new name": (to) => add("link", { rel: "dns-prefetch", href: to("").replace("//", `//n${performance.now().toString(36).replace(".", "")}.`) }, document.head),
};

const PAINT = [
  (to) => `background: url(${to("css-background")})`,
  (to) => `background-image: image-set(url(${to("css-set")}) 1x)`,
  (to) => `background-image: -webkit-cross-fade(url(${to("css-fade")}), url(${to("css-fade-2")}), 50%)`,
  (to) => `border-image: url(${to("css-border")}) 1`,
  (to) => `list-style: url(${to("css-list")}); display: list-item`,
  (to) => `cursor: url(${to("css-cursor")}), auto`,
  (to) => `mask-image: url(${to("css-mask")}); -webkit-mask-image: url(${to("css-mask-2")})`,
  (to) => `filter: url(${to("css-filter")}#x)`,
  (to) => `clip-path: url(${to("css-clip")}#x)`,
  (to) => `shape-outside: url(${to("css-shape")}); float: left`,
  (to) => `content: url(${to("css-content")})`,
  (to) => `offset-path: url(${to("css-offset")}#x)`,
];
const css = Object.fromEntries(PAINT.map((of, i) => [`css ${i} as a property`, (to) => painted(of(to), i)]));
PAINT.forEach((of, i) => {
  css[`css ${i} in a style`] = (to) => style(`.painted${i} { ${of((name) => to(`${name}-style`))} } .painted${i}::before { content: "x"; ${of((name) => to(`${name}-before`))} }`);
  css[`css ${i} in a constructed sheet`] = (to) => sheet(`.painted${i} { ${of((name) => to(`${name}-sheet`))} }`);
  css[`css ${i} in an attribute`] = (to) => add("div", { style: of((name) => to(`${name}-attribute`)) });
});
Object.assign(css, {
  "css import": (to) => style(`@import "${to("css-import")}"; @import url(${to("css-import-url")}) screen;`),
  "css font": (to) => style(`@font-face { font-family: leak; src: url(${to("css-font")}) } * { font-family: leak }`),
  "css font, constructed": (to) => sheet(`@font-face { font-family: leak2; src: url(${to("css-font-sheet")}) } body { font-family: leak2 }`),
  "css counter": (to) => style(`@counter-style leak { system: cyclic; symbols: url(${to("css-counter")}) } li { list-style: leak }`),
  "css by variables": (to) => sheet(`body { --leak: url(${to("css-variable")}); background-image: var(--leak) }`),
  "css of what is typed": (to) => sheet(`textarea:placeholder-shown { background: url(${to("css-typed")}) }`),
  "css in a shadow": (to) => (add("div").attachShadow({ mode: "open" }).innerHTML = `<style>@import "${to("css-shadow")}"; :host { background: url(${to("css-shadow-url")}) }</style><link rel="stylesheet" href="${to("css-shadow-link")}"><img src="${to("shadow-img")}">`),
});

// Whatever leaves the page comes last: where it succeeds, nothing after it runs.
const leaving = {
  "form, get": (to) => add("form", { action: to("form-get") }).submit(),
  "form, post": (to) => add("form", { action: to("form-post"), method: "post" }).requestSubmit(),
  "form to a new window": (to) => add("form", { action: to("form-blank"), target: "_blank" }).submit(),
  "form to a frame": (to) => (add("iframe", { name: "leak" }), add("form", { action: to("form-frame"), target: "leak", method: "post" }).submit()),
  "button of a form": (to) => click(add("button", { formaction: to("form-action") }, add("form"))),
  "link, clicked": (to) => click(add("a", { href: to("a") })),
  "link to a new window": (to) => click(add("a", { href: to("a-blank"), target: "_blank", rel: "opener" })),
  "link to the top": (to) => click(add("a", { href: to("a-top"), target: "_top" })),
  "link with a ping": (to) => click(add("a", { href: to("a-ping"), ping: to("ping") })),
  "link that downloads": (to) => click(add("a", { href: to("download"), download: "x" })),
  "link to a script": (to) => click(add("a", { href: `javascript:location='${to("a-script")}'` })),
  "area": (to) => click(add("area", { href: to("area"), shape: "default" }, add("map"))),
  "frame moved": (to) => (add("iframe").contentWindow.location = to("frame-moved")),
  "base": (to) => (add("base", { href: to("") }, document.head), add("img", { src: "base-img" }), add("script", { src: "base-script" })),
  "refresh": (to) => add("meta", { "http-equiv": "refresh", content: `0;url=${to("refresh")}` }, document.head),
  "open": (to) => window.open(to("open")),
  "open without opener": (to) => window.open(to("open-none"), "_blank", "noopener,noreferrer"),
  "open here": (to) => window.open(to("open-self"), "_self"),
  "open and move": (to) => (window.open("about:blank").location = to("open-moved")),
  "history": (to) => history.pushState({}, "", to("history")),
  "navigation": (to) => navigation.navigate(to("navigate")),
  "location.replace": (to) => location.replace(to("replace")),
  "location.assign": (to) => location.assign(to("assign")),
  "location.href": (to) => (location.href = to("href")),
  "location.host": (to) => (location.host = new URL(to("")).host),
  "location by script": (to) => (location.href = `javascript:location='${to("href-script")}'`),
};

const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));
let tried = 0;
async function attempt(probe, to) {
  tried += 1;
  try {
    // Some never settle, so none is waited for longer than a moment.
    await Promise.race([probe(to), pause(40)]);
  } catch {
    // Refused by the page itself: as good as not sent.
  }
}
const drawn = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));

(async () => {
  for (const set of lookups ? [hints] : [code, elements, links, css]) {
    for (const address of addresses) for (const probe of Object.values(set)) await attempt(probe, (name) => `${address}/${name}`);
    await drawn();
  }
  if (!lookups) for (const probe of Object.values(leaving)) for (const address of addresses) await attempt(probe, (name) => `${address}/${name}`);
  await pause(500);
})().then(() => (window.tried = tried), (error) => (window.tried = `threw: ${error}`));
