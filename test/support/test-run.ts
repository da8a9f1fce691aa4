import pg from 'pg'

/** What the global setup tells the workers. */
export interface TestRun {
  /** Connection URL of the server, by a role that may create databases. */
  readonly server: string
  /** Name of the migrated database to copy; every other database of the run begins with it. */
  readonly template: string
}

/** The run this process is part of. */
export function testRun(): TestRun {
  const text = process.env['CLAIMSTAKE_TEST_RUN']
  if (!text) throw new Error('The global setup did not run: start tests with npm test.')
  return JSON.parse(text) as TestRun
}

/** The schemas of the tests' own, each test/support/<name>/schema.prisma. */
export const ownSchemas = ['rules', 'relations', 'unusual'] as const

/** Name of the database to copy that has the tables of one of them instead. */
export function templateOf({ template }: TestRun, schema: (typeof ownSchemas)[number]): string {
  return `${template}_${schema}`
}

/** Connection URL of a database of the run's server. */
export function urlOf({ server }: TestRun, database: string): string {
  const url = new URL(server)
  url.pathname = `/${database}`
  return url.href
}

/** Runs statements, one after the other, on a connection of their own. */
export async function runAt(url: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}
