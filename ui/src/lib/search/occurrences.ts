/** In lower case where that keeps every place; as it is where a letter would grow or shrink. */
function folded(text: string): string {
  const lower = text.toLowerCase();
  return lower.length === text.length ? lower : text;
}

/** Where `wanted` begins in `text`, whatever the case; occurrences do not overlap. */
export function occurrences(text: string, wanted: string): number[] {
  const [inside, needle] = [folded(text), folded(wanted)];
  const found: number[] = [];
  if (needle === "") return found;
  for (let at = inside.indexOf(needle); at >= 0; at = inside.indexOf(needle, at + needle.length)) found.push(at);
  return found;
}

/** The occurrences of `wanted` in what is drawn within `root`, also across elements. */
export function rangesIn(root: Node, wanted: string): Range[] {
  const nodes: { node: Text; start: number }[] = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  let text = "";
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    nodes.push({ node: node as Text, start: text.length });
    text += node.nodeValue ?? "";
  }
  const place = (at: number) => {
    const found = nodes.findLast(({ start }) => start <= at);
    return found === undefined ? undefined : { node: found.node, offset: at - found.start };
  };
  return occurrences(text, wanted).flatMap((at) => {
    const [from, to] = [place(at), place(at + wanted.length - 1)];
    if (from === undefined || to === undefined) return [];
    const range = document.createRange();
    range.setStart(from.node, from.offset);
    range.setEnd(to.node, to.offset + 1);
    return [range];
  });
}
