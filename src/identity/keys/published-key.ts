import { createPublicKey, type KeyObject } from 'node:crypto'
import { keyFault, type Algorithm } from '../../config/algorithm.js'
import { ed25519Weakness } from './ed25519-weakness.js'
import { rsaWeakness } from './rsa-weakness.js'

/** A key that verifies tokens, with the one algorithm it is for (RFC 8725 section 3.1). */
export interface PublishedKey {
  readonly kid: string | undefined
  readonly alg: Algorithm
  readonly key: KeyObject
  /** The public numbers, as text: two keys of the same text are the same. */
  readonly material: string
}

/** Why a published key is not used; the words are labels of a metric. */
export const skipReasons = [
  'symmetric',
  'private',
  'use',
  'algorithm',
  'weak',
  'malformed',
  'duplicate',
] as const

export type SkipReason = (typeof skipReasons)[number]

/** The public numbers of each type (RFC 7518 section 6, RFC 8037). */
const numbers: Readonly<Record<string, readonly string[]>> = {
  RSA: ['n', 'e'],
  EC: ['crv', 'x', 'y'],
  OKP: ['crv', 'x'],
}

/** Members that only the owner of a key should have (RFC 7518 section 6, and 6.2.2, 6.3.2). */
const privateNumbers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth']

/**
 * Reads one member of a JWK Set (RFC 7517). Only the public numbers reach the library: certificates and links in a key
 * are not looked at.
 *
 * @param algorithms those that the issuer may use, in order: a key that names none is for the first that fits it
 * @param known gives a key that was read before, by its numbers: to read one takes time
 * @returns the key, or why it is not used
 */
export function readPublishedKey(
  jwk: unknown,
  algorithms: readonly Algorithm[],
  known: (material: string) => KeyObject | undefined,
): PublishedKey | SkipReason {
  if (!isObject(jwk)) return 'malformed'
  if (jwk['kty'] === 'oct' || jwk['k'] !== undefined) return 'symmetric'
  if (privateNumbers.some((member) => jwk[member] !== undefined)) return 'private'
  const { kid, kty, alg, use, key_ops: operations } = jwk
  if (kid !== undefined && typeof kid !== 'string') return 'malformed'
  if (use !== undefined && use !== 'sig') return 'use'
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return 'use'
  const members = typeof kty === 'string' && Object.hasOwn(numbers, kty) ? numbers[kty] : undefined
  const allowed = alg === undefined ? algorithms : algorithms.filter((each) => each === alg)
  if (!members || allowed.length === 0) return 'algorithm'

  const texts = members.map((member) => jwk[member])
  if (!texts.every(isBase64Url)) return 'malformed'
  const material = [kty, ...texts].join(' ')
  if (kty === 'RSA' && rsaWeakness(String(jwk['n']), String(jwk['e'])) !== undefined) return 'weak'
  if (kty === 'OKP' && ed25519Weakness(String(jwk['x'])) !== undefined) return 'weak'
  const key = known(material) ?? publicKey({ kty, ...pick(jwk, members) })
  if (!key) return 'malformed'
  const [fitting] = allowed.filter((each) => keyFault(each, key) === undefined)
  return fitting ? { kid, alg: fitting, key, material } : 'algorithm'
}

function publicKey(jwk: Record<string, unknown>): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' })
  } catch {
    return undefined
  }
}

function pick(jwk: Record<string, unknown>, members: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(members.map((member) => [member, jwk[member]]))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A curve's name is of such characters too. */
function isBase64Url(value: unknown): value is string {
  return typeof value === 'string' && /^[\w-]+$/u.test(value)
}
