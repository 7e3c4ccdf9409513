import { Lexer, type Token } from "marked";

/** Above this a text is shown as it is: no answer meant to be read is this long, and reading it must not stall. */
const MOST_CHARACTERS = 512 * 1024;

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

/**
 * The blocks of a text that grows. Finished blocks keep their identity, so that only the last one is drawn again.
 *
 * A block is finished once another one follows it: until then a table row, a list item or an underline may still join it.
 */
export class GrowingBlocks {
  #source = "";
  #finished: Token[] = [];
  /** Where the unfinished part begins. */
  #from = 0;
  #blocks: Token[] = [];

  /** The blocks of `text`. Text that does not go on from the last one is parsed anew. */
  update(text: string, growing: boolean): Token[] {
    const source = text.replace(/\r\n?/g, "\n");
    if (source === this.#source && this.#blocks.length > 0 && !growing) return this.#close(source);
    if (!source.startsWith(this.#source)) [this.#finished, this.#from] = [[], 0];
    this.#source = source;
    if (!growing) return this.#close(source);
    const open = parseBlocks(source.slice(this.#from));
    const keep = open.findLastIndex((block) => block.type !== "space");
    for (const block of open.slice(0, Math.max(0, keep))) {
      this.#finished.push(block);
      this.#from += block.raw.length;
    }
    const tail = parseBlocks(repair(source.slice(this.#from)));
    this.#blocks = [...this.#finished, ...tail];
    return this.#blocks;
  }

  #close(source: string): Token[] {
    this.#blocks = [...this.#finished, ...parseBlocks(source.slice(this.#from))];
    return this.#blocks;
  }
}

/** Closes what the end of an unfinished block leaves open, so that half a word of markup never flickers. */
export function repair(block: string): string {
  const fences = block.match(/^ {0,3}(```|~~~)/gm)?.length ?? 0;
  if (fences % 2 === 1) return block;
  const text = block.replace(/!?\[([^\]\n]*)\]\([^)\n]*$/, "$1").replace(/[*_~`]+$/, "");
  const outside = text.replace(/`[^`\n]*`/g, "");
  if (outside.includes("`")) return `${text}\``;
  const bold = (outside.match(/\*\*/g)?.length ?? 0) % 2 === 1;
  return bold ? `${text.trimEnd()}**` : text;
}
