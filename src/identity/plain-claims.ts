import { holdsLongList } from '../claims/long-list.js'
import type { Claims } from '../claims/principal.js'
import { parseStrictJson } from '../claims/strict-json.js'

/** Bytes of the claims as JSON at most, and how deep they may nest: what a token can carry, and some more. */
const limits = { bytes: 16_384, depth: 16 }

/** Claims that are none. The message repeats nothing of them. */
export class UnusableClaimsError extends TypeError {
  override readonly name = 'UnusableClaimsError'
}

/**
 * A copy of claims that a function of the user's gave. Nothing is guessed: what is not plain JSON is refused.
 *
 * @throws {UnusableClaimsError} with a reason; {@link StrictJsonError} where they nest too deep
 */
export function plainClaims(claims: unknown): Claims {
  if (!isPlain(claims)) throw new UnusableClaimsError('its claims are no plain object')
  const bytes = Buffer.from(JSON.stringify(claims, onlyJson))
  if (bytes.length > limits.bytes)
    throw new UnusableClaimsError(`its claims are larger than ${limits.bytes} bytes`)
  const copy = parseStrictJson(bytes, limits.depth, 'any') as Claims
  if (holdsLongList(copy)) throw new UnusableClaimsError('a list in its claims is too long')
  return copy
}

/** Refuses what JSON has no word for, rather than let `JSON.stringify` make something of it. */
function onlyJson(this: unknown, key: string, value: unknown): unknown {
  // `value` has been through `toJSON` already; what was given is still in its place.
  const given = (this as Readonly<Record<string, unknown>>)[key]
  const isJson =
    given === undefined ||
    given === null ||
    ['string', 'boolean'].includes(typeof given) ||
    Number.isFinite(given) ||
    Array.isArray(given) ||
    isPlain(given)
  if (!isJson) throw new UnusableClaimsError('its claims hold something that is not JSON')
  return given === value ? value : given
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // Not compared with our own `Object`: a test runner has several.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
