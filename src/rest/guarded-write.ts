import { isNotFound } from '../database-error.js'
import { ClaimstakeError } from '../errors.js'
import { rowsOf, type Call, type Row } from './call.js'
import { stateOf } from './etag.js'
import { idParts } from './id-of.js'
import type { Precondition } from './precondition.js'
import { serializeRow } from './serialize.js'

/** The one statement of a write, on a scoped client. */
export type WriteStatement = (client: object, where: Row) => Promise<Row>

/**
 * Runs the one statement of an update or a delete. A version that `If-Match` names stands in its WHERE. Where a row
 * counts no versions it is locked first, read again and then written, in one transaction: what was compared is what
 * is written. Only when the statement hits nothing is it asked why: a row the caller may get has changed (412); any
 * other is not there, or as good as.
 *
 * @throws {ClaimstakeError} `NOT_FOUND`, `PRECONDITION_FAILED`, or what the scoped client refuses
 */
export async function guardedWrite(
  call: Call,
  precondition: Precondition,
  write: WriteStatement,
): Promise<Row> {
  if (precondition.kind !== 'states')
    return statement(
      call,
      call.client,
      precondition.kind === 'versions' ? precondition.where : undefined,
      write,
    )
  const { resource, transact } = call
  const isMet = (client: object) => isIn(precondition.states, call, client)
  // Asked before locking, or a wait would tell that somebody is writing a hidden row; and again once it is locked.
  if (!(await isMet(call.client))) return statement(call, call.client, noRow(call), write)
  return transact(async ({ client, lock }) => {
    await lock(resource.policy.model, idParts(resource, call.id))
    return statement(call, client, (await isMet(client)) ? undefined : noRow(call), write)
  })
}

async function statement(
  { resource, id }: Call,
  client: object,
  condition: Row | undefined,
  write: WriteStatement,
): Promise<Row> {
  try {
    return await write(client, { ...id, ...condition })
  } catch (error) {
    if (!isNotFound(error)) throw error
    const changed = condition && (await rowsOf(client, resource).findUnique({ where: id }))
    throw new ClaimstakeError(changed ? 'PRECONDITION_FAILED' : 'NOT_FOUND')
  }
}

/** Whether the row is in one of these states, as an ETag under any of the secrets tells it; `false` where the caller gets no such row. */
async function isIn(
  states: readonly string[],
  { resource, id, principal, settings }: Call,
  client: object,
): Promise<boolean> {
  const row = await rowsOf(client, resource).findUnique({ where: id })
  if (!row) return false
  const shown = serializeRow(resource, principal, row)
  return settings.secrets.each.some((secret) => states.includes(stateOf(resource.policy, secret, shown)))
}

/** Holds for no row: the write then only says why it would be refused, which comes before what has changed. */
function noRow({ resource: { policy } }: Call): Row {
  const [id] = policy.model.id
  return { AND: [{ [id?.name ?? '']: { in: [] } }] }
}
