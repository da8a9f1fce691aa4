import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import pg from 'pg'
import {
  compiledService,
  production,
  type CompiledService,
  type StartedService,
} from '../support/compiled-service.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { runAt } from '../support/test-run.js'

// F42: the service, killed in the middle of a migration, of Prisma's or of our own tables; then started again.

const [init = ''] = readdirSync('prisma/migrations').filter((name) => name.endsWith('_init'))
const script = readFileSync(join('prisma/migrations', init, 'migration.sql'), 'utf8')

let service: CompiledService
let database: TestDatabase
let observer: pg.Client
const started: StartedService[] = []

beforeAll(() => void (service = compiledService()), 60_000)
afterAll(() => {
  service.remove()
})
beforeEach(openDatabase)
afterEach(closeDatabase)

async function openDatabase(): Promise<void> {
  database = await createDatabase({ tables: 'none' })
  observer = new pg.Client({ connectionString: database.url })
  observer.on('error', () => undefined)
  await observer.connect()
}

async function closeDatabase(): Promise<void> {
  await stopAll()
  await observer.end()
  await database.drop()
}

async function stopAll(): Promise<void> {
  for (const { process, exited } of started.splice(0)) {
    process.kill('SIGKILL')
    await exited
  }
}

const modes = [
  ['production', { ...production, ALLOW_UNSAFE_DURABILITY: 'true' }],
  ['development', {}],
] as const

function start(env: Readonly<Record<string, string>>): StartedService {
  const run = service.start({ ...env, DATABASE_URL: database.url })
  started.push(run)
  return run
}

const migrations = () => join(service.folder, 'prisma/migrations')

function write(name: string, sql: string): void {
  mkdirSync(join(migrations(), name), { recursive: true })
  writeFileSync(join(migrations(), name, 'migration.sql'), sql)
}

/** The application name of the connection that runs a statement like this, once there is one. */
async function running(like: string): Promise<string> {
  for (;;) {
    const { rows } = await observer.query<{ name: string }>(
      `SELECT application_name AS name FROM pg_stat_activity
       WHERE datname = current_database() AND state = 'active' AND query LIKE $1 AND pid <> pg_backend_pid()`,
      [like],
    )
    if (rows[0]) return rows[0].name
    await after(5)
  }
}

async function recorded(): Promise<unknown[]> {
  const { rows } = await observer.query<{ name: string; finished: boolean; undone: boolean }>(
    `SELECT migration_name AS name, finished_at IS NOT NULL AS finished, rolled_back_at IS NOT NULL AS undone
     FROM _prisma_migrations ORDER BY started_at`,
  )
  return rows
}

describe('slow migrations', () => {
  beforeAll(() => {
    write(init, script.replaceAll(/;\n/gu, ';\nSELECT pg_sleep(0.02);\n'))
    rmSync(join(service.folder, 'sql'))
    cpSync('sql', join(service.folder, 'sql'), { recursive: true })
    const next = String(readdirSync('sql').length + 1).padStart(4, '0')
    writeFileSync(
      join(service.folder, 'sql', `${next}_slow.sql`),
      'CREATE TABLE claimstake.early (id int); SELECT pg_sleep(0.5); CREATE TABLE claimstake.late (id int);',
    )
  })

  test.each(modes)(
    'killed at 6 random moments in %s, each time the next start has all of it',
    async (_, env) => {
      const moments: string[] = []
      for (let kill = 0; kill < 6; kill++) {
        const killed = start(env)
        await running('%pg_sleep%')
        const moment = Math.round(Math.random() * 1300)
        await after(moment)
        killed.process.kill('SIGKILL')
        expect(await killed.exited).toBeNull()
        const { rows } = await observer.query<{ tables: number }>(
          "SELECT count(*)::int AS tables FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
        )
        moments.push(`${moment} ms: ${rows[0]?.tables} tables`)

        // In production a start also compares the whole database with schema.prisma.
        await start(env).ready()
        expect(await recorded()).toEqual([{ name: init, finished: true, undone: false }])
        const late = await observer.query<{ late: string | null }>(
          "SELECT to_regclass('claimstake.late') AS late",
        )
        expect(late.rows).toEqual([{ late: 'claimstake.late' }])
        await closeDatabase()
        await openDatabase()
      }
      console.info(moments.join(', '))
    },
    300_000,
  )

  test.each(modes)(
    'of two instances in %s, the one that migrates is killed',
    async (_, env) => {
      const instances = new Map(['one', 'two'].map((PGAPPNAME) => [PGAPPNAME, start({ ...env, PGAPPNAME })]))
      const migrating = await running('%pg_sleep(0.02)%')
      await after(200)
      instances.get(migrating)?.process.kill('SIGKILL')
      instances.delete(migrating)
      const [[, survivor] = []] = instances
      await survivor?.ready()
      expect(instances.size).toBe(1)
      expect(await recorded()).toEqual([{ name: init, finished: true, undone: false }])
    },
    60_000,
  )
})

describe('a migration that does not run in a transaction', () => {
  const index = 'Todo_owner_createdAt_id_idx'
  const statement = new RegExp(`CREATE INDEX "${index}"[^;]+;`, 'u')
  const name = '29990101000000_index'
  beforeAll(() => {
    write(init, script.replace(statement, ''))
    write(name, statement.exec(script)?.[0].replace('INDEX', 'INDEX CONCURRENTLY') ?? '')
  })
  afterAll(() => {
    rmSync(join(migrations(), name), { recursive: true })
  })

  /** Kills the service while the index waits for an older transaction; answers what lets that end. */
  async function killWhileIndexing(env: Readonly<Record<string, string>>): Promise<void> {
    const older = new pg.Client({ connectionString: database.url })
    older.on('error', () => undefined)
    await older.connect()
    await older.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
    await older.query('SELECT 1')
    const killed = start(env)
    await running('CREATE INDEX CONCURRENTLY%')
    killed.process.kill('SIGKILL')
    await killed.exited
    await older.end()
  }

  /** Starts, is refused, and runs one of the two commands that the refusal names. */
  async function refusedUntil(env: Readonly<Record<string, string>>, option: string): Promise<void> {
    const refused = start(env)
    expect(await refused.exited).toBe(1)
    expect(refused.output()).toContain(
      `in the middle of the migration ${name}, and what it had done by then is not`,
    )
    const commands = [...refused.output().matchAll(/npm run resolve -- (--\S+) (\S+)/gu)]
    expect(commands.map(([, word]) => word)).toEqual(['--rolled-back', '--applied'])
    const [, word = '', of = ''] = commands.find(([, each]) => each === option) ?? []
    const resolved = service.start({ ...env, DATABASE_URL: database.url }, 'dist/resolve.js', word, of)
    expect(await resolved.exited).toBe(0)
  }

  test.each(modes)(
    'in %s: --applied helps where Postgres went on with it',
    async (_, env) => {
      await killWhileIndexing(env)
      await refusedUntil(env, '--applied')
      await start(env).ready()
      expect(await recorded()).toMatchObject([
        { name: init },
        { name, undone: true },
        { name, finished: true },
      ])
    },
    60_000,
  )

  test.each(modes)(
    'in %s: --rolled-back helps where it did not',
    async (_, env) => {
      await killWhileIndexing(env)
      await refusedUntil(env, '--rolled-back')
      await runAt(database.url, `DROP INDEX "${index}"`)
      await start(env).ready()
      expect(await recorded()).toMatchObject([
        { name: init },
        { name, undone: true },
        { name, finished: true },
      ])
    },
    60_000,
  )
})
