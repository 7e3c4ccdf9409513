/** The groups of a recovery key, in order. */
export const groupsOf = (key: string): string[] => key.split("-");

/** Two different places of `count`, in order, chosen by chance. */
export function pickTwo(count: number): [number, number] {
  const [a = 0, b = 0] = crypto.getRandomValues(new Uint32Array(2));
  const first = a % count;
  const second = (first + 1 + (b % (count - 1))) % count;
  return first < second ? [first, second] : [second, first];
}

/** Letters that Crockford's base32 leaves out, and what a person who wrote one of them meant. */
const MEANT: Record<string, string> = { O: "0", I: "1", L: "1" };

/** Whether what was typed is the group, whatever its case, spaces and dashes. */
export function sameGroup(typed: string, group: string): boolean {
  const plain = typed.toUpperCase().replace(/[\s-]/g, "").replace(/[OIL]/g, (letter) => MEANT[letter] ?? letter);
  return plain === group;
}
