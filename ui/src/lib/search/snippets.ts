import type { Snippet } from "../backend/types";

/** A part of a line that was found, or lies between what was. */
export interface Piece {
  text: string;
  found: boolean;
}

/** A snippet cut at its marks; they count UTF-16 units, as strings here do. */
export function piecesOf({ text, marks }: Snippet): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const { start, end } of marks) {
    if (start > at) pieces.push({ text: text.slice(at, start), found: false });
    pieces.push({ text: text.slice(start, end), found: true });
    at = end;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), found: false });
  return pieces;
}
