import { createNodeResolver, importX } from "eslint-plugin-import-x";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript-eslint";

const here = fileURLToPath(new URL(".", import.meta.url));
const features = readdirSync(`${here}src/features`);
const source = (folder) => `${here}src/${folder}`;

/** Who may not import whom: components, then features, then screens; a feature never imports another one. */
const zones = [
  { target: source("lib"), from: ["components", "features", "screens"].map(source) },
  { target: source("components"), from: ["features", "screens"].map(source) },
  ...["backend", "cycle", "memory", "shell"].map((name) => ({ target: source("components"), from: source(`lib/${name}`) })),
  { target: source("features"), from: source("screens") },
  ...features.map((name) => ({ target: source(`features/${name}`), from: source("features"), except: [`./${name}`] })),
];

const globally = ["localStorage", "sessionStorage", "indexedDB", "caches", "eval", "Function", "fetch", "XMLHttpRequest", "WebSocket"];

export default ts.config(
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    // The parser within Svelte files is named here for plain files too: the import rules look from these into those.
    languageOptions: { globals: globals.browser, parserOptions: { parser: ts.parser } },
    plugins: { "import-x": importX },
    settings: {
      "import-x/resolver-next": [createNodeResolver({ extensions: [".ts", ".svelte.ts", ".svelte", ".js"] })],
      "import-x/parsers": { "@typescript-eslint/parser": [".ts"], "svelte-eslint-parser": [".svelte"] },
      "import-x/extensions": [".ts", ".svelte", ".js"],
      "import-x/ignore": ["node_modules"],
    },
    rules: {
      "import-x/no-cycle": ["error", { ignoreExternal: true }],
      "import-x/no-restricted-paths": ["error", { basePath: here, zones }],
      "no-restricted-globals": ["error", ...globally],
      "no-restricted-imports": ["error", { patterns: [{ group: ["@tauri-apps/*"], message: "Only lib/backend talks to the Rust side." }] }],
      "no-restricted-properties": [
        "error",
        ...["localStorage", "sessionStorage", "indexedDB"].map((property) => ({ object: "window", property })),
      ],
      "no-restricted-syntax": [
        "error",
        ...["innerHTML", "outerHTML", "insertAdjacentHTML", "srcdoc"].map((name) => ({
          selector: `MemberExpression[property.name="${name}"]`,
          message: "Text becomes elements, never markup.",
        })),
      ],
      "no-console": "error",
      "max-lines": ["error", { max: 300, skipBlankLines: false }],
      "svelte/no-at-html-tags": "error",
      "svelte/no-target-blank": "error",
      "svelte/button-has-type": "error",
      "svelte/no-navigation-without-resolve": "off",
      "svelte/prefer-svelte-reactivity": "off",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-dynamic-delete": "off",
    },
  },
  { files: ["src/lib/backend/types.ts"], rules: { "max-lines": "off" } },
  { files: ["src/lib/backend/tauri.ts", "src/lib/backend/bindings.ts"], rules: { "no-restricted-imports": "off" } },
  { files: ["src/**/*.test.ts", "src/test/**"], rules: { "no-restricted-syntax": "off", "max-lines": "off", "import-x/no-restricted-paths": "off", "@typescript-eslint/no-non-null-assertion": "off" } },
  { ignores: ["dist/", "src/lib/backend/bindings.ts"] },
);
