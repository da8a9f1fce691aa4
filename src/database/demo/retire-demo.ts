import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClientBase } from 'pg'
import { riskySteps } from '../data-loss.js'
import { demoMigrations, type DemoMigrations } from './demo-migrations.js'
import { demoRows } from './demo-rows.js'

/** What {@link retireDemo} needs to know. */
interface RetireOptions {
  readonly migrationsFolder: string
  readonly log: (message: string) => void
}

/**
 * Takes the demo away once schema.prisma is somebody's own: its tables, its rows and its migrations belong to it, and
 * their end is no loss, nor part of the history of what comes after it. That is, when
 *
 * - the demo's are the only migrations, in the folder and so in the database, and
 * - schema.prisma takes something away from its tables, and
 * - these hold nothing but the demo's rows, or none of them is left as it was. Rows of one's own are kept then, in a schema
 *   that Prisma does not look at. Otherwise what is left has been made use of, and a change of it is a change like any other.
 *
 * @param sql the migration that would bring the tables to what schema.prisma says
 * @returns whether it did, so that the migration is another one
 */
export async function retireDemo(
  client: ClientBase,
  sql: string,
  { migrationsFolder, log }: RetireOptions,
): Promise<boolean> {
  const steps = riskySteps(sql)
  const demo = steps.length > 0 ? await demoMigrations(migrationsFolder) : undefined
  if (!demo) return false
  const ownRows = await hasOwnRows(client)
  if (ownRows && isLeft(demo, steps)) return false

  const kept = `demo_${new Date().toISOString().replace(/\D/gu, '').slice(0, 14)}`
  const taking = ownRows ? setAside(demo, kept) : drop(demo)
  await inTransaction(client, [
    ...taking,
    `DELETE FROM _prisma_migrations WHERE migration_name IN (${demo.names.map((name) => `'${name}'`).join()})`,
  ])
  for (const name of demo.names) await rm(join(migrationsFolder, name), { recursive: true, force: true })
  log(
    `schema.prisma is no longer the demo's, so the demo's tables and its migration ${demo.names.join(', ')} are gone.` +
      (ownRows ? ` You had rows in them, which are now in the schema ${kept} of the database.` : ''),
  )
  return true
}

/** Whether the demo's tables hold any row that the demo did not put there, or that has been changed. */
async function hasOwnRows(client: ClientBase): Promise<boolean> {
  for (const { table, rows } of demoRows) {
    const answer = await client.query(
      `SELECT FROM "${table}" AS t WHERE NOT to_jsonb(t) @> ANY ($1::jsonb[]) LIMIT 1`,
      [rows.map((row) => JSON.stringify(row))],
    )
    if (answer.rowCount !== 0) return true
  }
  return false
}

/** Whether a table of the demo is one in schema.prisma too, and loses nothing. */
function isLeft({ objects }: DemoMigrations, steps: readonly string[]): boolean {
  const changes = (table: string) => steps.some((step) => / TABLE "([^"]+)"/u.exec(step)?.[1] === table)
  return objects.some(({ kind, name }) => kind === 'TABLE' && !changes(name))
}

function setAside({ objects }: DemoMigrations, schema: string): string[] {
  return [
    `CREATE SCHEMA "${schema}"`,
    ...objects.map(({ kind, name }) => `ALTER ${kind} "${name}" SET SCHEMA "${schema}"`),
  ]
}

function drop({ objects }: DemoMigrations): string[] {
  return (['TABLE', 'TYPE'] as const).map((kind) => {
    const names = objects.filter((object) => object.kind === kind).map(({ name }) => `"${name}"`)
    return `DROP ${kind} ${names.join()}`
  })
}

async function inTransaction(client: ClientBase, statements: readonly string[]): Promise<void> {
  try {
    for (const statement of ['BEGIN', ...statements, 'COMMIT']) await client.query(statement)
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}
