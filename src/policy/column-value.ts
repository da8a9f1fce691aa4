import type { Column } from '../catalog/model.js'
import type { ScopeValue } from './scope.js'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/u
/**
 * Types that keep a name as it is, and compare it so. Not among them: citext, in which two callers who differ in case
 * would be one, and types that fail on what is no address or no bits.
 */
const asIs = /^(?:Text|VarChar|Char|Uuid|Integer|SmallInt|BigInt)\b/u
const integer = /^(?:0|-?[1-9]\d{0,18})$/u

/** Whether a column can hold owners or groups: String, uuid, Int or BigInt, single or list. */
export function holdsNames(column: Column): boolean {
  return (
    column.kind === 'scalar' &&
    ['String', 'Int', 'BigInt'].includes(column.type) &&
    (column.native === undefined || asIs.test(column.native))
  )
}

/**
 * A claim value as the column would hold it, or `undefined` where it could hold no such value. Numbers and uuids
 * match in canonical form only: `01` is not 1, and an upper-case uuid is nobody.
 */
export function toColumnValue(column: Column, text: string): ScopeValue | undefined {
  if (column.type === 'String') return column.native !== 'Uuid' || uuid.test(text) ? text : undefined
  if (!integer.test(text)) return undefined
  const value = BigInt(text)
  if (column.type === 'BigInt') return BigInt.asIntN(64, value) === value ? value : undefined
  return BigInt.asIntN(32, value) === value ? Number(value) : undefined
}
