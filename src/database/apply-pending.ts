import { join } from 'node:path'
import type { MigrationList } from '@prisma/schema-engine-wasm'
import type { Client } from 'pg'
import { applyAtOnce, recordFailure, type Migration } from './apply-migration.js'
import { cutShort } from './cut-short.js'
import { riskySteps } from './data-loss.js'
import { readMigrations } from './migration-folder.js'
import { acceptance, failedEarlier, readable, unaccepted, wasCutShort } from './migration-messages.js'
import { everything, type Engine } from './schema-engine.js'
import { scriptFailure } from './script-failure.js'

/** What {@link applyPending} needs to know. */
export interface ApplyOptions {
  readonly migrationsFolder: string
  /** In `development` a failed migration may be corrected and tried again. */
  readonly mode: 'development' | 'production'
  readonly log: (message: string) => void
}

/**
 * Applies the migrations of the folder that the database has not had yet, each as a whole wherever Postgres can.
 *
 * @param client the connection that holds the migration lock
 * @throws Error on a history that applying more could only make worse, and when one fails
 */
export async function applyPending(engine: Engine, client: Client, options: ApplyOptions): Promise<void> {
  const list = await readMigrations(options.migrationsFolder)
  const migrations = list.migrationDirectories.map(({ path: name, migrationFile }): Migration => ({
    name,
    sql: migrationFile.content.value,
  }))
  const again = await cutShort(client, migrations)
  const pending = async (without: readonly string[]) => {
    const names = await pendingNames(engine, list, without)
    return migrations.filter(({ name }) => names.includes(name))
  }
  const known = await pending(again)
  refuseUnaccepted(list.baseDir, known)
  for (const migration of migrations.filter(({ name }) => again.includes(name))) {
    await applyAgain(client, migration)
    options.log(`Applied migration ${migration.name}`)
  }
  if (known.length === 0) return
  // The engine makes its table of them, or refuses a database that has others; and from here on its connection keeps the
  // CLI out. What that has applied until then is pending no more.
  await applyByEngine(engine, list, [])
  for (const migration of await pending([])) {
    if (!(await applyWhole(client, migration, options)))
      await applyByEngine(engine, list, list.migrationDirectories.slice(0, migrations.indexOf(migration) + 1))
    options.log(`Applied migration ${migration.name}`)
  }
}

async function diagnose(engine: Engine, migrationsList: MigrationList) {
  const question = { migrationsList, optInToShadowDatabase: false, filters: everything }
  return await engine.diagnoseMigrationHistory(question).catch((error: unknown) => {
    throw readable(error)
  })
}

/** @param again those that are about to be applied again, so that what is recorded of them does not count */
async function pendingNames(
  engine: Engine,
  migrationsList: MigrationList,
  again: readonly string[],
): Promise<string[]> {
  const { editedMigrationNames, failedMigrationNames, history } = await diagnose(engine, migrationsList)
  const failed = failedMigrationNames.filter((name) => !again.includes(name))
  if (failed.length > 0) throw failedEarlier(failed)
  if (editedMigrationNames.length > 0) {
    throw new Error(
      `Edited after it had been applied: ${editedMigrationNames.join(', ')}. ` +
        'Restore the file (git checkout) and put the change in a migration of its own.',
    )
  }
  if (!history) return []
  if (history.diagnostic === 'databaseIsBehind') return history.unappliedMigrationNames
  throw new Error(
    `The database has had migrations that the folder has not: ${history.unpersistedMigrationNames.join(', ')}. ` +
      'Start the version that has them, or use another database (in development: delete .data).',
  )
}

function refuseUnaccepted(folder: string, pending: readonly Migration[]): void {
  const held = pending.find(({ sql }) => sql.includes(unaccepted))
  if (held) throw acceptance(join(folder, held.name, 'migration.sql'), riskySteps(held.sql))
}

async function applyAgain(client: Client, migration: Migration): Promise<void> {
  const applied = await applyAtOnce(client, migration).catch((error: unknown) => {
    throw wasCutShort([migration.name], error)
  })
  if (!applied) throw wasCutShort([migration.name])
}

/** One that fails has left nothing. In production it is not tried again on its own; corrected in development it may be. */
async function applyWhole(client: Client, migration: Migration, { mode }: ApplyOptions): Promise<boolean> {
  return await applyAtOnce(client, migration).catch(async (error: unknown) => {
    const message = scriptFailure(error, migration.sql)
    // Where even that fails, it is tried again.
    if (mode === 'production') await recordFailure(client, migration, message).catch(() => undefined)
    throw new Error(`Migration ${migration.name} failed: ${message}`, { cause: error })
  })
}

/** Applies what of these has not been applied; what cannot happen as a whole is sent as it is, on its own. */
async function applyByEngine(
  engine: Engine,
  list: MigrationList,
  migrationDirectories: MigrationList['migrationDirectories'],
): Promise<void> {
  await engine
    .applyMigrations({ migrationsList: { ...list, migrationDirectories }, filters: everything })
    .catch(async (error: unknown) => {
      const { failedMigrationNames: failed } = await diagnose(engine, list)
      if (failed.length === 0) throw readable(error)
      throw new Error(`Migration ${failed.join(', ')} failed: ${readable(error).message}`, { cause: error })
    })
}
