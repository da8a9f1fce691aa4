import { sqlStateOf } from '../database-error.js'

/**
 * What to do about a statement that failed: where its table is missing, say how to make it; anything else stays what it is.
 *
 * @param subject what is missing, with its verb: `The table of revocations is`
 */
export function missingTable(subject: string): (cause: unknown) => never {
  return (cause) => {
    if (['42P01', '3F000'].includes(sqlStateOf(cause) ?? ''))
      throw new Error(`${subject} missing: call await migrate(pool) first`, { cause })
    throw cause
  }
}
