import { z } from 'zod'
import { holdsLongList } from '../../claims/long-list.js'
import type { Claims } from '../../claims/principal.js'
import { parseStrictJson } from '../../claims/strict-json.js'

/** Bytes of the claims as JSON at most, and how deep they may nest: what a token can carry, and some more. */
const limits = { bytes: 16_384, depth: 16 }

const answer = z.strictObject({ isAuthorized: z.literal(true), claims: z.unknown().optional() })

/**
 * What an authorizer has answered: the claims of a caller it lets in, or `undefined` for one it refuses.
 *
 * Nothing is guessed: an answer with other members (`deniedFields` of a Lambda authorizer), with `isAuthorized` that
 * is `1`, or with claims that are not plain JSON is none.
 *
 * @returns a copy of the claims
 * @throws {TypeError} when the answer is none, with a reason that repeats nothing of it but the names of members
 */
export function claimsOf(value: unknown): Claims | undefined {
  if (typeof value !== 'object' || value === null) throw new TypeError('it did not answer with an object')
  if ((value as { isAuthorized?: unknown }).isAuthorized === false) return undefined
  const { error, data } = answer.safeParse(value)
  if (error) throw new TypeError(error.issues.map(explain).join('; '))
  return data.claims === undefined ? {} : copyOf(data.claims)
}

function explain(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys')
    return `its answer has members not known here: ${issue.keys.join(', ')}`
  return 'its isAuthorized is neither true nor false'
}

function copyOf(claims: unknown): Claims {
  if (!isPlain(claims)) throw new TypeError('its claims are no plain object')
  const bytes = Buffer.from(JSON.stringify(claims, onlyJson))
  if (bytes.length > limits.bytes) throw new TypeError(`its claims are larger than ${limits.bytes} bytes`)
  const copy = parseStrictJson(bytes, limits.depth, 'any') as Claims
  if (holdsLongList(copy)) throw new TypeError('a list in its claims is too long')
  return copy
}

/** Refuses what JSON has no word for, rather than let `JSON.stringify` make something of it. */
function onlyJson(this: unknown, key: string, value: unknown): unknown {
  // `value` has been through `toJSON` already; what the authorizer gave is still in its place.
  const given = (this as Readonly<Record<string, unknown>>)[key]
  const isJson =
    given === undefined ||
    given === null ||
    ['string', 'boolean'].includes(typeof given) ||
    Number.isFinite(given) ||
    Array.isArray(given) ||
    isPlain(given)
  if (!isJson) throw new TypeError('its claims hold something that is not JSON')
  return given === value ? value : given
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // Not compared with our own `Object`: a test runner has several.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
