import type { Client } from 'pg'
import { checksumOf, type Migration } from './apply-migration.js'
import { messageOf } from './error-facts.js'
import { wasCutShort } from './migration-messages.js'
import { endsTransactions, failsWhenRepeated } from './script-facts.js'

/** The engine's lock, which the CLI and earlier versions of ours hold on the connection their scripts run on. */
const engineLock = 72_707_369

/**
 * The migrations that somebody was killed at who recorded their beginning on its own: the CLI, or an earlier version of
 * ours. Whether they happened nobody has recorded, and Postgres may have gone on with them. Those that happened as a
 * whole or not at all, and would be refused if they had, may be applied again.
 *
 * @throws Error that says what to do about the others
 */
export async function cutShort(client: Client, migrations: readonly Migration[]): Promise<string[]> {
  if (!(await hasRecords(client)) || (await unended(client)).length === 0) return []
  await settled(client)
  const rows = await unended(client)
  const open = rows.filter(({ name, checksum }) => {
    const sql = migrations.find((migration) => migration.name === name)?.sql
    if (sql === undefined || checksumOf(sql) !== checksum) return true
    return endsTransactions(sql) || !failsWhenRepeated(sql)
  })
  if (open.length > 0) throw wasCutShort(open.map(({ name }) => name))
  return rows.map(({ name }) => name)
}

async function hasRecords(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    "SELECT to_regclass('_prisma_migrations') IS NOT NULL AS found",
  )
  return rows[0]?.found ?? false
}

/** A failed one has `logs`. */
async function unended(client: Client): Promise<{ name: string; checksum: string }[]> {
  const { rows } = await client.query<{ name: string; checksum: string }>(
    `SELECT migration_name AS name, checksum FROM _prisma_migrations
     WHERE finished_at IS NULL AND rolled_back_at IS NULL AND coalesce(logs, '') = '' ORDER BY started_at`,
  )
  return rows
}

/** Waits until nobody is at it any more, as long as for our own lock. */
async function settled(client: Client): Promise<void> {
  await client.query('SELECT pg_advisory_lock($1)', [engineLock]).catch((cause: unknown) => {
    throw new Error(`A migration has been running in this database for a minute: ${messageOf(cause)}`, {
      cause,
    })
  })
  await client.query('SELECT pg_advisory_unlock($1)', [engineLock])
}
