import type { Column } from '../catalog/model.js'
import type { Resource } from './resource.js'

/** One key of an order. */
export interface SortKey {
  readonly column: Column
  readonly descending: boolean
}

/** The keys of an order, the first one first. */
export type Order = readonly SortKey[]

/**
 * The complete orders a list can have: what the caller asked for; else newest first where the model has a creation time
 * that they read, or by id. The first is the order of a first page. The id comes last, in the direction of the last key,
 * so that no two rows are equal.
 *
 * A cursor goes on in the order it was given for, so a caller who comes to read the creation time keeps theirs by id.
 *
 * @param isOpen whether the caller can read a field on every row: an order tells about all of them
 * @param names fields, each as it is or with `_desc`
 * @returns none for a field that cannot be sorted by, or stands twice
 */
export function ordersOf(
  { sortable, creationTime, policy }: Resource,
  isOpen: (field: string) => boolean,
  names: readonly string[],
): readonly Order[] {
  const asked = names.flatMap((name) => sortKey(policy.model.columns, name) ?? [])
  const columns = new Set(asked.map(({ column }) => column))
  const isUsable = [...columns].every(({ name }) => sortable.has(name) && isOpen(name))
  if (!isUsable || columns.size < names.length) return []
  const newest = creationTime && isOpen(creationTime.name) ? [{ column: creationTime, descending: true }] : []
  const orders = names.length > 0 ? [asked] : newest.length > 0 ? [newest, []] : [[]]
  return orders.map((keys) => {
    const descending = keys.at(-1)?.descending ?? false
    const ties = policy.model.id.filter((column) => !keys.some((key) => key.column === column))
    return [...keys, ...ties.map((column) => ({ column, descending }))]
  })
}

/** The order as Prisma takes it. */
export function toOrderBy(keys: Order): readonly Readonly<Record<string, string>>[] {
  return keys.map(({ column, descending }) => ({ [column.name]: descending ? 'desc' : 'asc' }))
}

function sortKey(columns: ReadonlyMap<string, Column>, name: string): SortKey | undefined {
  const exact = columns.get(name)
  const column = exact ?? columns.get(name.replace(/_desc$/u, ''))
  return column && { column, descending: exact === undefined }
}
