import { join, relative } from 'node:path'
import type { Client } from 'pg'
import { codeOf, messageOf } from './error-facts.js'
import { nextName } from './migration-folder.js'
import { indented } from './migration-messages.js'
import { remedyFor } from './missing-object.js'
import { statements } from './statements.js'

/**
 * Runs a generated migration and undoes it: one that the database would refuse is not worth a file.
 *
 * @throws Error that says why, what to do, and which statement fails
 */
export async function rehearse(client: Client, sql: string, migrationsFolder: string): Promise<void> {
  const cause = await undone(client, () => failureOf(client, sql))
  if (cause === undefined) return
  const statement = await undone(client, () => firstFailing(client, sql))
  const reason = await reasonOf(cause, migrationsFolder)
  throw new Error(`${reason} The statement is:\n\n${indented(statement ?? sql)}`, { cause })
}

async function undone<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN')
  return await work().finally(() => client.query('ROLLBACK'))
}

const failureOf = (client: Client, sql: string) =>
  client.query(sql).then(
    () => undefined,
    (error: unknown) => error,
  )

async function firstFailing(client: Client, sql: string): Promise<string | undefined> {
  for (const { text } of statements(sql)) if ((await failureOf(client, text)) !== undefined) return text
  return undefined
}

async function reasonOf(cause: unknown, migrationsFolder: string): Promise<string> {
  const file = join(migrationsFolder, await nextName(migrationsFolder, 'prepare'), 'migration.sql')
  const remedy = remedyFor(cause, `into a new file ${relative(process.cwd(), file)} and start again`)
  const message = messageOf(cause)
  if (remedy !== undefined) return `The database lacks what schema.prisma asks for: ${message}. ${remedy}`
  // Data exceptions and integrity constraint violations.
  if (!/^2[23]/u.test(codeOf(cause) ?? '')) return `What schema.prisma asks for cannot be made: ${message}.`
  return (
    `schema.prisma does not fit the rows in the database: ${message}. ` +
    'Give a new field a @default or make it optional, or change the rows first.'
  )
}
