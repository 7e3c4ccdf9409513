import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [svelte(), svelteTesting()],
  clearScreen: false,
  // The port is the one tauri.conf.json names as devUrl. The packages lie beside this folder, not in it.
  server: { port: 1420, strictPort: true, fs: { allow: [".."] } },
  // The oldest webviews of the systems we build for: WebKitGTK 2.40 and Safari 16; WebView2 renews itself.
  // No inlined assets and no module preload shim: the content security policy admits neither.
  build: {
    target: "safari16",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What the first frame needs is one file: each further one is asked for through the process that opens the window.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "first", tags: ["$initial"] }] } } },
  },
  // jsdom and no other imitation of a browser: one of them lets what a sanitiser must stop go through.
  test: { environment: "jsdom", setupFiles: ["src/test/setup.ts"], include: ["src/**/*.test.ts"], restoreMocks: true, testTimeout: 20_000 },
});
