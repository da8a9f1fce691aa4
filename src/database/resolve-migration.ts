import { readFile } from 'node:fs/promises'
import type { MigrateOptions } from './migrate.js'
import { readMigrations } from './migration-folder.js'
import { withMigrationLock } from './migration-lock.js'
import { readable } from './migration-messages.js'
import { openSchemaEngine } from './schema-engine.js'

/**
 * Records what became of a migration that failed or was cut short, as `prisma migrate resolve` does, without the engine
 * which that downloads. `rolled-back`: nothing of it is there, and the next start applies it. `applied`: all of it is there.
 *
 * @throws Error when there is no such migration, or it is in no need of it
 */
export async function resolveMigration(
  { url, schemaPath, migrationsFolder }: Pick<MigrateOptions, 'url' | 'schemaPath' | 'migrationsFolder'>,
  migrationName: string,
  outcome: 'applied' | 'rolled-back',
): Promise<void> {
  const schema = { path: schemaPath, content: await readFile(schemaPath, 'utf8') }
  const migrationsList = await readMigrations(migrationsFolder)
  await withMigrationLock(url, async () => {
    const { engine, close } = await openSchemaEngine(url, schema)
    const recorded =
      outcome === 'applied'
        ? engine.markMigrationApplied({ migrationName, migrationsList })
        : engine.markMigrationRolledBack({ migrationName })
    await recorded
      .catch((error: unknown) => {
        throw readable(error)
      })
      .finally(close)
  })
}
