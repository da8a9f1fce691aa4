import { ClaimstakeError } from '../errors.js'
import type { Call, Row } from './call.js'
import type { ToFault } from './faults.js'
import type { KeyValue } from './keyset.js'
import type { SortKey } from './sort.js'

/** What a cursor belongs to besides its caller. */
interface Listing {
  readonly keys: readonly SortKey[]
  /** The filter as it was sent; the order of its keys does not matter. */
  readonly filter: unknown
}

/** The cursor behind a row: its sort values, sealed together with model, order, filters and caller. */
export function cursorAfter(call: Call, listing: Listing, last: Row): string {
  const values = listing.keys.map(({ column }) => toText(last[column.name]))
  return call.settings.secrets.seal(JSON.stringify(values), contextOf(call, listing))
}

/**
 * Opens a cursor.
 *
 * @throws {ClaimstakeError} `INVALID_CURSOR` when it was altered, or made for another query or caller
 */
export function openCursor(
  call: Call,
  listing: Listing,
  cursor: string,
  toFault: ToFault,
): readonly KeyValue[] {
  const text = call.settings.secrets.open(cursor, contextOf(call, listing))
  if (text === undefined) {
    throw new ClaimstakeError('INVALID_CURSOR', {
      detail: 'Use nextCursor as it was given, with the same filters and order.',
      errors: [toFault('cursor', 'not a cursor of this request')],
    })
  }
  const values = JSON.parse(text) as readonly unknown[]
  return listing.keys.map((key, at) => ({ ...key, value: fromText(key, values[at]) }))
}

/** The row in the path is part of it: a relation of one row is another list than that of the next. */
function contextOf({ resource, principal, settings, relation, id }: Call, { keys, filter }: Listing): string {
  const order = keys.map(({ column, descending }) => [column.name, descending])
  const behind = relation && [relation.relation.name, relation.relation.field, id]
  return JSON.stringify(
    [resource.name, order, filter, behind ?? [], settings.principalKey(principal)],
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
