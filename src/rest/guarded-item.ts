import { ClaimstakeError } from '../errors.js'
import type { BatchWrite, NamedRow } from './batch.js'
import { guardedWrite, type WriteStatement } from './guarded-write.js'

/**
 * The guarded write of one item of a batch: as of the row's own address, in the transaction of the batch. What no row
 * can have as its id is told as a row that is not there.
 */
export function guardedItem(
  { id, key, precondition }: NamedRow,
  fields: BatchWrite['fields'],
  write: WriteStatement,
): BatchWrite {
  return {
    fields,
    key,
    write: async (call) => {
      if (!id) throw new ClaimstakeError('NOT_FOUND')
      return guardedWrite({ ...call, id }, precondition, write)
    },
  }
}
