import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.js'
import { migrate } from '../../src/database/migrate.js'
import { isAlive } from '../../src/database/running-postmaster.js'
import { createPool } from '../../src/connections/create-pool.js'
import { migrateStore } from '../../src/store/migrate-store.js'
import { ownSchemas, runAt, templateOf, urlOf, type TestRun } from './test-run.js'

/**
 * One server per run: that of TEST_DATABASE_URL, or an embedded one that ends with this process. In it the
 * migrated templates, which test/support/database.ts copies: one with the tables of prisma/schema.prisma, and one for
 * each schema of the tests' own. All names are the run's own: two runs never meet.
 *
 * @returns what ends the run
 */
export async function startRun(): Promise<() => Promise<void>> {
  const template = `claimstake_test_${process.pid}_${randomBytes(3).toString('hex')}`
  const given = process.env['TEST_DATABASE_URL']
  const { server, stop } = given ? { server: given, stop: () => Promise.resolve() } : await startServer()
  const run: TestRun = { server, template }
  // Workers start after this and inherit the environment.
  process.env['CLAIMSTAKE_TEST_RUN'] = JSON.stringify(run)

  const templates = [template, ...ownSchemas.map((schema) => templateOf(run, schema))]
  await runAt(server, ...templates.map((name) => `CREATE DATABASE ${name}`))
  const log = () => undefined
  await migrate({
    ...{ url: urlOf(run, template), schemaPath: 'prisma/schema.prisma', mode: 'production', log },
    migrationsFolder: 'prisma/migrations',
  })
  const pool = createPool({ url: urlOf(run, template), onError: () => undefined })
  await migrateStore(pool)
  await pool.end()
  for (const schema of ownSchemas) {
    const [url, schemaPath] = [urlOf(run, templateOf(run, schema)), `test/support/${schema}/schema.prisma`]
    await withFolder(schema, (migrationsFolder) =>
      migrate({ url, schemaPath, mode: 'development', log, migrationsFolder }),
    )
  }
  return async () => {
    for (const name of templates) await runAt(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    await stop()
  }
}

/** The tests' own schema has no migrations to keep: they are written anew, and thrown away. */
async function withFolder(name: string, work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), `claimstake-test-${process.pid}-${name}-`))
  await work(folder).finally(() => rm(folder, { recursive: true, force: true }))
}

async function startServer(): Promise<{ server: string; stop: () => Promise<void> }> {
  // Of runs that were killed the server stopped, but the folder stayed.
  for (const name of await readdir(tmpdir())) {
    const pid = /^claimstake-test-(\d+)-/.exec(name)?.[1]
    if (pid && !isAlive(Number(pid))) {
      await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined) // another user's
    }
  }
  const folder = await mkdtemp(join(tmpdir(), `claimstake-test-${process.pid}-`))
  const { url, stop } = await startEmbeddedPostgres({ folder, durable: false, log: () => undefined })
  const clear = async () => {
    await stop()
    await rm(folder, { recursive: true, force: true })
  }
  return { server: url, stop: clear }
}
