import pg from 'pg'
import { runAt, templateOf, testRun, urlOf, type ownSchemas } from './test-run.js'

/** A database that one test file has for itself. */
export interface TestDatabase {
  /** Connection URL. */
  readonly url: string
  /** Empties every table and starts every sequence again. A few milliseconds. */
  readonly truncate: () => Promise<void>
  /** Ends every connection and deletes the database. */
  readonly drop: () => Promise<void>
}

let made = 0

/**
 * Makes a database with tables and no rows.
 *
 * @param options.tables those of prisma/migrations, of test/support/<name>/schema.prisma, or none. Default: the first
 * @example
 * let database: TestDatabase
 * beforeAll(async () => { database = await createDatabase() })
 * beforeEach(() => database.truncate())
 * afterAll(() => database.drop())
 */
export async function createDatabase(
  options: { readonly tables?: 'service' | 'none' | (typeof ownSchemas)[number] } = {},
): Promise<TestDatabase> {
  const run = testRun()
  const { tables = 'service' } = options
  const source =
    tables === 'service' ? run.template : tables === 'none' ? 'template0' : templateOf(run, tables)
  const name = `${run.template}_${process.pid}_${++made}`
  const url = urlOf(run, name)
  await runAt(run.server, `CREATE DATABASE ${name} TEMPLATE ${source}`)

  let client: pg.Client | undefined
  let truncation: string | undefined
  return {
    url,
    truncate: async () => {
      client ??= await connect(url)
      truncation ??= await truncationOf(client)
      if (truncation) await client.query(truncation)
    },
    drop: async () => {
      await client?.end()
      client = undefined
      await runAt(run.server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    },
  }
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined) // the next query reports it
  await client.connect()
  return client
}

/** Tables of every schema but the lists of migrations, Prisma's and our own. */
async function truncationOf(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
       AND (schemaname, tablename) NOT IN (('public', '_prisma_migrations'), ('claimstake', 'migrations'))`,
  )
  const names = rows.map(({ name }) => name).join(', ')
  return names && `TRUNCATE ${names} RESTART IDENTITY CASCADE`
}
