import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Pool } from 'pg'
import { createPool } from '../../src/connections/create-pool.js'
import { migrate as migratePrisma } from '../../src/database/migrate.js'
import { migrate, migrationSql } from '../../src/index.js'
import { migrateStore } from '../../src/store/migrate-store.js'
import { storeMigrations } from '../../src/store/store-migrations.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { runAt } from '../support/test-run.js'

let database: TestDatabase
let pools: Pool[]
beforeEach(async () => {
  database = await createDatabase({ tables: 'none' })
  pools = []
})
afterEach(async () => {
  await Promise.all(pools.map((pool) => pool.end()))
  await database.drop()
})

/** A pool such as one instance of the service has. */
function instance(url = database.url): Pool {
  const pool = createPool({ url, maxConnections: 2, onError: () => undefined })
  pools.push(pool)
  return pool
}

async function applied(): Promise<string[]> {
  const { rows } = await instance().query<{ name: string }>(
    'SELECT name FROM claimstake.migrations ORDER BY number',
  )
  return rows.map(({ name }) => name)
}

const names = storeMigrations().map(({ name }) => name)

test('makes our tables in a schema of their own; a second time changes nothing', async () => {
  await migrate(instance())
  const { rows } = await instance().query<{ applied_at: Date }>(
    'SELECT applied_at FROM claimstake.migrations',
  )
  await migrate(instance())
  expect(await applied()).toEqual(names)
  const again = await instance().query('SELECT applied_at FROM claimstake.migrations')
  expect(again.rows).toEqual(rows)
  const outside = await instance().query("SELECT FROM pg_tables WHERE schemaname = 'public'")
  expect(outside.rowCount).toBe(0)
})

test('ten instances that start at once are fine', async () => {
  await Promise.all(Array.from({ length: 10 }, () => migrate(instance())))
  expect(await applied()).toEqual(names)
})

test('without the lock instances that start at once would fail', async () => {
  const script = migrationSql().replace(/PERFORM pg_advisory_xact_lock\(\d+\);/u, 'PERFORM pg_sleep(0.1);')
  const starts = await Promise.allSettled(Array.from({ length: 5 }, () => instance().query(script)))
  expect(starts.filter(({ status }) => status === 'rejected')).not.toEqual([])
})

test('waits longer for another instance than the pool lets a query wait', async () => {
  const [holder, second] = [
    await instance().connect(),
    createPool({ url: database.url, statementTimeout: 50, queryTimeout: 100, onError: () => undefined }),
  ]
  pools.push(second)
  const key = /pg_advisory_xact_lock\((\d+)\)/u.exec(migrationSql())?.[1] ?? ''
  await holder.query(`BEGIN; SELECT pg_advisory_xact_lock(${key})`)
  const waiting = migrate(second)
  await new Promise((done) => setTimeout(done, 300))
  await holder.query('COMMIT')
  holder.release()
  await waiting
  expect(await applied()).toEqual(names)
})

test('a database whose transactions are serializable by default may be started on at the same time', async () => {
  const [, name = ''] = new URL(database.url).pathname.split('/')
  await runAt(database.url, `ALTER DATABASE ${name} SET default_transaction_isolation = serializable`)
  await Promise.all(Array.from({ length: 5 }, () => migrate(instance())))
  expect(await applied()).toEqual(names)
})

test('the printed SQL does the same, also twice, and the service then finds nothing to do', async () => {
  await runAt(database.url, migrationSql(), migrationSql())
  expect(await applied()).toEqual(names)
  await migrate(instance())
})

test('a file that was changed after it had been applied is refused, by name', async () => {
  await migrate(instance())
  await runAt(database.url, "UPDATE claimstake.migrations SET checksum = 'another' WHERE number = 1")
  await expect(migrate(instance())).rejects.toThrow(
    `sql/${names[0] ?? ''}.sql is not the file that was applied to this database`,
  )
})

