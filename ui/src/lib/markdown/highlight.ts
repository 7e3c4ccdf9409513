/** A piece of code and what it is; `plain` is everything else. */
export interface CodeToken {
  kind: "plain" | "comment" | "string" | "number" | "keyword" | "name" | "added" | "removed";
  text: string;
}

/** Above this, code is shown without colours. */
const MOST_CHARACTERS = 60_000;

interface Grammar {
  comment: string;
  string: string;
  keywords: string;
}

const QUOTED = String.raw`"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?`;
const C_COMMENT = String.raw`\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)`;
const HASH = String.raw`#[^\n]*`;

const C_WORDS =
  "abstract as async await bool break case catch char class const continue crate default defer delete do double dyn else enum export extends extern false final finally float fn for from func function go if impl implements import in int interface let long loop match mod move mut namespace new nil null of override package private protected pub public readonly ref return self short signed sizeof static string struct super switch this throw throws trait true try type typeof undefined union unsafe unsigned use using var void where while yield";
const grammars: Record<string, Grammar> = {
  c: { comment: C_COMMENT, string: String.raw`\x60(?:\\.|[^\x60\\])*\x60?|${QUOTED}`, keywords: C_WORDS },
  python: {
    comment: HASH,
    string: String.raw`"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|${QUOTED}`,
    keywords:
      "and as assert async await break class continue def del elif else except False finally for from global if import in is lambda match case None nonlocal not or pass raise return self True try while with yield",
  },
  shell: {
    comment: String.raw`(?<=^|\s)#[^\n]*`,
    string: QUOTED,
    keywords: "case do done elif else esac export fi for function if in local return select set then until while cd echo exit sudo",
  },
  sql: {
    comment: String.raw`--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)`,
    string: QUOTED,
    keywords:
      "add all alter and as asc begin between by case commit create default delete desc distinct drop else end exists foreign from group having if in index inner insert into is join key left like limit not null offset on or order primary references rollback select set table then union unique update values view when where with",
  },
  data: { comment: HASH, string: QUOTED, keywords: "true false null yes no on off" },
  markup: { comment: String.raw`<!--[\s\S]*?(?:-->|$)`, string: QUOTED, keywords: "" },
  css: { comment: String.raw`\/\*[\s\S]*?(?:\*\/|$)`, string: QUOTED, keywords: "important media supports import layer container from to" },
};

const families: Record<string, string> = {
  c: "c c++ cpp cs csharp go java javascript js jsx kotlin php rust rs swift ts tsx typescript scala dart zig",
  python: "py python ruby rb",
  shell: "bash console fish powershell sh shell zsh dockerfile makefile",
  sql: "sql sqlite postgres mysql",
  data: "ini json json5 jsonc toml yaml yml env",
  markup: "html svelte svg vue xml",
  css: "css less scss",
};

const byLanguage = new Map(
  Object.entries(families).flatMap(([family, names]) => names.split(" ").map((name) => [name, family] as const)),
);
const patterns = new Map<string, RegExp>();

function patternOf(family: string): RegExp | undefined {
  const known = patterns.get(family);
  if (known !== undefined) return known;
  const grammar = grammars[family];
  if (grammar === undefined) return undefined;
  const words = grammar.keywords === "" ? "(?!)" : grammar.keywords.split(" ").join("|");
  const parts = [
    `(?<comment>${grammar.comment})`,
    `(?<string>${grammar.string})`,
    String.raw`(?<number>\b(?:0[xob][\da-f_]+|\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?)\b)`,
    String.raw`(?<keyword>\b(?:${words})\b)`,
    family === "markup" ? String.raw`(?<name><\/?[\w:-]+|\/?>)` : String.raw`(?<name>\b[A-Za-z_]\w*(?=\s*\(|\s*!\())`,
  ];
  const made = new RegExp(parts.join("|"), family === "sql" ? "gimu" : "gmu");
  patterns.set(family, made);
  return made;
}

/** The pieces of `code`, in order; joined they are `code` again. An unknown language is one plain piece. */
export function highlight(code: string, language: string): CodeToken[] {
  const name = language.toLowerCase().split(/[\s,{]/)[0] ?? "";
  if (code.length > MOST_CHARACTERS) return [{ kind: "plain", text: code }];
  if (name === "diff" || name === "patch") return diff(code);
  const pattern = patternOf(byLanguage.get(name) ?? "");
  if (pattern === undefined) return [{ kind: "plain", text: code }];
  const tokens: CodeToken[] = [];
  let at = 0;
  for (const match of code.matchAll(pattern)) {
    const kind = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined)?.[0];
    if (kind === undefined || match[0] === "") continue;
    if (match.index > at) tokens.push({ kind: "plain", text: code.slice(at, match.index) });
    tokens.push({ kind: kind as CodeToken["kind"], text: match[0] });
    at = match.index + match[0].length;
  }
  if (at < code.length) tokens.push({ kind: "plain", text: code.slice(at) });
  return tokens;
}

function diff(code: string): CodeToken[] {
  return code.split(/(?<=\n)/).map((text) => {
    if (/^\+(?!\+\+)/.test(text)) return { kind: "added", text };
    return { kind: /^-(?!--)/.test(text) ? "removed" : /^@@/.test(text) ? "name" : "plain", text };
  });
}
