import type { Policy } from '../policy/policy.js'
import { keyOf } from './lookup.js'
import { compareRows, type OrderKey } from './row-order.js'
import type { Row } from './row.js'

/**
 * The first rows of several lists, each in the same order, as one list; a row that several have is there once.
 *
 * If a list was cut short at `take` rows, what it lacks comes behind all it has, and so behind all that is taken here:
 * with `take` rows of each list, the first `take` of all of them are found.
 *
 * @returns `undefined` where only Postgres knows which of two rows comes first
 */
export function mergeRows(
  policy: Policy,
  lists: readonly (readonly Row[])[],
  keys: readonly OrderKey[],
  take: number,
): readonly Row[] | undefined {
  const filled = lists.filter((rows) => rows.length > 0)
  const [only, ...others] = filled
  if (only && others.length === 0) return only
  const next = filled.map(() => 0)
  const seen = new Set<string>()
  const merged: Row[] = []
  while (merged.length < take) {
    let first: { readonly row: Row; readonly of: number } | undefined
    for (const [of, rows] of filled.entries()) {
      const row = rows[next[of] ?? 0]
      if (!row) continue
      const order = first ? compareRows(keys, policy.model.enums, row, first.row) : -1
      if (order === undefined) return undefined
      if (order < 0) first = { row, of }
    }
    if (!first) return merged
    next[first.of] = (next[first.of] ?? 0) + 1
    const key = keyOf(policy, first.row)
    if (!seen.has(key)) merged.push(first.row)
    seen.add(key)
  }
  return merged
}
