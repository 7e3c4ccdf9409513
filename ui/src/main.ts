import { mount } from "svelte";

import App from "./App.svelte";
import { createBackend } from "./lib/backend";
import { truthful } from "./lib/shell/sizes";
import { readLater } from "./later";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/parts.css";

const target = document.getElementById("app");
if (target === null) throw new Error("index.html has no #app");

// Before the first frame, so that a dark system never sees a white one.
const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
document.documentElement.dataset.theme = dark ? "dark" : "light";

// WebKitGTK 2.50 tells a list's new rows as 0 high when they come with a scroll that it has not laid out yet. A list takes
// that for their height, and so for out of sight, and never draws them: a short transcript began at its third row.
window.ResizeObserver = truthful(window.ResizeObserver);

mount(App, { target, props: { backend: await createBackend(window.location) } });

// What is not shown first is read once the window is there, before anybody can ask for it.
const AFTER_START_MS = 600;
setTimeout(() => void readLater(), AFTER_START_MS);
