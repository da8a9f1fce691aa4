import type { Pool } from 'pg'
import type { Data } from '../policy/builder.js'
import { ruleColumns } from '../policy/policy.js'
import { rulesOf } from '../rules.js'
import { columnFaults } from './column-faults.js'
import { settingFaults, unloggedTables } from './durability-faults.js'
import type { Table } from './table.js'

/** What {@link checkDatabase} needs to know beside the rules. */
export interface DatabaseCheckOptions {
  /** Where the tables are whose models name no `@@schema`: what `PrismaPg` was told. Default: `public`. */
  readonly schema?: string | undefined
  /** `true` returns what can lose acknowledged writes instead of refusing it. Default: `false`. */
  readonly allowUnsafeDurability?: boolean | undefined
}

/**
 * Asks the database for what would make rules or answers untrue, and refuses it. Call it once at start, behind the
 * migrations, on the pool that Prisma uses: a role's settings count.
 *
 * - A column that rules read in which different texts are equal (a nondeterministic collation, `citext`, `char(n)`, a
 *   domain over one, a type other than the model's): one caller would be another.
 * - Writes that are acknowledged before they are safe: `synchronous_commit`, `fsync` or `full_page_writes` off, an
 *   unlogged table.
 *
 * @returns with `allowUnsafeDurability`, a sentence for each setting and table that can lose writes: log them
 * @throws Error naming everything it found, table and column, and the statement that cures it
 * @example
 * const pool = createPool({ url, onError })
 * await migrate(pool)
 * await checkDatabase(pool, data)
 */
export async function checkDatabase(
  pool: Pick<Pool, 'query'>,
  data: Data,
  { schema = 'public', allowUnsafeDurability = false }: DatabaseCheckOptions = {},
): Promise<readonly string[]> {
  const tables = [...rulesOf(data).policies.values()].map((policy): Table => ({
    model: policy.model.name,
    schema: policy.model.schema ?? schema,
    name: policy.model.table,
    columns: ruleColumns(policy),
  }))
  const columns = await columnFaults(pool, tables)
  const unsafe = [...(await settingFaults(pool)), ...(await unloggedTables(pool, tables))]
  const parts = [
    ...told(
      'One caller would be taken for another, because the database takes their names for equal:',
      columns,
    ),
    ...(allowUnsafeDurability
      ? []
      : told('The database can lose writes that were acknowledged:', unsafe, risk)),
  ]
  if (parts.length > 0) throw new Error(parts.join('\n'))
  return unsafe
}

const risk = 'To take that risk: ALLOW_UNSAFE_DURABILITY=true, in code allowUnsafeDurability: true.'

function told(title: string, faults: readonly string[], ...end: readonly string[]): string[] {
  return faults.length === 0 ? [] : [title, ...faults.map((fault) => `  - ${fault}`), ...end]
}
