import { PrismaPg } from '@prisma/adapter-pg'
import { ColumnTypeEnum, DriverAdapterError } from '@prisma/driver-adapter-utils'
import type pg from 'pg'
import { codeOf } from './error-facts.js'
import { scriptFailure } from './script-failure.js'

const internalChar = 18
const text = 25

/** adapter-pg 7.10 with the repairs without which the migration engine cannot work through it. */
export function migrationAdapter(pool: pg.Pool): PrismaPg {
  const charColumns = acceptInternalChar(pool)
  const factory = new PrismaPg(pool)
  const connect = factory.connect.bind(factory)
  factory.connect = async () => {
    const adapter = await connect()
    const queryRaw = adapter.queryRaw.bind(adapter)
    adapter.queryRaw = async (query) => {
      const result = await queryRaw(query)
      for (const column of charColumns.get(result.rows) ?? []) {
        result.columnTypes[column] = ColumnTypeEnum.Character
      }
      return result
    }
    // adapter-pg cuts scripts at every semicolon, also inside strings and functions. Sent whole, as the CLI
    // does, a script is also one transaction. And it blurs what Postgres says is wrong.
    adapter.executeScript = async (sql) => {
      await pool.query(sql).catch((error: unknown) => {
        throw new DriverAdapterError(failureOf(error, sql))
      })
    }
    return adapter
  }
  return factory
}

/**
 * The engine reads catalog columns of the internal type "char" as characters; adapter-pg refuses that type. So
 * let it through as text, and answer which columns of which result were meant.
 */
function acceptInternalChar(pool: pg.Pool): WeakMap<unknown[], number[]> {
  const charColumns = new WeakMap<unknown[], number[]>()
  const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<pg.QueryResult | pg.QueryResult[]>
  const patched = async (...args: unknown[]) => {
    const answer = await query(...args)
    for (const { rows, fields } of [answer].flat()) {
      const columns = [...fields.keys()].filter((column) => fields[column]?.dataTypeID === internalChar)
      for (const column of columns) Object.assign(fields[column] ?? {}, { dataTypeID: text })
      charColumns.set(rows, columns)
    }
    return answer
  }
  pool.query = patched as typeof pool.query
  return charColumns
}

const failureOf = (error: unknown, sql: string) => ({
  kind: 'postgres' as const,
  code: codeOf(error) ?? 'unknown',
  severity: 'ERROR',
  message: scriptFailure(error, sql),
  detail: undefined,
  column: undefined,
  hint: undefined,
})
