import type { Column } from '../catalog/model.js'
import { isPlainObject, unsupported } from './unsupported.js'

/**
 * Checks that a value to compare with is data: a scalar of some kind, a list of scalars, or JSON for a Json column. Wherever Prisma
 * expects a scalar it also takes operator objects and references to other columns, which would read past the rules.
 *
 * @throws {ClaimstakeError} `UNSUPPORTED_ARGUMENT`
 */
export function scalarValue(column: Column, value: unknown): unknown {
  if (Array.isArray(value) && column.type !== 'Json') return value.map((item) => scalarValue(column, item))
  if (isScalar(value) || (column.type === 'Json' && isJson(value, isNoReference))) return value
  throw unsupported(`this value for "${column.name}"`)
}

/** The key by which Prisma refers to another column. */
function isNoReference(key: string): boolean {
  return key !== '_ref'
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

/**
 * Checks that a value to be written is data, as {@link scalarValue} does. In the JSON of a Json column any key is
 * data: nothing is compared there.
 *
 * @throws {ClaimstakeError} `UNSUPPORTED_ARGUMENT`
 */
export function writtenValue(column: Column, value: unknown): unknown {
  if (column.type === 'Json' && isJson(value, () => true)) return value
  return scalarValue(column, value)
}

/** JSON all through, with only such keys. */
function isJson(value: unknown, isKey: (key: string) => boolean): boolean {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return true
  if (Array.isArray(value)) return value.every((item) => isJson(item, isKey))
  return (
    isPlainObject(value) &&
    Object.keys(value).every(isKey) &&
    Object.values(value).every((item) => isJson(item, isKey))
  )
}
