import type { Column, Model } from '../catalog/model.js'
import type { Where } from '../policy/scope-to-where.js'
import type { SortKey } from './sort.js'

/** A sort key with its value on the last row of a page. */
export interface KeyValue extends SortKey {
  readonly value: unknown
}

/**
 * The rows that come after a row in an order, as a Prisma `where`: `a > x OR (a = x AND b > y) …`, each term in its
 * key's direction. NULLs are where Postgres puts them: last ascending, first descending.
 *
 * A bound on the first key stands in front: with it Postgres starts reading the index at the cursor, without it it
 * filters every earlier row (measured on 20,000 rows: 0.1 against 3.4 ms).
 */
export function after(keys: readonly KeyValue[], enums: Model['enums']): Where {
  const terms = keys.flatMap((key, at) => {
    const further = beyond(key, enums)
    return further ? [{ AND: [...keys.slice(0, at).map(equal), further] }] : []
  })
  const [first] = keys
  const bounded = first && first.value !== null && first.column.required && hasOrderOperators(first.column)
  const bound = bounded ? [{ [first.column.name]: { [first.descending ? 'lte' : 'gte']: first.value } }] : []
  return { AND: [...bound, { OR: terms }] }
}

function equal({ column, value }: KeyValue): Where {
  return { [column.name]: { equals: value } }
}

/** What comes after a value of one key; `undefined` where nothing can. The last key is an id: never null. */
function beyond({ column, value, descending }: KeyValue, enums: Model['enums']): Where | undefined {
  const { name } = column
  if (value === null) return descending ? { [name]: { not: null } } : undefined
  const options: Where[] = hasOrderOperators(column)
    ? [{ [name]: { [descending ? 'lt' : 'gt']: value } }]
    : valuesBeyond(column, value, descending, enums).map((next) => ({ [name]: { equals: next } }))
  if (!descending && !column.required) options.push({ [name]: { equals: null } })
  return options.length > 0 ? { OR: options } : undefined
}

/** Prisma has no `gt` and `lt` for enums and Booleans; their few values are listed in Postgres's order. */
function hasOrderOperators(column: Column): boolean {
  return column.kind === 'scalar' && column.type !== 'Boolean'
}

function valuesBeyond(column: Column, value: unknown, descending: boolean, enums: Model['enums']): unknown[] {
  const ordered: readonly unknown[] = column.kind === 'enum' ? (enums[column.type] ?? []) : [false, true]
  const at = ordered.indexOf(value)
  return descending ? ordered.slice(0, at) : ordered.slice(at + 1)
}
