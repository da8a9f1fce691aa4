import { Decimal } from '@prisma/client/runtime/client'
import { types } from 'node:util'
import type { Column } from '../catalog/model.js'
import { nullKinds } from './snapshot.js'
import { isPlainObject, unsupported } from './unsupported.js'

/**
 * Checks that a value to compare with is data: a scalar of some kind, a list of scalars, or JSON for a Json column.
 * Wherever Prisma expects a scalar it also takes operator objects and references to other columns, which would read
 * past the rules. Instances of classes are gone already: {@link snapshot} lets only Prisma's own through.
 *
 * @throws {ClaimstakeError} `UNSUPPORTED_ARGUMENT`
 */
export function scalarValue(column: Column, value: unknown): unknown {
  if (column.type === 'Json' ? isJson(value, isNoReference) : isScalars(value)) return value
  throw unsupported(`this value for "${column.name}"`)
}

/**
 * Checks that a value to be written is data, as {@link scalarValue} does. In the JSON of a Json column any key is
 * data: nothing is compared there. `null` for a list column is the empty list, as it is over HTTP.
 *
 * @throws {ClaimstakeError} `UNSUPPORTED_ARGUMENT`
 */
export function writtenValue(column: Column, value: unknown): unknown {
  if (value === null && column.list) return []
  if (column.type === 'Json' && isJson(value, () => true)) return value
  return scalarValue(column, value)
}

function isScalars(value: unknown): boolean {
  return Array.isArray(value) ? value.every(isScalar) : isScalar(value)
}

/**
 * Of objects, the few that stand for one value, Decimal in a row of ours; whatever else an object is, Prisma may take it
 * for operators.
 */
function isScalar(value: unknown): boolean {
  return (
    typeof value !== 'object' ||
    value === null ||
    types.isDate(value) ||
    types.isUint8Array(value) ||
    value instanceof Decimal ||
    nullKinds.includes(value)
  )
}

/** JSON all through, with only such keys. */
function isJson(value: unknown, isKey: (key: string) => boolean): boolean {
  if (Array.isArray(value)) return value.every((item) => isJson(item, isKey))
  if (!isPlainObject(value)) return isScalar(value)
  return Object.entries(value).every(([key, item]) => isKey(key) && isJson(item, isKey))
}

/** The key by which Prisma refers to another column. */
function isNoReference(key: string): boolean {
  return key !== '_ref'
}
