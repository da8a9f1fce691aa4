import { ClaimstakeError } from '../errors.js'
import type { Call, Row } from './call.js'
import type { KeyValue } from './keyset.js'
import type { SortKey } from './sort.js'

/** What a cursor belongs to besides its caller. */
interface Listing {
  readonly keys: readonly SortKey[]
  readonly filters: readonly (readonly [string, string])[]
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
export function openCursor(call: Call, listing: Listing, cursor: string): readonly KeyValue[] {
  const text = call.settings.secrets.open(cursor, contextOf(call, listing))
  if (text === undefined) {
    throw new ClaimstakeError('INVALID_CURSOR', {
      detail: 'Use nextCursor as it was given, with the same filters and order.',
      errors: [{ parameter: 'cursor', code: 'invalid', detail: 'not a cursor of this request' }],
    })
  }
  const values = JSON.parse(text) as readonly unknown[]
  return listing.keys.map((key, at) => ({ ...key, value: fromText(key, values[at]) }))
}

function contextOf({ resource, principal, settings }: Call, { keys, filters }: Listing): string {
  const order = keys.map(({ column, descending }) => [column.name, descending])
  const sorted = [...filters].sort(([left], [right]) => (left < right ? -1 : 1))
  return JSON.stringify([resource.name, order, sorted, settings.principalKey(principal)])
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
