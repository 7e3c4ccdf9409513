import { Lexer, type Token } from "marked";

/** Above this a text is shown as it is: no answer meant to be read is this long, and reading it must not stall. */
const MOST_CHARACTERS = 512 * 1024;

/** How many parsed texts are kept: those of some sessions that a person switches between. */
const MOST_KEPT = 100;
const kept = new Map<string, Token[]>();

const plain = (text: string): Token[] => [{ type: "plain", raw: text, text }];

/** The blocks of a Markdown text. Text the parser gives up on comes back as one block of plain text. */
export function parseBlocks(text: string): Token[] {
  const source = text.replace(/\r\n?/g, "\n");
  if (source.length > MOST_CHARACTERS) return plain(source);
  try {
    return [...new Lexer({ gfm: true }).lex(source)];
  } catch {
    // Nesting deeper than the stack: hostile or broken text, still readable as text.
    return plain(source);
  }
}

/** As {@link parseBlocks}, for a text that is whole and may be shown again: reading it takes longer than drawing it. */
export function keptBlocks(text: string): Token[] {
  const known = kept.get(text);
  const blocks = known ?? parseBlocks(text);
  // The newest last, so that the first one is the one unused for longest.
  kept.delete(text);
  kept.set(text, blocks);
  const [oldest] = kept.keys();
  if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
  return blocks;
}

/**
 * The blocks of a text that grows. Finished blocks keep their identity, so that only the last ones are drawn again.
 *
 * A block is finished once two others follow it: until then a table row, a list item or an underline may still join it,
 * and the beginning of a list item looks like a paragraph of its own. At its end the whole text is parsed once more.
 */
export class GrowingBlocks {
  #source = "";
  #finished: Token[] = [];
  /** Where the unfinished part begins. */
  #from = 0;

  /** The blocks of `text`. Text that does not go on from the last one is parsed anew. */
  update(text: string, growing: boolean): Token[] {
    if (!growing) return keptBlocks(text);
    const source = text.replace(/\r\n?/g, "\n");
    if (!source.startsWith(this.#source)) [this.#finished, this.#from] = [[], 0];
    this.#source = source;
    const open = parseBlocks(source.slice(this.#from));
    const drawn = open.flatMap((block, i) => (block.type === "space" ? [] : [i]));
    for (const block of open.slice(0, drawn.at(-2) ?? 0)) {
      this.#finished.push(block);
      this.#from += block.raw.length;
    }
    return [...this.#finished, ...parseBlocks(repair(source.slice(this.#from)))];
  }
}

/** Closes what the end of an unfinished block leaves open, so that half a word of markup never flickers. */
export function repair(block: string): string {
  const fences = [...block.matchAll(/^[ \t]*(?:```|~~~).*$/gm)];
  if (fences.length % 2 === 1) return block;
  const closed = fences.at(-1);
  // What is fenced is whole; only the text after it may end half-written.
  const whole = closed === undefined ? 0 : closed.index + closed[0].length;
  return block.slice(0, whole) + closeInline(block.slice(whole));
}

function closeInline(half: string): string {
  const text = half.replace(/!?\[([^\]\n]*)\]\([^)\n]*$/, "$1").replace(/[*_~`]+$/, "");
  const outside = text.replace(/`[^`\n]*`/g, "");
  if (outside.includes("`")) return `${text}\``;
  const bold = (outside.match(/\*\*/g)?.length ?? 0) % 2 === 1;
  return bold ? `${text.trimEnd()}**` : text;
}
