import type { Pool, PoolClient } from 'pg'

const guarded = new WeakSet<Pool>()
const watched = new WeakSet<PoolClient>()

/**
 * Lets no connection back into a pool that is not at rest. When an answer does not come in time, the driver gives up
 * waiting, but the server goes on: the ROLLBACK behind it is never sent, and who is given that connection next writes
 * into the transaction of somebody else, is told it was done, and loses it. Such a connection is ended instead: with the
 * first answer that is not waited for any longer, and where it comes back amid a statement or a transaction.
 */
export function guardPool(pool: Pool): void {
  if (guarded.has(pool)) return
  guarded.add(pool)
  pool.on('acquire', endWhenSilent)
  pool.on('release', (_, client) => {
    if (!isAtRest(client)) end(client)
  })
}

/** What `pg` has of a connection, and its types leave out. */
interface Inside {
  query(...call: readonly unknown[]): unknown
  readonly connection: { readonly stream: { destroy(): void } }
  _getActiveQuery(): unknown
}

const inside = (client: PoolClient) => client as unknown as Inside

/** The server has answered everything, and no transaction is open. */
function isAtRest(client: PoolClient): boolean {
  return !inside(client)._getActiveQuery() && client.getTransactionStatus() === 'I'
}

/** What is sent behind an unanswered statement would wait for its time-out too, a ROLLBACK among it. */
function endWhenSilent(client: PoolClient): void {
  if (watched.has(client)) return
  watched.add(client)
  const send = inside(client).query.bind(client)
  inside(client).query = (...call) => {
    const answer = send(...call)
    if (answer instanceof Promise)
      answer.catch((error: unknown) => {
        if (error instanceof Error && error.message === 'Query read timeout') end(client)
      })
    return answer
  }
}

/** Without a goodbye, which would wait in a broken network. The server rolls back what it has not committed. */
function end(client: PoolClient): void {
  void client.end().catch(() => undefined)
  inside(client).connection.stream.destroy()
}
