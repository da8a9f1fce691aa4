import { fieldScope, isOpenOnEveryRow, type Allowed } from '../policy/decide.js'
import type { Where } from '../policy/scope-to-where.js'
import type { Scope } from '../policy/scope.js'
import { anyColumn } from './any-column.js'
import type { Caller } from './caller.js'
import { readableColumn, rewriteWhere } from './rewrite-where.js'
import { scalarValue } from './scalar-value.js'
import { scopeWhere } from './scope-where.js'
import type { Policy } from '../policy/policy.js'
import { isPlainObject, plainObject, unsupported } from './unsupported.js'

/** A `where` that finds one row: the unique key Prisma wants at the top, and everything else ANDed. */
export interface UniqueWhere {
  readonly key: Where
  /** Where the caller may read the fields of the key: without these, finding it would tell their values. */
  readonly keyScopes: readonly Where[]
  readonly conditions: readonly Where[]
}

/**
 * Splits the `where` of findUnique, update and delete into its unique key and the rest, rewritten.
 *
 * @param reading the decision that says which fields the caller may search by
 * @throws {ClaimstakeError} `UNSUPPORTED_ARGUMENT` where it names no unique key, or more than he may read
 */
export function uniqueWhere(caller: Caller, reading: Allowed, where: unknown): UniqueWhere {
  const { model } = reading.policy
  const key: Record<string, unknown> = {}
  const rest: Record<string, unknown> = {}
  const keyScopes: Where[] = []
  const conditions: Where[] = []
  for (const [name, value] of Object.entries(plainObject(where, 'where'))) {
    const unique = model.uniques.get(name)
    if (!unique || (model.columns.has(name) && isPlainObject(value))) {
      rest[name] = value
      continue
    }
    const isAlone = unique.fields.length === 1 && model.columns.has(name)
    const values = isAlone ? { [name]: value } : plainObject(value, name)
    const extra = Object.keys(values).find((field) => !unique.fields.includes(field))
    if (extra !== undefined) throw unsupported(`the field "${extra}" in where`)
    const found: Record<string, unknown> = {}
    for (const field of unique.fields) {
      const column = readableColumn(reading, field, 'where')
      if (values[field] === undefined || values[field] === null)
        throw unsupported(`a missing "${field}" in where`)
      found[field] = scalarValue(column, values[field])
      if (!isOpenOnEveryRow(reading, field))
        keyScopes.push(scopeWhere(fieldScope(reading, field), anyColumn(reading.policy)))
    }
    key[name] = isAlone ? found[name] : found
  }
  if (Object.keys(key).length === 0) throw unsupported('a where without a unique key here')
  if (Object.keys(rest).length > 0) conditions.push(rewriteWhere(caller, reading, rest))
  return { key, keyScopes, conditions }
}

/**
 * The `where` of one guarded statement: the key, and under an AND the caller's conditions and the scopes. Under an AND
 * even if it is one: Prisma joins findUnique calls of one moment into one statement where they hold nothing but values,
 * also calls of different callers, and then deals out the rows by itself.
 */
export function guarded(
  { key, keyScopes, conditions }: UniqueWhere,
  scopes: readonly Scope[],
  policy: Policy,
): Where {
  const all = [...keyScopes, ...conditions]
  for (const scope of scopes) if (scope.kind !== 'all') all.push(scopeWhere(scope, anyColumn(policy)))
  if (all.length === 0) return key
  return both(key, { AND: all.length === 1 ? all[0] : all })
}

/**
 * The same for a write, which Prisma never joins with another: one plain condition stands beside the key, where Prisma
 * is quicker to read it; but not on a unique column, which it would take for a key.
 */
export function guardedWrite(unique: UniqueWhere, scopes: readonly Scope[], policy: Policy): Where {
  const where = guarded(unique, scopes, policy)
  const guard = where['AND']
  const isPlain = isPlainObject(guard) && !Object.keys(guard).some((name) => policy.model.uniques.has(name))
  return isPlain ? both(unique.key, guard) : where
}

/** Two conditions on different names. Faster than spreading, on the way of every call. */
function both(key: Where, more: Where): Where {
  const where: Record<string, unknown> = {}
  for (const name of Object.keys(key)) where[name] = key[name]
  for (const name of Object.keys(more)) where[name] = more[name]
  return where
}
