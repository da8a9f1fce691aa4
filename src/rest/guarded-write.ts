import { isNotFound } from '../scope/not-found.js'
import { ClaimstakeError } from '../errors.js'
import { rowsOf, type Call, type Row } from './call.js'

/**
 * Runs the one statement of an update or a delete, `If-Match` in its WHERE. Only when it hits nothing is it asked
 * why: a row the caller may get has changed (412); any other is not there, or as good as.
 *
 * @throws {ClaimstakeError} `NOT_FOUND`, `PRECONDITION_FAILED`, or what the scoped client refuses
 */
export async function guardedWrite(
  { client, resource, id }: Call,
  condition: Row | undefined,
  write: (where: Row) => Promise<Row>,
): Promise<Row> {
  try {
    return await write({ ...id, ...condition })
  } catch (error) {
    if (!isNotFound(error)) throw error
    const changed = condition && (await rowsOf(client, resource).findUnique({ where: id }))
    throw new ClaimstakeError(changed ? 'PRECONDITION_FAILED' : 'NOT_FOUND')
  }
}
