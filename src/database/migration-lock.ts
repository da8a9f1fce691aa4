import pg from 'pg'
import { messageOf } from './error-facts.js'

/** Any number that nobody else uses in this database. The engine has a lock of its own (72707369). */
const key = 4_019_637_284

/**
 * Runs `work` while holding a lock in the database, so that of several instances that start at once one
 * migrates and the others wait for it, at most a minute.
 *
 * @throws Error that names the database's address when it cannot be reached
 */
export async function withMigrationLock<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  client.on('error', () => undefined) // the next query reports it
  await client.connect().catch((cause: unknown) => {
    throw new Error(`The database at ${address(client)} cannot be reached: ${messageOf(cause)}`, { cause })
  })
  try {
    await client.query("SET lock_timeout = '60s'")
    await client.query('SELECT pg_advisory_lock($1)', [key]).catch((cause: unknown) => {
      throw new Error(`Another instance has been migrating the database for a minute: ${messageOf(cause)}`, {
        cause,
      })
    })
    return await work(client)
  } finally {
    await client.end() // and with the session, the lock
  }
}

/** Without user and password. */
const address = (client: pg.Client) => `${client.host}:${client.port}/${client.database ?? ''}`
