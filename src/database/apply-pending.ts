import { join } from 'node:path'
import type { MigrationList } from '@prisma/schema-engine-wasm'
import { riskySteps } from './data-loss.js'
import { readMigrations } from './migration-folder.js'
import { acceptance, readable, unaccepted } from './migration-messages.js'
import { everything, type Engine } from './schema-engine.js'

/** What {@link applyPending} needs to know. */
export interface ApplyOptions {
  readonly migrationsFolder: string
  /** In `development` a failed migration may be corrected and tried again. */
  readonly mode: 'development' | 'production'
  readonly log: (message: string) => void
}

/**
 * Applies the migrations of the folder that the database has not had yet.
 *
 * @throws Error on a history that applying more could only make worse, and when one fails
 */
export async function applyPending(engine: Engine, options: ApplyOptions): Promise<void> {
  const migrationsList = await readMigrations(options.migrationsFolder)
  const pending = await pendingNames(engine, migrationsList)
  if (pending.length === 0) return
  refuseUnaccepted(migrationsList, pending)
  await engine.applyMigrations({ migrationsList, filters: everything }).catch(async (error: unknown) => {
    const { failedMigrationNames: failed } = await diagnose(engine, migrationsList)
    if (options.mode === 'development') await forget(engine, migrationsList, failed)
    if (failed.length === 0) throw readable(error)
    throw new Error(`Migration ${failed.join(', ')} failed: ${readable(error).message}`, { cause: error })
  })
  for (const name of pending) options.log(`Applied migration ${name}`)
}

async function diagnose(engine: Engine, migrationsList: MigrationList) {
  const question = { migrationsList, optInToShadowDatabase: false, filters: everything }
  return await engine.diagnoseMigrationHistory(question).catch((error: unknown) => {
    throw readable(error)
  })
}

async function pendingNames(engine: Engine, migrationsList: MigrationList): Promise<string[]> {
  const { editedMigrationNames, failedMigrationNames, history } = await diagnose(engine, migrationsList)
  if (failedMigrationNames.length > 0) {
    throw new Error(
      `A migration failed in this database earlier: ${failedMigrationNames.join(', ')}. See what it left ` +
        'behind, then run npx prisma migrate resolve with --rolled-back or --applied and its name.',
    )
  }
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

function refuseUnaccepted(
  { baseDir, migrationDirectories }: MigrationList,
  pending: readonly string[],
): void {
  for (const { path, migrationFile } of migrationDirectories) {
    const sql = migrationFile.content.value
    if (pending.includes(path) && sql.includes(unaccepted)) {
      throw acceptance(join(baseDir, path, 'migration.sql'), riskySteps(sql))
    }
  }
}

/** A script runs as one transaction, so a failed one has left nothing and, corrected, may be tried again. */
async function forget(engine: Engine, list: MigrationList, failed: readonly string[]): Promise<void> {
  for (const { path, migrationFile } of list.migrationDirectories) {
    const endsTransaction = /\b(COMMIT|CONCURRENTLY)\b/i.test(migrationFile.content.value)
    if (failed.includes(path) && !endsTransaction)
      await engine.markMigrationRolledBack({ migrationName: path })
  }
}
