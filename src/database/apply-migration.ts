import { createHash, randomUUID } from 'node:crypto'
import type { Client } from 'pg'
import { codeOf } from './error-facts.js'
import { endsTransactions } from './script-facts.js'

/** One migration of the folder. */
export interface Migration {
  readonly name: string
  readonly sql: string
}

/**
 * Applies a migration and records it, in one transaction: killed at any moment, it leaves both or neither. (Sent on its
 * own, Postgres runs a script to its end and commits it after who sent it was killed; a COMMIT that is sent behind it is
 * then never sent.) The connection is the one that holds the migration lock, so that whoever waits for that also waits
 * for what a killed one left running.
 *
 * @returns `false`, and nothing has happened, for a script that does not run in a transaction
 * @throws what Postgres says of the script; then too nothing has happened
 */
export async function applyAtOnce(client: Client, { name, sql }: Migration): Promise<boolean> {
  if (endsTransactions(sql)) return false
  await client.query('RESET ROLE; RESET ALL') // of the migration before, and the lock's own time limit
  // So that a killed one lets go within a second, not when its statement is over. Not known before Postgres 14.
  await client.query("SET client_connection_check_interval = '1s'").catch(() => undefined)
  await client.query('BEGIN')
  try {
    await client.query(setAside, [name])
    await client.query(record, [randomUUID(), checksumOf(sql), name])
    await client.query(sql)
    await client.query('COMMIT')
    return true
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined) // the first error says what is wrong
    if (needsNoTransaction(error)) return false
    throw error
  }
}

/** As `prisma migrate resolve --rolled-back` does: of what was cut short earlier there is nothing. */
const setAside = `
UPDATE _prisma_migrations SET rolled_back_at = now()
WHERE migration_name = $1 AND finished_at IS NULL AND rolled_back_at IS NULL`

/** As the engine does; before the script, which may change where tables are looked for. */
const record = `
INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
VALUES ($1, $2, $3, now(), now(), 1)`

/** Keeps what a migration failed of, as the engine does, so that it is not tried again before somebody has looked. */
export async function recordFailure(client: Client, { name, sql }: Migration, reason: string): Promise<void> {
  await client.query(
    'INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, logs) VALUES ($1, $2, $3, now(), $4)',
    [randomUUID(), checksumOf(sql), name, reason],
  )
}

/** What the engine keeps to notice that a file was edited. */
export function checksumOf(sql: string): string {
  return createHash('sha256').update(sql).digest('hex')
}

/** CREATE INDEX CONCURRENTLY, VACUUM …; a COMMIT inside a DO block or a procedure. */
function needsNoTransaction(error: unknown): boolean {
  return ['25001', '2D000'].includes(codeOf(error) ?? '')
}
