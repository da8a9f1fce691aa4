import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkDatabase } from '../../src/database-check/check-database.js'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/database/embedded-postgres.js'
import { createPool } from '../../src/connections/create-pool.js'
import { builder } from '../../src/policy/builder.js'
import { compiledService, production, type CompiledService } from '../support/compiled-service.js'
import { createDatabase } from '../support/database.js'
import { runAt } from '../support/test-run.js'

// A server of its own that flushes: those of the other tests do not, which is what is refused here.

const { a, defineData } = builder({ models: {}, enums: {} })
const noRules = defineData({ schema: a.schema({}) })

let folder: string
let server: EmbeddedPostgres
const launch = () => startEmbeddedPostgres({ folder, log: () => undefined })
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), `claimstake-test-${process.pid}-durable-`))
  server = await launch()
}, 60_000)
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

async function check(url = server.url, allowUnsafeDurability = false): Promise<string> {
  const pool = createPool({ url, statementTimeout: 15_000, acquireTimeout: 10_000, onError: () => undefined })
  return await checkDatabase(pool, noRules, { allowUnsafeDurability })
    .then(
      (unsafe) => unsafe.join('\n'),
      (error: unknown) => String(error),
    )
    .finally(() => pool.end())
}

test('a server that flushes is fine, whatever else is asked of a commit', async () => {
  expect(await check()).toBe('')
  for (const value of ['local', 'remote_write', 'remote_apply']) {
    await runAt(server.url, `ALTER ROLE postgres SET synchronous_commit = ${value}`)
    expect(await check()).toBe('')
  }
  await runAt(server.url, 'ALTER ROLE postgres RESET synchronous_commit')
})

const off = 'SET synchronous_commit = off'
const on = 'SET synchronous_commit = on;'
test.each([
  [`ALTER ROLE postgres ${off}`, `ALTER ROLE postgres ${on}`],
  [`ALTER DATABASE postgres ${off}`, `ALTER DATABASE postgres ${on}`],
  [`ALTER ROLE postgres IN DATABASE postgres ${off}`, `ALTER ROLE postgres IN DATABASE postgres ${on}`],
  [`ALTER ROLE ALL ${off}`, `ALTER ROLE ALL ${on}`],
])('%s is refused, with the statement that cures it', async (harm, cure) => {
  await runAt(server.url, harm)
  expect(await check()).toBe(
    `Error: The database can lose writes that were acknowledged:\n  - synchronous_commit is off: ${cure}\n` +
      'To take that risk: ALLOW_UNSAFE_DURABILITY=true, in code allowUnsafeDurability: true.',
  )
  expect(await check(server.url, true)).toBe(`synchronous_commit is off: ${cure}`)
  await runAt(server.url, cure)
  expect(await check()).toBe('')
  await runAt(server.url, harm.replace(off, 'RESET synchronous_commit'))
})

test('what the address asks for is found, and what the server was started with', async () => {
  expect(await check(`${server.url}?options=-c%20synchronous_commit%3Doff`)).toContain(
    'synchronous_commit is off: the connection asks for it; take it out of the options of DATABASE_URL',
  )
  const { url, drop } = await createDatabase({ tables: 'none' })
  expect(await check(url)).toMatch(
    /fsync is off: start the server without -c fsync=off\n.*full_page_writes is off: .*\n.*synchronous_commit is off: /u,
  )
  await drop()
})

