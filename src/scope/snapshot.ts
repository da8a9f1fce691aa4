import { AnyNull, DbNull, JsonNull } from '@prisma/client/runtime/client'
import { types } from 'node:util'
import { isPlainObject, unsupported } from './unsupported.js'

/** Prisma's own words for the two nulls of JSON: the only instances of classes that stay what they are. */
export const nullKinds: readonly unknown[] = [AnyNull, DbNull, JsonNull]
const maxDepth = 64

/** Keys that mean something else than data wherever they are copied: to JavaScript, and to Prisma's wire format. */
const foreignKeys: readonly string[] = ['__proto__', '__prismaRawParameters__']

/**
 * A deep copy of a call's arguments, made when the call is made: what is checked is then what is sent. It is built
 * of fresh arrays and object literals, so nothing in it has methods, accessors or a prototype of the caller's making.
 *
 * Everything is looked at once: an object is asked for its keys once and for the value of each once, a list for its
 * length and its items. What it says of itself next time, as a Proxy may, is of no consequence.
 *
 * @throws {ClaimstakeError} `UNSUPPORTED_ARGUMENT` for whatever is not plain data
 */
export function snapshot(value: unknown, depth = 0): unknown {
  if (depth > maxDepth) throw unsupported(`arguments nested deeper than ${maxDepth}`)
  if (typeof value === 'function' || typeof value === 'symbol') throw unsupported('a function or a symbol')
  if (typeof value !== 'object' || value === null || nullKinds.includes(value)) return value
  if (Array.isArray(value)) {
    return Array.from({ length: value.length }, (_, at) => snapshot((value as unknown[])[at], depth + 1))
  }
  if (isPlainObject(value)) return copyOf(value, depth)
  // The methods that these have, not those that one of them may have been given.
  if (types.isDate(value)) return new Date(Date.prototype.getTime.call(value))
  if (types.isUint8Array(value)) return new Uint8Array(value)
  return decimalText(value)
}

function copyOf(value: Readonly<Record<string, unknown>>, depth: number): Record<string, unknown> {
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(value)) {
    if (foreignKeys.includes(key)) throw unsupported(`the key "${key}"`)
    copy[key] = snapshot(value[key], depth + 1)
  }
  return copy
}

/** decimal.js, in whichever copy the caller has it, as the number it writes. */
function decimalText(value: object): string {
  const toFixed: unknown = 'd' in value && 'e' in value && 's' in value && 'toFixed' in value && value.toFixed
  const text: unknown = typeof toFixed === 'function' ? toFixed.call(value) : undefined
  if (typeof text === 'string' && /^-?\d{1,1000}(?:\.\d{1,1000})?$/u.test(text)) return text
  throw unsupported('anything but plain data: an instance of a class')
}
