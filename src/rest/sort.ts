import type { Column } from '../catalog/model.js'
import { isOpenOnEveryRow, type Allowed } from '../policy/decide.js'
import type { Resource } from './resource.js'

/** One key of an order. */
export interface SortKey {
  readonly column: Column
  readonly descending: boolean
}

/** The values `sort` takes from this caller: each field he can read on every row, and the same with `_desc`. */
export function sortNames({ sortable }: Resource, decision: Allowed): readonly string[] {
  return [...sortable]
    .filter((name) => isOpenOnEveryRow(decision, name))
    .flatMap((name) => [name, `${name}_desc`])
}

/**
 * The complete order of a list: what the caller asked for, else newest first where the model has a creation time;
 * then the id in the direction of the last key, so that no two rows are equal.
 *
 * @param names values of {@link sortNames}
 */
export function sortKeys(
  resource: Resource,
  decision: Allowed,
  names: readonly string[],
): readonly SortKey[] {
  const { columns, id } = resource.policy.model
  const asked = names.flatMap((name): SortKey[] => {
    const exact = columns.get(name)
    const column = exact ?? columns.get(name.replace(/_desc$/u, ''))
    return column ? [{ column, descending: exact === undefined }] : []
  })
  const created = resource.creationTime
  const usual =
    created && isOpenOnEveryRow(decision, created.name) ? [{ column: created, descending: true }] : []
  const keys = asked.length > 0 ? asked : usual
  const descending = keys.at(-1)?.descending ?? false
  const ties = id.filter((column) => !keys.some((key) => key.column === column))
  return [...keys, ...ties.map((column) => ({ column, descending }))]
}

/** The order as Prisma takes it. */
export function toOrderBy(keys: readonly SortKey[]): readonly Readonly<Record<string, string>>[] {
  return keys.map(({ column, descending }) => ({ [column.name]: descending ? 'desc' : 'asc' }))
}
