import type pg from 'pg'
import { createPool } from '../../src/connections/create-pool.js'
import { statementNames } from '../../src/database/statement-names.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { runAt } from '../support/test-run.js'

let database: TestDatabase
let pool: pg.Pool
let errors: Error[]

beforeAll(async () => {
  database = await createDatabase({ tables: 'none' })
})
/** Patient but for what is tried, or a busy machine would answer for the pool. */
function open(impatience: { acquireTimeout?: number; statementTimeout?: number } = {}): void {
  pool = createPool({
    ...{ url: database.url, maxConnections: 1, acquireTimeout: 10_000, statementTimeout: 10_000 },
    ...impatience,
    onError: (error) => errors.push(error),
  })
}
beforeEach(() => {
  errors = []
})
afterEach(() => pool.end())
afterAll(() => database.drop())

test('ends a statement that takes too long', async () => {
  open({ statementTimeout: 200 })
  await expect(pool.query('SELECT pg_sleep(5)')).rejects.toMatchObject({ code: '57014' })
})

test('R91 a statement takes one process of the database, unless the URL says otherwise', async () => {
  open()
  const shown = async () =>
    (
      await pool.query<{ value: string }>(
        "SELECT current_setting('max_parallel_workers_per_gather') AS value",
      )
    ).rows[0]?.value
  expect(await shown()).toBe('0')
  await pool.end()
  const url = new URL(database.url)
  url.searchParams.set('options', '-c max_parallel_workers_per_gather=3')
  pool = createPool({ url: url.href, onError: (error) => errors.push(error) })
  expect(await shown()).toBe('3')
})

test('does not wait for a connection for ever', async () => {
  open({ acquireTimeout: 1000 })
  const client = await pool.connect()
  await expect(pool.query('SELECT 1')).rejects.toThrow(/timeout/)
  client.release()
})

test('replaces a broken connection', async () => {
  open()
  await pool.query('SELECT 1')
  const ended = new Promise((resolve) => pool.once('remove', resolve))
  await runAt(
    database.url,
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'claimstake'",
  )
  await ended
  expect(errors).toHaveLength(1)
  await expect(pool.query('SELECT 1 AS one')).resolves.toMatchObject({ rows: [{ one: 1 }] })
})

test('names a statement after its text, and no more of them than allowed', () => {
  open()
  const name = statementNames(2)
  const first = name({ sql: 'SELECT 1' })
  expect(first).toMatch(/^[\w-]{27}$/)
  expect(name({ sql: 'SELECT 2' })).not.toBe(first)
  expect(name({ sql: 'SELECT 3' })).toBe('')
  expect(name({ sql: 'SELECT 1' })).toBe(first)
  expect(statementNames()({ sql: 'SELECT 1' })).toBe(first)
})
