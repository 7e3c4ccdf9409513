import { mount } from "svelte";

import App from "./App.svelte";
import { createBackend } from "./lib/backend";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/parts.css";

const target = document.getElementById("app");
if (target === null) throw new Error("index.html has no #app");

// Before the first frame, so that a dark system never sees a white one.
const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
document.documentElement.dataset.theme = dark ? "dark" : "light";

mount(App, { target, props: { backend: await createBackend(window.location) } });

// What opens dialogs, menus and the palette is read once the window is there, before anybody can ask for one.
const AFTER_START_MS = 600;
const later = () => [import("./components/DialogBox.svelte"), import("./components/MenuList.svelte"), import("./features/palette/PaletteBox.svelte")];
setTimeout(() => void Promise.all<unknown>(later()), AFTER_START_MS);
