import type { Model } from '../catalog/model.js'
import type { Caller } from './caller.js'
import { lockRows } from './lock-rows.js'
import type { Row } from './row.js'
import { scopedClient } from './scoped-client.js'
import { inTransaction, sql, type Unscoped } from './unscoped.js'

/** A transaction of one caller, for code of ours that needs more in it than the scoped client. */
export interface ScopedTransaction {
  /** His scoped client, in the transaction. */
  readonly client: object
  /** Locks a row against change until the end. It says nothing about whether there is such a row. */
  readonly lock: (model: Model, id: Row) => Promise<void>
  /** SQL on tables of our own: no rule looks at it, so it must never reach code that serves a caller. */
  readonly sql: (text: string, values: readonly unknown[]) => Promise<readonly Row[]>
}

/**
 * Runs work in a new transaction: all of it happens, or nothing.
 *
 * The rows that foreign keys refer to are locked and looked at for the last time at its end: a hundred writes take long
 * enough for whoever may only read a row to keep its owner from writing it.
 */
export function scopedTransaction<T>(
  caller: Caller,
  unscoped: Unscoped,
  work: (tx: ScopedTransaction) => Promise<T>,
): Promise<T> {
  return inTransaction(unscoped, async (tx) => {
    const lastChecks = new Map<string, () => Promise<void>>()
    const result = await work({
      client: scopedClient(caller, { ...tx, lastChecks }),
      lock: (model, id) => lockRows(tx, model, [id], 'NO KEY UPDATE'),
      sql: (text, values) => sql(tx, text, values) as Promise<readonly Row[]>,
    })
    // In one order, so that two of them do not wait for each other.
    for (const [, check] of [...lastChecks].sort(([one], [other]) => (one < other ? -1 : 1))) await check()
    return result
  })
}
