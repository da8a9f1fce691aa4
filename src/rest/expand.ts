import type { Row } from './call.js'
import { relatedRows, type Reader } from './related-rows.js'
import type { Resource } from './resource.js'
import type { Inclusion } from './shape.js'

/**
 * Adds to rows the lists of related rows that come along, and so on below them: the rows that they refer to are there
 * already. Every related row is read by the scoped client, under the rules of its own model.
 *
 * @param reading how the rows were read: `get` of one, or `list`
 * @returns copies of the rows, in their order
 */
export async function expand(
  reader: Reader,
  resource: Resource,
  rows: readonly Row[],
  include: readonly Inclusion[],
  reading: 'get' | 'list',
): Promise<readonly Row[]> {
  let expanded = rows
  // One after another: a call takes no more of the pool than one connection.
  for (const inclusion of include) expanded = await expandOne(reader, resource, expanded, inclusion, reading)
  return expanded
}

async function expandOne(
  reader: Reader,
  resource: Resource,
  rows: readonly Row[],
  inclusion: Inclusion,
  reading: 'get' | 'list',
): Promise<readonly Row[]> {
  const { to, include } = inclusion
  const { field, list } = to.relation
  if (!list) {
    const single = rows.flatMap((row) => (row[field] ? [row[field] as Row] : []))
    const byRow = paired(single, await expand(reader, to.target, single, include, 'get'))
    return rows.map((row) => ({ ...row, [field]: byRow.get(row[field] as Row) ?? null }))
  }
  const lists = await relatedRows(reader, resource, rows, inclusion, reading)
  const related = [...new Set(lists.flat())]
  const byRow = paired(related, await expand(reader, to.target, related, include, 'list'))
  return rows.map((row, at) => ({ ...row, [field]: (lists[at] ?? []).map((each) => byRow.get(each)) }))
}

function paired(before: readonly Row[], after: readonly Row[]): ReadonlyMap<Row, Row> {
  return new Map(before.map((row, at) => [row, after[at] ?? row]))
}
