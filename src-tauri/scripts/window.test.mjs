// The real window, driven as a person's hand would drive it: WebKitWebDriver on a display and a home of its own.
// Linux only. `npm test` runs it under xvfb-run and dbus-run-session, with CCC_WINDOW naming the program.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { root } from "./lib/paths.mjs";

const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const home = mkdtempSync(join(tmpdir(), "ccc-window-"));
/** Everything that reached this machine from inside the web view: it must stay empty. */
const hits = [];
const canary = createServer((request, response) => {
  hits.push(request.url);
  response.end("out");
});
// A connection without a request is a leak as well.
canary.on("connection", () => hits.push("connection"));

let driver;
let session;

async function listening(server) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server.address().port;
}

async function freePort() {
  const server = createServer();
  const port = await listening(server);
  server.close();
  return port;
}

async function call(path, body, method = "POST") {
  const init = method === "GET" || method === "DELETE" ? { method } : { method, body: JSON.stringify(body) };
  const response = await fetch(`${driver.url}${path}`, { ...init, headers: { "content-type": "application/json" } });
  const { value } = await response.json();
  if (!response.ok) throw new Error(`${value.error}: ${value.message}`);
  return value;
}

/** Runs a function's body in the page and returns what it returns, awaited. */
const inPage = (script, ...args) =>
  call(`/session/${session}/execute/async`, {
    script: `const done = arguments[arguments.length - 1]; (async (...args) => { ${script} })(...arguments).then(done, (e) => done("threw: " + e));`,
    args,
  });

/** Asks until `wanted` comes back or ten seconds have passed, and returns the last answer. */
async function settled(ask, wanted) {
  const end = Date.now() + 10_000;
  let answer = await ask();
  while (answer !== wanted && Date.now() < end) {
    await pause(50);
    answer = await ask();
  }
  return answer;
}

before(async () => {
  const program = process.env.CCC_WINDOW;
  assert.ok(program, "CCC_WINDOW names no program");
  const port = await freePort();
  const env = { ...process.env, HOME: home, XDG_DATA_HOME: join(home, "data"), TAURI_WEBVIEW_AUTOMATION: "true" };
  const child = spawn("WebKitWebDriver", [`--port=${port}`], { env, stdio: "ignore" });
  child.on("error", (error) => console.error(`WebKitWebDriver: ${error.message}`));
  driver = { child, url: `http://127.0.0.1:${port}` };
  const up = () => fetch(`${driver.url}/status`).then((r) => r.ok, () => false);
  assert.equal(await settled(up, true), true, "WebKitWebDriver does not answer");
  const options = { "webkitgtk:browserOptions": { binary: program, args: [] } };
  session = (await call("/session", { capabilities: { alwaysMatch: options } })).sessionId;
});

after(async () => {
  if (session) await call(`/session/${session}`, {}, "DELETE").catch(() => {});
  driver?.child.kill();
  canary.closeAllConnections();
  canary.close();
  rmSync(home, { recursive: true, force: true });
});

test("the window shows the version that the Rust side answers", async () => {
  const footer = () => inPage(`return document.querySelector("footer")?.innerText ?? "";`);
  assert.equal(await settled(footer, `Version ${version}`), `Version ${version}`);
});

test("a command that no capability grants is denied, and Tauri is no global", async () => {
  const asked = await inPage(
    `return await window.__TAURI_INTERNALS__.invoke("plugin:app|version").then((v) => "answered " + v, () => "denied");`,
  );
  assert.equal(asked, "denied");
  assert.equal(await inPage(`return typeof window.__TAURI__;`), "undefined");
});

test("nothing inside the web view reaches the network or leaves our pages", async () => {
  const port = await listening(canary);
  const out = `http://127.0.0.1:${port}`;
  assert.equal(await (await fetch(`${out}/self`)).text(), "out", "the canary itself answers");
  assert.ok(hits.includes("/self"), "the canary counts what reaches it");
  hits.length = 0;
  const here = await inPage(`return location.href;`);
  await inPage(
    `const [out] = args;
     const add = (tag, set) => document.body.append(Object.assign(document.createElement(tag), set));
     await fetch(out + "/fetch").catch(() => {});
     try { new WebSocket(out.replace("http", "ws") + "/ws"); } catch {}
     try { new EventSource(out + "/events"); } catch {}
     navigator.sendBeacon(out + "/beacon");
     add("img", { src: out + "/img" });
     add("script", { src: out + "/script" });
     add("iframe", { src: out + "/frame" });
     for (const rel of ["stylesheet", "prefetch", "preconnect", "dns-prefetch"]) add("link", { rel, href: out + "/" + rel });
     const form = Object.assign(document.createElement("form"), { action: out + "/form", method: "post" });
     document.body.append(form);
     form.submit();
     window.open(out + "/open");`,
    out,
  );
  await inPage(`const [out] = args; location.href = out + "/navigation";`, out);
  // There is no event for a request that never comes; with the locks off, requests arrived well within this time.
  await pause(1500);
  assert.deepEqual(hits, []);
  assert.equal(await inPage(`return location.href;`), here, "the window stays on our page");
});
