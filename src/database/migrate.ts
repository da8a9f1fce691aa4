import { readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import type { Client } from 'pg'
import { applyPending, type ApplyOptions } from './apply-pending.js'
import { riskySteps } from './data-loss.js'
import { retireDemo } from './demo/retire-demo.js'
import { migrationNames, writeMigration } from './migration-folder.js'
import { withMigrationLock } from './migration-lock.js'
import { acceptance, labelFor, readable, unaccepted } from './migration-messages.js'
import { rehearse } from './rehearse.js'
import { everything, openSchemaEngine, type Engine, type Schema } from './schema-engine.js'

/** What {@link migrate} needs to know. */
export interface MigrateOptions extends ApplyOptions {
  /** Connection URL. The role must own the tables; it need not be allowed to create databases. */
  readonly url: string
  readonly schemaPath: string
  /** `development` also writes the migration that schema.prisma still lacks; `production` refuses instead. */
  readonly mode: 'development' | 'production'
}

/**
 * Brings the database to what schema.prisma says: applies what is pending in the migrations folder and then,
 * in development, writes, prints and applies a migration for the rest; the demo goes when its models have gone. One that
 * could lose data is written with a first line that somebody must delete before any start applies it. `_prisma_migrations` is kept as the CLI
 * keeps it. Instances that start together wait for each other.
 *
 * @throws Error whose message says what is wrong and what to do
 * @example
 * await migrate({ url, schemaPath: 'prisma/schema.prisma', migrationsFolder: 'prisma/migrations', mode, log })
 */
export async function migrate(options: MigrateOptions): Promise<void> {
  const schema = { path: options.schemaPath, content: await readFile(options.schemaPath, 'utf8') }
  await withMigrationLock(options.url, async (client) => {
    const { engine, close } = await openSchemaEngine(options.url, schema)
    try {
      await applyPending(engine, client, options)
      let sql = await difference(engine, schema, 'sql')
      if (options.mode === 'development' && (await retireDemo(client, sql, options)))
        sql = await difference(engine, schema, 'sql')
      if (sql === '') return
      const summary = await difference(engine, schema, 'words')
      if (options.mode === 'production') throw differs(summary)
      await writeMissing(client, sql, summary, options)
      await applyPending(engine, client, options)
    } finally {
      await close()
    }
  })
}

/** Taken from the live database: the migrations folder would need a second one to be replayed in. */
async function difference(engine: Engine, schema: Schema, as: 'sql' | 'words'): Promise<string> {
  const files = [{ ...schema }]
  const question = {
    from: { tag: 'schemaDatasource' as const, files, configDir: dirname(schema.path) },
    to: { tag: 'schemaDatamodel' as const, files },
    script: as === 'sql',
    exitCode: true,
    filters: everything,
  }
  const { exitCode, stdout } = await engine.diff(question).catch((error: unknown) => {
    throw readable(error)
  })
  return exitCode === 0 ? '' : (stdout ?? '').trim()
}

const differs = (summary: string) =>
  new Error(
    'The database is not what schema.prisma says, and no migration makes up for it. ' +
      `Make one in development (npm start writes it) and deploy it. In the database would have to change:\n\n${summary}`,
  )

async function writeMissing(
  client: Client,
  sql: string,
  summary: string,
  options: MigrateOptions,
): Promise<void> {
  const { migrationsFolder, log } = options
  const risky = riskySteps(sql)
  if (risky.length === 0) await rehearse(client, sql, migrationsFolder)
  const first = (await migrationNames(migrationsFolder)).length === 0
  const text = risky.length === 0 ? `${sql}\n` : `${unaccepted}\n\n${sql}\n`
  const name = await writeMigration(migrationsFolder, first ? 'init' : labelFor(summary), text)
  const file = join(migrationsFolder, name, 'migration.sql')
  log(`schema.prisma has changed. Wrote ${relative(process.cwd(), file)}:\n\n${sql}\n`)
  if (risky.length > 0) throw acceptance(file, risky)
}
