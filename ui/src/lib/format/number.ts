/** A number as a person writes it, with a point or a comma; null for what is none. */
export function readNumber(text: string, whole: boolean): number | null {
  const trimmed = text.trim().replace(",", ".");
  const value = Number(trimmed);
  return trimmed === "" || !Number.isFinite(value) || (whole && !Number.isInteger(value)) ? null : value;
}
