import { ClaimstakeError } from '../errors.js'
import type { Call, Row } from './call.js'
import type { ToFault } from './faults.js'
import type { KeyValue } from './keyset.js'
import type { Order, SortKey } from './sort.js'

/** The cursor behind a row: its sort values, sealed together with model, order, filter and caller. */
export function cursorAfter(call: Call, asked: unknown, order: Order, last: Row): string {
  const values = order.map(({ column }) => toText(last[column.name]))
  return call.settings.secrets.seal(JSON.stringify(values), contextOf(call, asked, order))
}

/**
 * Opens a cursor.
 *
 * @param asked filter and sort as they were sent; the order of the filter's keys does not matter
 * @param orders those it may have been given for
 * @returns the order that it was given for, with the values of the row before the page
 * @throws {ClaimstakeError} `INVALID_CURSOR` when it was altered, or made for another query or caller
 */
export function openCursor(
  call: Call,
  asked: unknown,
  orders: readonly Order[],
  cursor: string,
  toFault: ToFault,
): readonly KeyValue[] {
  for (const order of orders) {
    const text = call.settings.secrets.open(cursor, contextOf(call, asked, order))
    if (text === undefined) continue
    const values = JSON.parse(text) as readonly unknown[]
    return order.map((key, at) => ({ ...key, value: fromText(key, values[at]) }))
  }
  throw new ClaimstakeError('INVALID_CURSOR', {
    detail: 'Use nextCursor as it was given, with the same filters and order.',
    errors: [toFault('cursor', 'not a cursor of this request')],
  })
}

/** The row in the path is part of it: a relation of one row is another list than that of the next. */
function contextOf(
  { resource, principal, settings, relation, id }: Call,
  asked: unknown,
  order: Order,
): string {
  const sort = order.map(({ column, descending }) => [column.name, descending])
  const behind = relation && [relation.relation.name, relation.relation.field, id]
  return JSON.stringify(
    [resource.name, sort, asked, behind ?? [], settings.identityText(principal)],
    canonical,
  )
}

/** Objects by the order of their keys, and what JSON has no form for as text. */
function canonical(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const entries = Object.entries(value as Row)
  return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)))
}

function toText(value: unknown): unknown {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  return typeof value === 'bigint' || isDecimal(value) ? value.toString() : value
}

function isDecimal(value: unknown): value is { toString(): string } {
  return typeof value === 'object' && value !== null
}

function fromText({ column }: SortKey, value: unknown): unknown {
  if (value === null) return null
  if (column.type === 'BigInt') return BigInt(value as string)
  return column.type === 'DateTime' ? new Date(value as string) : value
}
