import type { Column } from '../catalog/model.js'
import type { ScopeValue } from './scope.js'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/u
const integer = /^(?:0|-?[1-9]\d{0,18})$/u

/** Whether a column can hold owners or groups: String, uuid, Int or BigInt, single or list. */
export function holdsNames({ kind, type, native = 'Integer' }: Column): boolean {
  if (kind !== 'scalar') return false
  // An oid has no negative numbers: Postgres would take one for another's.
  return (
    type === 'String' || (['Int', 'BigInt'].includes(type) && /^(?:Integer|SmallInt|BigInt)$/u.test(native))
  )
}

/**
 * Whether the database tells every two texts in a column apart. `Char` does not count spaces at the end, `Citext` no
 * case, `Inet` knows several ways to write one address: one caller would be another.
 */
export function tellsApart({ type, native = 'Text' }: Column): boolean {
  return type !== 'String' || /^(?:Text|Uuid|VarChar(?:\(\d+\))?)$/u.test(native)
}

/**
 * A claim value as the column would hold it, or `undefined` where it could hold no such value. Numbers and uuids
 * match in canonical form only: `01` is not 1, and an upper-case uuid is nobody.
 */
export function toColumnValue(column: Column, text: string): ScopeValue | undefined {
  if (column.type === 'String') return isText(column, text) ? text : undefined
  if (!integer.test(text)) return undefined
  const value = BigInt(text)
  if (column.type === 'BigInt') return BigInt.asIntN(64, value) === value ? value : undefined
  return BigInt.asIntN(32, value) === value ? Number(value) : undefined
}

function isText({ native = '' }: Column, text: string): boolean {
  if (native === 'Uuid') return uuid.test(text)
  // Postgres cuts spaces off the end of what is too long, and so would store another caller's name.
  const most = /^VarChar\((\d+)\)$/u.exec(native)?.[1]
  return most === undefined || Array.from(text).length <= Number(most)
}
