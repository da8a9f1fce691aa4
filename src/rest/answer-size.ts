import { ClaimstakeError } from '../errors.js'
import type { Row } from './call.js'
import type { Resource } from './resource.js'
import type { Inclusion } from './shape.js'

/** Characters of one answer at most, nearly: a page of rows that are each as large as a body may be. */
const maxSize = 32 * 1024 * 1024

/**
 * Refuses to answer with more than an answer can hold. A row that many others refer to stands in it once for each of
 * them: a hundred large rows, each behind each of a hundred, would be more than JavaScript has room for.
 *
 * @param rows as they were read, related rows included
 * @throws {ClaimstakeError} `INVALID_PARAMETER`
 */
export function mustFit(resource: Resource, rows: readonly Row[], include: readonly Inclusion[]): void {
  if (sizeOf(resource, rows, include, new Map()) > maxSize)
    throw new ClaimstakeError('INVALID_PARAMETER', {
      detail: 'The answer would be too large: ask for fewer rows, fields or relations.',
    })
}

/** @param known the size of each row that was met; the same row may come many times */
function sizeOf(
  resource: Resource,
  rows: readonly Row[],
  include: readonly Inclusion[],
  known: Map<Row, number>,
): number {
  let size = 0
  for (const row of rows) {
    const own = known.get(row) ?? sizeOfRow(resource, row, include, known)
    known.set(row, own)
    size += own
  }
  return size
}

function sizeOfRow(
  { policy }: Resource,
  row: Row,
  include: readonly Inclusion[],
  known: Map<Row, number>,
): number {
  const own = [...policy.model.columns.keys()].map((name) => name.length + sizeOfValue(row[name]))
  const related = include.map(({ to: { relation, target }, include: below }) => {
    const value = row[relation.field]
    const rows = (Array.isArray(value) ? value : value ? [value] : []) as readonly Row[]
    return sizeOf(target, rows, below, known)
  })
  return [...own, ...related].reduce((sum, size) => sum + size, 0)
}

function sizeOfValue(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (value instanceof Uint8Array) return Math.ceil((value.length * 4) / 3)
  if (typeof value !== 'object' || value === null || value instanceof Date) return 8
  const members: readonly unknown[] = Object.entries(value).flat()
  return members.reduce<number>((sum, member) => sum + sizeOfValue(member), 0)
}
