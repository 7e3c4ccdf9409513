import { mount } from "svelte";

import App from "./App.svelte";
import { createBackend } from "./lib/backend";
import { readLater } from "./later";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/parts.css";

const target = document.getElementById("app");
if (target === null) throw new Error("index.html has no #app");

// Before the first frame, so that a dark system never sees a white one.
const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
document.documentElement.dataset.theme = dark ? "dark" : "light";

mount(App, { target, props: { backend: await createBackend(window.location) } });

// What is not shown first is read once the window is there, before anybody can ask for it.
const AFTER_START_MS = 600;
setTimeout(() => void readLater(), AFTER_START_MS);
