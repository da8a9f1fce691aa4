/** Rows that one statement of ours names at most: far from the number that Prisma would split it at. */
const perPart = 500

/** A list in parts that one statement each can name; one part of most lists. */
export function inParts<Item>(list: readonly Item[]): readonly (readonly Item[])[] {
  if (list.length <= perPart) return [list]
  const parts: (readonly Item[])[] = []
  for (let at = 0; at < list.length; at += perPart) parts.push(list.slice(at, at + perPart))
  return parts
}
