import type { Column } from '../catalog/model.js'
import type { Resource } from './resource.js'

/** One key of an order. */
export interface SortKey {
  readonly column: Column
  readonly descending: boolean
}

/**
 * The complete order of a list: what the caller asked for, else newest first where the model has a creation time;
 * then the id in the direction of the last key, so that no two rows are equal.
 *
 * @param isOpen whether the caller can read a field on every row: an order tells about all of them
 * @param names fields, each as it is or with `_desc`
 * @returns `undefined` for a field that cannot be sorted by, or stands twice
 */
export function sortKeys(
  { sortable, creationTime, policy }: Resource,
  isOpen: (field: string) => boolean,
  names: readonly string[],
): readonly SortKey[] | undefined {
  const asked = names.map((name) => sortKey(policy.model.columns, name))
  const columns = asked.map((key) => key?.column)
  if (asked.some((key) => !key || !sortable.has(key.column.name) || !isOpen(key.column.name)))
    return undefined
  if (new Set(columns).size < columns.length) return undefined
  const usual = creationTime && isOpen(creationTime.name) ? [{ column: creationTime, descending: true }] : []
  const keys = asked.length > 0 ? asked.filter((key) => key !== undefined) : usual
  const descending = keys.at(-1)?.descending ?? false
  const ties = policy.model.id.filter((column) => !keys.some((key) => key.column === column))
  return [...keys, ...ties.map((column) => ({ column, descending }))]
}

/** The order as Prisma takes it. */
export function toOrderBy(keys: readonly SortKey[]): readonly Readonly<Record<string, string>>[] {
  return keys.map(({ column, descending }) => ({ [column.name]: descending ? 'desc' : 'asc' }))
}

function sortKey(columns: ReadonlyMap<string, Column>, name: string): SortKey | undefined {
  const exact = columns.get(name)
  const column = exact ?? columns.get(name.replace(/_desc$/u, ''))
  return column && { column, descending: exact === undefined }
}
