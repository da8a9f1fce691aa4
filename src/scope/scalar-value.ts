import type { Column } from '../catalog/model.js'
import { isPlainObject, unsupported } from './unsupported.js'

/**
 * Checks that a value is data: a scalar of some kind, a list of scalars, or JSON for a Json column. Wherever Prisma
 * expects a scalar it also takes operator objects and references to other columns, which would read past the rules.
 *
 * @throws {ClaimstakeError} `UNSUPPORTED_ARGUMENT`
 */
export function scalarValue(column: Column, value: unknown): unknown {
  if (Array.isArray(value) && column.type !== 'Json') return value.map((item) => scalarValue(column, item))
  if (isScalar(value) || (column.type === 'Json' && isJson(value))) return value
  throw unsupported(`this value for "${column.name}"`)
}

function isScalar(value: unknown): boolean {
  if (value === null || ['string', 'number', 'bigint', 'boolean'].includes(typeof value)) return true
  return value instanceof Date || value instanceof Uint8Array || isDecimal(value) || isNullKind(value)
}

/** decimal.js, in whichever copy the caller has it: what Prisma itself looks for. */
function isDecimal(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { s, e, d, toFixed } = value as Record<string, unknown>
  return typeof s === 'number' && typeof e === 'number' && Array.isArray(d) && typeof toFixed === 'function'
}

/** `Prisma.DbNull`, `Prisma.JsonNull`, `Prisma.AnyNull`: class instances that no JSON text can imitate. */
function isNullKind(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || isPlainObject(value)) return false
  return ['DbNull', 'JsonNull', 'AnyNull'].includes(value.constructor.name)
}

/** JSON all through, without a key by which Prisma refers to another column. */
function isJson(value: unknown): boolean {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return true
  if (Array.isArray(value)) return value.every(isJson)
  return isPlainObject(value) && !Object.hasOwn(value, '_ref') && Object.values(value).every(isJson)
}
