import type { Column, Model } from '../catalog/model.js'
import { listOf } from './list-of.js'
import type { Row } from './row.js'
import { isPlainObject } from './unsupported.js'

/** One key of an order. */
export interface OrderKey {
  readonly column: Column
  readonly descending: boolean
}

/** The keys of an `orderBy`; `undefined` where it names anything but columns, each with its direction. */
export function orderKeys(model: Model, orderBy: unknown): readonly OrderKey[] | undefined {
  const keys = listOf(orderBy).map((order) => {
    const [[name, direction] = [], ...more] = isPlainObject(order) ? Object.entries(order) : []
    const column = name === undefined ? undefined : model.columns.get(name)
    if (!column || more.length > 0 || (direction !== 'asc' && direction !== 'desc')) return undefined
    return { column, descending: direction === 'desc' }
  })
  return keys.every((key) => key !== undefined) ? keys : undefined
}

/**
 * Which of two rows Postgres puts first: negative for the left one, positive for the right one, 0 for neither.
 *
 * @returns `undefined` where only Postgres knows: of two texts, for one, whose order its collation makes
 */
export function compareRows(
  keys: readonly OrderKey[],
  enums: Model['enums'],
  left: Row,
  right: Row,
): number | undefined {
  for (const { column, descending } of keys) {
    const order = compareValues(column, enums, left[column.name], right[column.name])
    if (order !== 0) return order !== undefined && descending ? -order : order
  }
  return 0
}

/** In ascending order, where NULL is behind everything. */
function compareValues(
  column: Column,
  enums: Model['enums'],
  left: unknown,
  right: unknown,
): number | undefined {
  if (left === null || right === null) return Number(left === null) - Number(right === null)
  const [a, b] = [rankOf(column, enums, left), rankOf(column, enums, right)]
  if (a === undefined || b === undefined) return column.type === 'String' && left === right ? 0 : undefined
  return a < b ? -1 : Number(a > b)
}

/** A value as one that JavaScript orders as Postgres does. */
function rankOf(column: Column, enums: Model['enums'], value: unknown): number | bigint | string | undefined {
  if (column.list) return undefined
  if (column.kind === 'enum') {
    const at = enums[column.type]?.indexOf(value as string) ?? -1
    return at < 0 ? undefined : at
  }
  if (typeof value === 'bigint') return value
  if (typeof value === 'boolean') return Number(value)
  if (typeof value === 'number') return Number.isNaN(value) ? undefined : value
  if (typeof value === 'string' && column.native === 'Uuid') return value
  // What the column keeps beyond milliseconds, a Date has lost.
  if (value instanceof Date && isWholeMilliseconds(column)) return value.getTime()
  return undefined
}

function isWholeMilliseconds({ native }: Column): boolean {
  return native === undefined || native === 'Date' || /^Timestamp(?:tz)?\([0-3]\)$/u.test(native)
}
