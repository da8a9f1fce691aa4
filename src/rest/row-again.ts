import { ClaimstakeError } from '../errors.js'
import { rowsOf, type Call, type Row } from './call.js'
import type { Resource } from './resource.js'
import { idOf } from './id-of.js'
import { isIdAlone } from './written-row.js'

/**
 * A row that the caller was shown before, as far as he may see it now: without the fields he can no longer read on the
 * row as it has become. A row of which he was shown no more than the id stays as it is.
 *
 * @param row as JSON has it
 * @throws {ClaimstakeError} `NOT_FOUND` when he may not get it any more
 */
export async function rowAgain({ client, resource }: Call, row: Row): Promise<Row> {
  if (isIdAlone(resource, row)) return row
  const now = await rowsOf(client, resource).findUnique({ where: whereOf(resource, row) })
  if (!now) throw new ClaimstakeError('NOT_FOUND')
  return Object.fromEntries(Object.entries(row).filter(([name]) => now[name] !== undefined))
}

function whereOf(resource: Resource, row: Row): Row {
  return idOf(
    resource,
    resource.policy.model.id.map(({ name }) => String(row[name])),
  )
}
