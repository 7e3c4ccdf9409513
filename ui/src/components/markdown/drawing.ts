import type { Token, Tokens } from "marked";
import type { Attachment } from "svelte/attachments";

import { linkTarget } from "../../lib/markdown/links";
import { decodeReferences } from "../../lib/markdown/text";
import { markdown } from "../../lib/words/common";
import { iconPaths } from "../Icon.svelte";

/** Deeper nesting is not meant to be read, and must not exhaust the stack. */
export const DEEPEST = 20;
/** Where the links that are drawn lead. Kept beside them: an address in an attribute could be followed. */
const targets = new WeakMap<Element, string>();
type Open = (href: string) => void;
/** An element, or text. */
type Piece = HTMLElement | string;

/**
 * Draws pieces of Markdown into the element it stands on. Links and images never load or open anything by themselves. What
 * is drawn already stays, so that a selection in a text that grows stays too.
 *
 * By hand and not with a component for each piece: components took four fifths of the memory of a turn that is drawn, and
 * clearing that away stopped the scrolling for more than 100 ms. Text is handed over as it is, so that no script object
 * stands for it that must be cleared away as well.
 */
const drawing =
  (pieces: () => Piece[]): Attachment<HTMLElement> =>
  (drawn) => {
    const wanted = pieces();
    if (!drawn.hasChildNodes()) return drawn.append(...wanted);
    wanted.forEach((piece, i) => {
      const there = drawn.childNodes[i];
      if (there === undefined) drawn.append(piece);
      else if (!keep(there, piece)) there.replaceWith(piece);
    });
    while (drawn.childNodes.length > wanted.length) drawn.lastChild?.remove();
  };

/** The inside of a paragraph, a heading or a line. */
export const inline = (tokens: readonly Token[], depth: number, open: Open) => drawing(() => all(tokens, depth, open));

/** The items of a list that {@link isTight}. */
export const items = (list: Tokens.List, depth: number, open: Open) =>
  drawing(() => list.items.map((item) => element("li", item.tokens.map((each) => element("span", piecesOf(each, depth, open), { dir: "auto" })))));

/** Whether a list's items are lines of text and nothing else, as in most lists. */
export const isTight = (list: Tokens.List): boolean => list.items.every((item) => !item.task && item.tokens.every((each) => each.type === "text"));

/** Rows of a table, whose cells are `th` or `td`. */
export const rows = (cells: readonly Tokens.TableCell[][], name: "th" | "td", depth: number, open: Open) =>
  drawing(() => cells.map((row) => element("tr", row.map((cell) => element(name, all(cell.tokens, depth, open), attributesOf(cell, name))))));

function attributesOf({ align }: Tokens.TableCell, name: string): Record<string, string> {
  return { dir: "auto", ...(align && { class: align }), ...(name === "th" && { scope: "col" }) };
}

/** Makes what is there the same as `wanted`, if that takes no more than text at its end or other targets of links. */
function keep(there: Node, wanted: Piece): boolean {
  if (typeof wanted === "string") {
    if (!(there instanceof Text && wanted.startsWith(there.data))) return false;
    if (wanted.length > there.length) there.appendData(wanted.slice(there.length));
    return true;
  }
  if (!(there instanceof HTMLElement && there.isEqualNode(wanted))) return false;
  const links = linksIn(wanted).map((link) => targets.get(link) ?? "");
  linksIn(there).forEach((link, i) => targets.set(link, links[i] ?? ""));
  return true;
}

const linksIn = (piece: Element): Element[] => [...(piece.matches("button") ? [piece] : []), ...piece.querySelectorAll("button")];

const all = (tokens: readonly Token[], depth: number, open: Open): Piece[] => tokens.flatMap((each) => piecesOf(each, depth, open));

function piecesOf(token: Token, depth: number, open: Open): Piece[] {
  const inside = (): Piece[] => ("tokens" in token ? all(token.tokens ?? [], depth + 1, open) : []);
  if (depth > DEEPEST) return [token.raw];
  switch (token.type) {
    case "strong":
    case "em":
    case "del":
      return [element(token.type, inside())];
    case "codespan":
      return [element("code", [token.text], { dir: "ltr" })];
    case "br":
      return [element("br", [])];
    case "link":
      return [link(token.href, inside(), open)];
    case "image":
      return [image(token.href, token.text)];
    case "text":
      return "tokens" in token && token.tokens ? inside() : [decodeReferences(token.text)];
    case "escape":
      return [decodeReferences(token.text)];
    // Its list item draws it.
    case "checkbox":
      return [];
    default:
      return [token.raw];
  }
}

function element(name: string, inside: readonly (Piece | SVGElement)[], attributes: Record<string, string> = {}): HTMLElement {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...inside);
  return made;
}

function link(href: string, inside: readonly Piece[], open: Open): HTMLElement {
  const made = element("button", inside, { type: "button", role: "link" });
  targets.set(made, href);
  made.addEventListener("click", () => open(targets.get(made) ?? ""));
  return made;
}

function image(href: string, label: string): HTMLElement {
  const target = linkTarget(href);
  const said = target ? markdown.image(target.host) : markdown.imageHere;
  return element("span", [sign(), label ? `${said}: ${label}` : said], { class: "image" });
}

function sign(): SVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.append(document.createElementNS(svg.namespaceURI, "path"));
  svg.firstElementChild?.setAttribute("d", iconPaths.image);
  return svg;
}
