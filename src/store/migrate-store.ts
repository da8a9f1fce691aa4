import type { Pool, PoolClient } from 'pg'
import { migrationScript } from './migration-script.js'
import { storeMigrations, type StoreMigration } from './store-migrations.js'

/** How long another instance is waited for, in milliseconds. */
const patience = 60_000

/**
 * Makes the tables that Claimstake keeps for itself, in a Postgres schema `claimstake` that Prisma never looks at, or
 * brings them up to date. Call it once at start: instances that do so at the same time wait for each other, and one
 * that finds nothing to do needs no right to create anything.
 *
 * @param pool a `pg.Pool` on your database; its own time limits are not applied here
 * @throws Error that says what to do: the role may not create, a newer version was here, a file was changed
 * @example
 * await migrate(pool)
 * const authenticate = authenticator({ issuers, apiKeys: apiKeys(pool) })
 */
export async function migrateStore(
  pool: Pick<Pool, 'connect'>,
  migrations: readonly StoreMigration[] = storeMigrations(),
): Promise<void> {
  const client = await pool.connect().catch((cause: unknown) => {
    const causes = (cause instanceof AggregateError ? cause.errors : [cause]) as Error[]
    const reason = causes.map(({ message }) => message).join(', ')
    throw new Error(`The database cannot be reached: ${reason}`, { cause })
  })
  // A setting of pg that its types do not know.
  const script = { text: migrationScript(migrations), query_timeout: patience + 1000 }
  try {
    // Whatever the role's default: after waiting for the lock, what the other instance did must be seen.
    await client.query('BEGIN ISOLATION LEVEL READ COMMITTED')
    await client.query(`SET LOCAL statement_timeout = ${patience}`)
    await client.query(`SET LOCAL lock_timeout = ${patience}`)
    await client.query(script)
    await client.query('COMMIT')
    client.release()
  } catch (cause) {
    const error = await explained(client, cause)
    client.release(true)
    throw error
  }
}

/** In words of what to do about it. */
async function explained(client: PoolClient, cause: unknown): Promise<unknown> {
  const { code, message } = cause as { code?: unknown; message?: unknown }
  if (code === 'P0001') return new Error(String(message), { cause })
  if (code !== '42501') return cause
  const role = await client.query('ROLLBACK').then(() => client.query<{ name: string }>(currentRole))
  const name = role.rows[0]?.name ?? ''
  return new Error(
    `The database role ${name} may not make the tables that Claimstake keeps for itself (${String(message)}). ` +
      `Let somebody who may run: CREATE SCHEMA claimstake AUTHORIZATION ${name}; then start again.`,
    { cause },
  )
}

const currentRole = 'SELECT quote_ident(current_user) AS name'
