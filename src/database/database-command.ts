import type { Pool } from 'pg'
import { UsageError } from '../config/command-line.js'
import { readDatabaseSettings } from '../config/env.js'
import { useEmbeddedPostgres } from './embedded-postgres.js'
import { messageOf } from './error-facts.js'
import { createPool } from '../connections/create-pool.js'

/** What a command does on the database, and where that is. */
export type DatabaseWork = (pool: Pool, url: string) => Promise<void>

/**
 * Runs a command on the service's database, and says on standard error what went wrong: a call that cannot be understood,
 * with the usage, exits with 2, anything else with 1.
 *
 * @param planOf reads the arguments, before a database is opened, or made, for them; no plan: print the usage
 */
export async function databaseCommand(
  usage: string,
  planOf: (args: string[]) => DatabaseWork | undefined | Promise<DatabaseWork | undefined>,
): Promise<void> {
  try {
    const work = await planOf(process.argv.slice(2))
    if (work) await withDatabase(work)
    else console.log(usage)
  } catch (error) {
    console.error(messageOf(error))
    if (error instanceof UsageError) console.error(`\n${usage}`)
    process.exitCode = error instanceof UsageError ? 2 : 1
  }
}

/** That of DATABASE_URL, or the embedded one: as the service has it, or started for the moment. */
async function withDatabase(work: DatabaseWork): Promise<void> {
  const settings = readDatabaseSettings()
  const log = (message: string) => console.error(message)
  const embedded =
    settings.DATABASE_URL === undefined
      ? await useEmbeddedPostgres({ folder: settings.DATA_FOLDER, log })
      : undefined
  const url = settings.DATABASE_URL ?? embedded?.url ?? ''
  const pool = createPool({
    url,
    maxConnections: 1,
    acquireTimeout: 10_000,
    statementTimeout: 10_000,
    onError: () => undefined, // the next query reports it
  })
  try {
    await work(pool, url)
  } finally {
    await pool.end()
    await embedded?.stop()
  }
}
