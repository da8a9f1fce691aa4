import type { Column, Model } from '../catalog/model.js'
import type { Where } from '../policy/scope-to-where.js'
import type { SortKey } from './sort.js'

/** A sort key with its value on the last row of a page. */
export interface KeyValue extends SortKey {
  readonly value: unknown
}

/**
 * The rows that come after a row in an order, as ranges that follow each other, each a Prisma `where` that Postgres reads
 * in an index from its beginning, however far down the list it is. NULLs are where Postgres puts them: last ascending,
 * first descending.
 *
 * Of two keys it is one range, `a >= x AND (a > x OR (a = x AND b > y))`: with the bound in front Postgres starts at the
 * cursor, without it it filters every earlier row (measured on 20,000 rows: 0.1 against 3.4 ms). Many rows may have the
 * first of three keys in common, or have none; and of NULL and a value, or of several values of an enum, there is no
 * one bound: those are ranges of their own.
 */
export function after(keys: readonly KeyValue[], enums: Model['enums']): readonly Where[] {
  const [key, ...rest] = keys
  if (!key) return []
  const { value, column, descending } = key
  const [next, ...further] = rangesBeyond(key, enums)
  const tied = after(rest, enums).map((range) => ({ AND: [equal(key), range] }))
  if (!next) return tied
  if (rest.length !== 1 || value === null || !hasOrderOperators(column)) return [...tied, next, ...further]
  const bound = { [column.name]: { [descending ? 'lte' : 'gte']: value } }
  return [{ AND: [bound, { OR: [next, ...tied] }] }, ...further]
}

function equal({ column, value }: KeyValue): Where {
  return { [column.name]: { equals: value } }
}

/** What comes after a value of one key, in that order. */
function rangesBeyond({ column, value, descending }: KeyValue, enums: Model['enums']): readonly Where[] {
  const { name } = column
  if (value === null) return descending ? [{ [name]: { not: null } }] : []
  const values: Where[] = hasOrderOperators(column)
    ? [{ [name]: { [descending ? 'lt' : 'gt']: value } }]
    : valuesBeyond(column, value, descending, enums).map((next) => ({ [name]: { equals: next } }))
  return descending || column.required ? values : [...values, { [name]: { equals: null } }]
}

/** Prisma has no `gt` and `lt` for enums and Booleans; their few values are listed, the next one first. */
function hasOrderOperators(column: Column): boolean {
  return column.kind === 'scalar' && column.type !== 'Boolean'
}

function valuesBeyond(column: Column, value: unknown, descending: boolean, enums: Model['enums']): unknown[] {
  const ordered: readonly unknown[] = column.kind === 'enum' ? (enums[column.type] ?? []) : [false, true]
  const at = ordered.indexOf(value)
  return descending ? ordered.slice(0, at).reverse() : ordered.slice(at + 1)
}
