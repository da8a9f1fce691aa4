import type { Column } from '../catalog/model.js'
import type { Allowed } from '../policy/decide.js'
import type { Where } from '../policy/scope-to-where.js'
import { anyColumn } from './any-column.js'
import { computing } from './computing.js'
import { condition, operated } from './condition.js'
import { listOf } from './list-of.js'
import { openColumn } from './open-columns.js'
import { readableColumn } from './rewrite-where.js'
import type { Row } from './row.js'
import { isPlainObject, plainObject, unsupported } from './unsupported.js'

/**
 * Conditions on groups, made anew: on columns that are open on every row, and on what is computed from them. Postgres
 * tests those on columns alone before it groups, and so on hidden rows too.
 *
 * @throws {ClaimstakeError} `UNSUPPORTED_ARGUMENT`
 */
export function having(decision: Allowed, asked: unknown): Where {
  const parts = Object.entries(plainObject(asked, 'having')).map(([key, value]): [string, unknown] => {
    if (value === undefined) throw unsupported(`undefined for "${key}" in having`)
    if (key === 'AND' || key === 'OR' || key === 'NOT') {
      const members = listOf(value).map((member) => having(decision, member))
      // Prisma reads an empty OR as everything where it stands inside AND; it means nothing.
      return [key, key === 'OR' && members.length === 0 ? [noGroup(decision)] : members]
    }
    openColumn(decision, key, 'having')
    const column = readableColumn(decision, key, 'having')
    // Prisma ends in a panic there.
    if (column.list) throw unsupported(`the list "${key}" in having`)
    return [key, ofGroup(column, value)]
  })
  return Object.fromEntries(parts)
}

function ofGroup(column: Column, value: unknown): unknown {
  if (!isPlainObject(value)) return condition(column, value)
  const entries = Object.entries(value)
  const computed = entries.filter(([name]) => computing.includes(name))
  if (computed.length === 0) return condition(column, value)
  const plain = entries.filter(([name]) => !computing.includes(name))
  return {
    ...(condition(column, Object.fromEntries(plain)) as Row),
    ...Object.fromEntries(computed.map(([name, tests]) => [name, ofComputed(column, name, tests)])),
  }
}

/** Of what is computed Prisma knows no `mode`. */
function ofComputed(column: Column, name: string, tests: unknown): Row {
  return operated(
    { ...column, kind: 'scalar', type: 'Float' },
    plainObject(tests, `"${name}" in having`),
    false,
  )
}

function noGroup({ policy }: Allowed): Where {
  return { [anyColumn(policy)]: { _count: { lt: 0 } } }
}