test('an older program on a newer database says so', async () => {
  await migrate(instance())
  await runAt(
    database.url,
    "INSERT INTO claimstake.migrations (number, name, checksum) VALUES (9999, '9999_later', 'x')",
  )
  await expect(migrate(instance())).rejects.toThrow(/newer version of Claimstake \(number 9999 /u)
})

test('a database that is out of reach is named as the reason', async () => {
  await expect(migrate(instance('postgresql://x@127.0.0.1:1/x'))).rejects.toThrow(
    /The database cannot be reached: connect ECONNREFUSED/u,
  )
})

describe('a role that may not create schemas', () => {
  const role = `keeper_${process.pid}`
  let url: string
  beforeEach(async () => {
    const [, name = ''] = new URL(database.url).pathname.split('/')
    await runAt(
      database.url,
      `DROP ROLE IF EXISTS ${role}`,
      `CREATE ROLE ${role} LOGIN PASSWORD 'keeper'`,
      `REVOKE CREATE ON DATABASE ${name} FROM PUBLIC`,
    )
    const target = new URL(database.url)
    target.username = role
    target.password = 'keeper'
    url = target.href
  })
  afterEach(() => runAt(database.url, `DROP OWNED BY ${role}`, `DROP ROLE ${role}`))

  test('is told what somebody must run, and that is enough', async () => {
    const refusal: unknown = await migrate(instance(url)).catch((error: unknown) => error)
    const remedy = /Let somebody who may run: (CREATE SCHEMA .*;) then/u.exec(String(refusal))?.[1]
    expect(remedy).toBe(`CREATE SCHEMA claimstake AUTHORIZATION ${role};`)
    await runAt(database.url, remedy ?? '')
    await migrate(instance(url))
    expect(await applied()).toEqual(names)
  })

  test('starts on tables that somebody else made, with no more than the right to read them', async () => {
    await migrate(instance())
    await runAt(
      database.url,
      `GRANT USAGE ON SCHEMA claimstake TO ${role}`,
      `GRANT SELECT ON ALL TABLES IN SCHEMA claimstake TO ${role}`,
    )
    await migrate(instance(url))
  })
})

describe('files', () => {
  let folder: string
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'claimstake-sql-'))))
  afterEach(() => rm(folder, { recursive: true }))

  const write = (name: string, sql: string) => writeFile(join(folder, name), sql)

  test('are applied in order, once each, those that came later too', async () => {
    await write('0001_a.sql', 'CREATE TABLE claimstake.a (n int);\nINSERT INTO claimstake.a VALUES (1);')
    await migrateStore(instance(), storeMigrations(folder))
    await write('0002_b.sql', "-- it's a note\nUPDATE claimstake.a SET n = n + 1")
    await write('0003_c.sql', 'UPDATE claimstake.a SET n = n * 10;\r\n')
    await migrateStore(instance(), storeMigrations(folder))
    await write('0003_c.sql', 'UPDATE claimstake.a SET n = n * 10;\n')
    await migrateStore(instance(), storeMigrations(folder))
    expect((await instance().query('SELECT n FROM claimstake.a')).rows).toEqual([{ n: 20 }])
    expect(await applied()).toEqual(['0001_a', '0002_b', '0003_c'])
  })

  test('that fail leave nothing of any of them', async () => {
    await write('0001_a.sql', 'CREATE TABLE claimstake.a (n int);')
    await write('0002_b.sql', 'CREATE TABLE claimstake.b (n int); SELECT 1 / 0;')
    await expect(migrateStore(instance(), storeMigrations(folder))).rejects.toThrow('division by zero')
    const { rows } = await instance().query<{ found: string | null }>(
      "SELECT to_regnamespace('claimstake') AS found",
    )
    expect(rows).toEqual([{ found: null }])
  })

  test.each([['0002_gap.sql'], ['1_short.sql'], ['0001-dash.sql'], ['0001_Upper.sql']])(
    '%s is refused',
    async (name) => {
      await write(name, 'SELECT 1')
      expect(() => storeMigrations(folder)).toThrow(TypeError)
    },
  )
})

describe('Prisma', () => {
  let migrationsFolder: string
  beforeEach(async () => {
    migrationsFolder = await mkdtemp(join(tmpdir(), 'claimstake-migrations-'))
    await cp('prisma/migrations', migrationsFolder, { recursive: true })
  })
  afterEach(() => rm(migrationsFolder, { recursive: true }))

  /** What the service says while it migrates, beside what it applies. */
  async function start(mode: 'production' | 'development'): Promise<string[]> {
    const lines: string[] = []
    await migratePrisma({
      url: database.url,
      schemaPath: 'prisma/schema.prisma',
      migrationsFolder,
      mode,
      log: (line) => lines.push(line),
    })
    return lines.filter((line) => !line.startsWith('Applied migration '))
  }

  test.each(['production', 'development'] as const)('sees no difference in %s', async (mode) => {
    await migrate(instance()) // before the first migration: a key may be made before the first start
    expect(await start(mode)).toEqual([])
    await migrate(instance())
    expect(await start(mode)).toEqual([])
  })

  test('would see our tables if they were among its own', async () => {
    await start('production')
    await runAt(database.url, migrationSql().replaceAll('claimstake.', 'public.'))
    await expect(start('production')).rejects.toThrow(/api_keys/u)
  })
})
