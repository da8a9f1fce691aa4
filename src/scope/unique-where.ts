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
    const values =
      unique.fields.length === 1 && model.columns.has(name) ? { [name]: value } : plainObject(value, name)
    const extra = Object.keys(values).find((field) => !unique.fields.includes(field))
    if (extra !== undefined) throw unsupported(`the field "${extra}" in where`)
    for (const field of unique.fields) {
      const column = readableColumn(reading, field, 'where')
      if (values[field] === undefined || values[field] === null)
        throw unsupported(`a missing "${field}" in where`)
      scalarValue(column, values[field])
      if (!isOpenOnEveryRow(reading, field))
        keyScopes.push(scopeWhere(fieldScope(reading, field), anyColumn(reading.policy)))
    }
    key[name] = value
  }
  if (Object.keys(key).length === 0) throw unsupported('a where without a unique key here')
  if (Object.keys(rest).length > 0) conditions.push(rewriteWhere(caller, reading, rest))
  return { key, keyScopes, conditions }
}

/** The `where` of one guarded statement: the key, the caller's conditions and the scopes, all ANDed. */
export function guarded(
  { key, keyScopes, conditions }: UniqueWhere,
  scopes: readonly Scope[],
  policy: Policy,
): Where {
  const all = [...keyScopes, ...conditions]
  for (const scope of scopes) if (scope.kind !== 'all') all.push(scopeWhere(scope, anyColumn(policy)))
  const [only] = all
  if (!only) return key
  // Beside the key, a unique column would be taken for one; under an AND, Prisma takes longer to read it.
  const isAlone = all.length === 1 && !Object.keys(only).some((name) => policy.model.uniques.has(name))
  const where: Record<string, unknown> = {}
  for (const name of Object.keys(key)) where[name] = key[name]
  if (!isAlone) where['AND'] = all
  else for (const name of Object.keys(only)) where[name] = only[name]
  return where
}
