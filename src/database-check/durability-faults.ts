import type { Pool } from 'pg'
import { quoted, type Table } from './table.js'

interface Setting {
  readonly name: string
  /** Where its value comes from, in the words of `pg_settings`. */
  readonly source: string
  readonly role: string
  readonly database: string
}

const settings = `
SELECT name, source, quote_ident(session_user) AS role, quote_ident(current_database()) AS database
FROM pg_settings
WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off'
ORDER BY name`

/** The settings of this very connection under which an answered COMMIT is not safe yet, each with its cure. */
export async function settingFaults(pool: Pick<Pool, 'query'>): Promise<string[]> {
  const { rows } = await pool.query<Setting>(settings)
  return rows.map((setting) => `${setting.name} is off: ${cureOf(setting)}`)
}

/** What was set in one place is not cured in another: a role's value wins over the server's. */
function cureOf({ name, source, role, database }: Setting): string {
  const on = `SET ${name} = on`
  const cures: Readonly<Record<string, string>> = {
    client: `the connection asks for it; take it out of the options of DATABASE_URL, or of PGOPTIONS`,
    'database user': `ALTER ROLE ${role} IN DATABASE ${database} ${on};`,
    user: `ALTER ROLE ${role} ${on};`,
    database: `ALTER DATABASE ${database} ${on};`,
    global: `ALTER ROLE ALL ${on};`,
    session: `the application sets it when it connects; take that away`,
    'command line': `start the server without -c ${name}=off`,
  }
  return cures[source] ?? `ALTER SYSTEM ${on}; SELECT pg_reload_conf();`
}

const unlogged = `
WITH RECURSIVE part (oid) AS (
  SELECT table_.oid FROM unnest($1::text[], $2::text[]) AS asked (schema, name)
  JOIN pg_namespace AS space ON space.nspname = asked.schema
  JOIN pg_class AS table_ ON table_.relnamespace = space.oid AND table_.relname = asked.name
  UNION SELECT inhrelid FROM pg_inherits JOIN part ON inhparent = part.oid
)
SELECT nspname AS schema, relname AS name FROM part
JOIN pg_class USING (oid) JOIN pg_namespace AS space ON space.oid = relnamespace
WHERE relpersistence = 'u' AND relkind = 'r'
ORDER BY nspname, relname`

/** Tables that Postgres empties after a crash, partitions included. */
export async function unloggedTables(pool: Pick<Pool, 'query'>, tables: readonly Table[]): Promise<string[]> {
  const { rows } = await pool.query<Pick<Table, 'schema' | 'name'>>(unlogged, [
    tables.map(({ schema }) => schema),
    tables.map(({ name }) => name),
  ])
  return rows.map(({ schema, name }) => {
    const table = quoted(schema, name)
    return `${table} is unlogged, a crash empties it: ALTER TABLE ${table} SET LOGGED;`
  })
}
