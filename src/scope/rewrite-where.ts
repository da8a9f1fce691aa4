import type { Column } from '../catalog/model.js'
import { fieldScope, isOpenOnEveryRow, type Allowed } from '../policy/decide.js'
import { scopeToWhere, type Where } from '../policy/scope-to-where.js'
import { anyColumn } from './any-column.js'
import { scalarValue } from './scalar-value.js'
import { isPlainObject, plainObject, unsupported } from './unsupported.js'

const operators: ReadonlySet<string> = new Set([
  ...['equals', 'not', 'in', 'notIn', 'lt', 'lte', 'gt', 'gte'],
  ...['contains', 'startsWith', 'endsWith', 'mode'],
  ...['has', 'hasEvery', 'hasSome', 'isEmpty'],
  ...['path', 'string_contains', 'string_starts_with', 'string_ends_with'],
  ...['array_contains', 'array_starts_with', 'array_ends_with'],
])

/**
 * Rewrites a caller's `where` so that it sees only what he may read: a copy, never the input.
 *
 * Negation is pushed down to the leaves first (De Morgan holds in SQL's three-valued logic), then the scope of a
 * field that is hidden on some rows joins at its leaf, outside the negation: a hidden value makes its leaf false in
 * both polarities. No scope ever stands under a NOT.
 *
 * @throws {ClaimstakeError} `UNSUPPORTED_ARGUMENT` for a field he can never read, exactly as for one that does not
 *   exist, and for whatever is not recognised
 */
export function rewriteWhere(decision: Allowed, where: unknown): Where {
  return rewrite(decision, plainObject(where, 'where'), false)
}

function rewrite(decision: Allowed, where: Where, negated: boolean): Where {
  const parts = Object.entries(where).map(([key, value]): Where => {
    if (value === undefined) throw unsupported(`undefined for "${key}" in where`)
    if (key === 'AND') return join(decision, members(decision, value, negated), negated)
    if (key === 'OR') return join(decision, members(decision, value, negated), !negated)
    // NOT of a list means that none of its members holds.
    if (key === 'NOT') return join(decision, members(decision, value, !negated), negated)
    return leaf(decision, key, value, negated)
  })
  return join(decision, parts, negated)
}

function members(decision: Allowed, value: unknown, negated: boolean): Where[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  return list.map((member) => rewrite(decision, plainObject(member, 'a condition in where'), negated))
}

function join(decision: Allowed, parts: readonly Where[], disjunct: boolean): Where {
  if (!disjunct) return { AND: parts }
  // Prisma reads an empty OR as everything where it stands inside AND; it means nothing.
  return parts.length > 0 ? { OR: parts } : { [anyColumn(decision.policy)]: { in: [] } }
}

function leaf(decision: Allowed, key: string, value: unknown, negated: boolean): Where {
  const column = readableColumn(decision, key, 'where')
  const test = { [key]: condition(column, value) }
  const polar = negated ? { NOT: test } : test
  if (isOpenOnEveryRow(decision, key)) return polar
  return { AND: [scopeToWhere(fieldScope(decision, key), anyColumn(decision.policy)), polar] }
}

/**
 * A column the caller may name, because he can read it on some row at least. An unknown field, a relation and a
 * hidden field are refused alike, before any value is looked at.
 */
export function readableColumn(decision: Allowed, name: string, where: string): Column {
  const column = decision.policy.model.columns.get(name)
  if (!column || fieldScope(decision, name).kind === 'none')
    throw unsupported(`the field "${name}" in ${where}`)
  return column
}

function condition(column: Column, value: unknown): unknown {
  if (!isPlainObject(value) || (column.type === 'Json' && !hasOnlyOperators(value)))
    return scalarValue(column, value)
  if (!hasOnlyOperators(value)) throw unsupported(`an unknown operator on "${column.name}" in where`)
  return Object.fromEntries(
    Object.entries(value).map(([operator, operand]) => {
      if (operand === undefined) throw unsupported(`undefined for "${operator}" on "${column.name}" in where`)
      return [operator, operator === 'not' ? condition(column, operand) : scalarValue(column, operand)]
    }),
  )
}

function hasOnlyOperators(value: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(value).every((key) => operators.has(key))
}
