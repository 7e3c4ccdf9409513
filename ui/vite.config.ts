import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [svelte()],
  clearScreen: false,
  // The port is the one tauri.conf.json names as devUrl.
  server: { port: 1420, strictPort: true },
  // The oldest webviews of the systems we build for: WebKitGTK 2.40 and Safari 16; WebView2 renews itself.
  // No inlined assets and no module preload shim: the content security policy admits neither.
  build: { target: "safari16", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
});
