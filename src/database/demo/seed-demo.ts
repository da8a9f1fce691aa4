import type { ClientBase, Pool } from 'pg'
import { demoMigrations } from './demo-migrations.js'
import { demoRows } from './demo-rows.js'

/**
 * Puts the rows of the demo into its tables, if they are the demo's still and none has any row: nothing that a user has
 * changed or deleted comes back, and nothing is put into tables of one's own. Safe on every start, also of several
 * instances at once.
 *
 * @param migrationsFolder where the migrations are that made the tables
 */
export async function seedDemo(pool: Pick<Pool, 'connect'>, migrationsFolder: string): Promise<void> {
  if (!(await demoMigrations(migrationsFolder))) return
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    const [first, ...others] = demoRows.map(({ table }) => `"${table}"`)
    await client.query(`LOCK TABLE ${first} IN SHARE ROW EXCLUSIVE MODE`)
    const { rows } = await client.query<{ filled: boolean }>(
      `SELECT ${[first, ...others].map((table) => `EXISTS (SELECT FROM ${table})`).join(' OR ')} AS filled`,
    )
    if (rows[0]?.filled === false) await insert(client)
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  } finally {
    client.release()
  }
}

async function insert(client: ClientBase): Promise<void> {
  for (const { table, rows, written } of demoRows) {
    const columns = Object.keys(rows[0] ?? {}).map((column) => `"${column}"`)
    const [extra, now] = written ? [`, "${written}"`, ', now()'] : ['', '']
    await client.query(
      `INSERT INTO "${table}" (${columns.join()}${extra})
       SELECT ${columns.join()}${now} FROM jsonb_populate_recordset(NULL::"${table}", $1)`,
      [JSON.stringify(rows)],
    )
  }
}
