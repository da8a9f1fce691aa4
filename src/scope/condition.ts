import type { Column } from '../catalog/model.js'
import { escapeLike } from '../policy/scope-to-where.js'
import type { Row } from './row.js'
import { scalarValue } from './scalar-value.js'
import { isPlainObject, unsupported } from './unsupported.js'

/**
 * The condition on a column: operators, or the value it is to equal. It is made anew of what was checked; a text to
 * look for means itself, wherever it stands.
 *
 * @throws {ClaimstakeError} `UNSUPPORTED_ARGUMENT` for an operator that is not known, and for what is not data
 */
export function condition(column: Column, value: unknown): unknown {
  if (!isPlainObject(value)) return scalarValue(column, value)
  const { mode, ...tests } = value
  if (mode === undefined && !('mode' in value)) return operated(column, tests, false)
  if (mode !== 'insensitive' && mode !== 'default') throw unsupported(`this "mode" on "${column.name}"`)
  return { ...operated(column, tests, mode === 'insensitive'), mode }
}

/**
 * The operators on a column or on what is computed from it.
 *
 * @param isLoose whether upper and lower case are one, as the `mode` says that stands outside of all of them
 */
export function operated(column: Column, tests: Row, isLoose: boolean): Row {
  const checked: Record<string, unknown> = {}
  for (const [name, operand] of Object.entries(tests)) {
    const operator = Object.hasOwn(operators, name) ? operators[name] : undefined
    if (!operator) throw unsupported(`the operator "${name}" on "${column.name}"`)
    if (operand === undefined) throw unsupported(`undefined for "${name}" on "${column.name}"`)
    checked[name] = operator(column, operand, isLoose)
  }
  return checked
}

/** What is sent for the operand of an operator. */
type Operator = (column: Column, operand: unknown, isLoose: boolean) => unknown

/** Compared as it is. */
const value: Operator = (column, operand) => scalarValue(column, operand)

/**
 * Looked for by LIKE. Prisma escapes nothing: `%` and `_` would match anything, and a pattern that ends within an
 * escape is an error, but one that Postgres finds only on a value that matches so far. It tests in what order it likes,
 * so that would tell of hidden values.
 */
const text: Operator = (column, operand) => literal(scalarValue(column, operand))

/** Compared by ILIKE where upper and lower case are one. */
const equality: Operator = (column, operand, isLoose) => {
  if (!isLoose) return scalarValue(column, operand)
  // Prisma makes the pattern of JSON by itself, so that nothing in it can be escaped.
  if (column.type === 'Json') throw unsupported(`"mode" with an equality on "${column.name}"`)
  return literal(scalarValue(column, operand))
}

/** The mode goes on inside. On JSON there is nothing inside: an object is the value. */
const negation: Operator = (column, operand, isLoose) =>
  isPlainObject(operand) && column.type !== 'Json'
    ? operated(column, operand, isLoose)
    : equality(column, operand, isLoose)

const operators: Readonly<Record<string, Operator>> = {
  ...{ equals: equality, not: negation, in: value, notIn: value },
  ...{ lt: value, lte: value, gt: value, gte: value },
  ...{ contains: text, startsWith: text, endsWith: text },
  ...{ has: value, hasEvery: value, hasSome: value, isEmpty: value },
  ...{ path: value, string_contains: text, string_starts_with: text, string_ends_with: text },
  ...{ array_contains: value, array_starts_with: value, array_ends_with: value },
}

function literal(checked: unknown): unknown {
  return typeof checked === 'string' ? escapeLike(checked) : checked
}