test('a table that a crash empties is found, a partition too', async () => {
  const rules = builder({
    models: {
      Note: {
        table: 'notes of "all"',
        id: { name: 'id', fields: ['id'] },
        uniques: [],
        indexes: [],
        fields: { id: { kind: 'scalar', type: 'Int', column: 'id', list: false, required: true } },
      },
    },
    enums: {},
  })
  const data = rules.defineData({
    schema: rules.a.schema({ Note: rules.a.model().authorization((allow) => allow.authenticated()) }),
  })
  await runAt(
    server.url,
    'CREATE TABLE "notes of ""all""" (id int) PARTITION BY RANGE (id)',
    'CREATE UNLOGGED TABLE part PARTITION OF "notes of ""all""" DEFAULT',
    'CREATE UNLOGGED TABLE cache (id int)',
  )
  const pool = createPool({ url: server.url, statementTimeout: 15_000, onError: () => undefined })
  const refusal = await checkDatabase(pool, data).catch(String)
  expect(refusal).toContain(
    '"public"."part" is unlogged, a crash empties it: ALTER TABLE "public"."part" SET LOGGED;',
  )
  expect(refusal).not.toContain('cache')
  await runAt(server.url, ...[...String(refusal).matchAll(/ALTER TABLE .*;/gu)].map(String))
  expect(await checkDatabase(pool, data)).toEqual([])
  await pool.end()
  await runAt(server.url, 'DROP TABLE "notes of ""all""", cache')
})

describe('the service', () => {
  let service: CompiledService
  beforeAll(() => void (service = compiledService()), 60_000)
  afterAll(() => {
    service.remove()
  })

  test('does not start in production until it is cured, or told to', async () => {
    await runAt(server.url, 'CREATE DATABASE production', `ALTER DATABASE production ${off}`)
    const url = new URL(server.url)
    url.pathname = '/production'
    const env = { ...production, DATABASE_URL: url.href }

    const refused = service.start(env)
    expect(await refused.exited).toBe(1)
    expect(refused.output()).toContain(`synchronous_commit is off: ALTER DATABASE production ${on}`)
    expect(refused.output()).not.toContain('Ready')

    const warning = '"msg":"the database can lose writes that were acknowledged"'
    const { NODE_ENV: _, ...development } = env
    for (const risky of [{ ...env, ALLOW_UNSAFE_DURABILITY: 'true' }, development]) {
      const told = service.start(risky)
      await told.ready()
      expect(told.output()).toContain(warning)
      told.process.kill('SIGTERM')
      expect(await told.exited).toBe(0)
    }

    await runAt(server.url, `ALTER DATABASE production ${on}`)
    const cured = service.start(env)
    await cured.ready()
    expect(cured.output()).not.toContain(warning)
    cured.process.kill('SIGTERM')
    expect(await cured.exited).toBe(0)
  }, 60_000)
})

/** How many of a hundred acknowledged rows are there after a kill -9 of the server. */
async function survivors(): Promise<number> {
  const pool = createPool({ url: server.url, maxConnections: 1, onError: () => undefined })
  await pool.query('CREATE TABLE IF NOT EXISTS ledger (id int)')
  await pool.query('TRUNCATE ledger')
  await pool.query('CHECKPOINT')
  for (let id = 0; id < 100; id++) await pool.query('INSERT INTO ledger VALUES ($1)', [id])
  const { rows } = await pool.query<{ data_directory: string }>('SHOW data_directory')
  const [pid] = (await readFile(join(rows[0]?.data_directory ?? '', 'postmaster.pid'), 'utf8')).split('\n')
  process.kill(Number(pid), 'SIGKILL')
  await pool.end().catch(() => undefined)
  server = await launch()
  const after = createPool({
    url: server.url,
    maxConnections: 1,
    acquireTimeout: 10_000,
    onError: () => undefined,
  })
  const counted = await after.query<{ count: number }>('SELECT count(*)::int FROM ledger')
  await after.end()
  return counted.rows[0]?.count ?? 0
}

test('F11 what is refused loses acknowledged rows, and what is accepted loses none', async () => {
  await runAt(server.url, "ALTER SYSTEM SET wal_writer_delay = '10s'", 'SELECT pg_reload_conf()')
  await runAt(server.url, `ALTER ROLE postgres ${off}`)
  expect(await check()).toContain('synchronous_commit is off')
  expect(await survivors()).toBeLessThan(100)
  await runAt(server.url, `ALTER ROLE postgres ${on}`)
  expect(await check()).toBe('')
  expect(await survivors()).toBe(100)
}, 60_000)
