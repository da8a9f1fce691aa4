import type { KeyObject } from 'node:crypto'

/**
 * The signature algorithms a token may use (RFC 7518 section 3.1). `none` is not among them, and no list an
 * operator writes can bring it in.
 */
export const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'HS256',
  'HS384',
  'HS512',
] as const

export type Algorithm = (typeof algorithms)[number]

/** RFC 7518 section 3.4: each of these is bound to its own curve. */
const curves: Partial<Record<Algorithm, string>> = {
  ES256: 'prime256v1',
  ES384: 'secp384r1',
  ES512: 'secp521r1',
}

const shortestRsaKey = 2048

/** Whether the algorithm signs with a shared secret, so that whoever verifies could also sign. */
export function isSymmetric(algorithm: Algorithm): boolean {
  return algorithm.startsWith('HS')
}

/**
 * The algorithms of an issuer that lists none: the one usual for its key, because a key belongs to one algorithm
 * (RFC 8725 section 3.1), or the two in common use when keys are fetched. Empty: no algorithm fits the key.
 */
export function usualAlgorithms(key?: KeyObject): readonly Algorithm[] {
  if (!key) return ['RS256', 'ES256']
  return (['HS256', 'RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const)
    .filter((each) => fits(each, key))
    .slice(0, 1)
}

/**
 * Says why a key must not verify an algorithm, or nothing when it may: wrong type (RFC 8725 section 3.1: this is
 * what algorithm confusion lives on), wrong curve, an RSA key below 2,048 bits (RFC 7518 section 3.3) or a secret
 * shorter than the hash (section 3.2).
 */
export function keyFault(algorithm: Algorithm, key: KeyObject): string | undefined {
  if (!fits(algorithm, key)) return `does not fit ${algorithm}`
  if (key.type === 'secret') {
    const shortest = Number(algorithm.slice(2)) / 8
    const size = key.symmetricKeySize ?? 0
    return size < shortest ? `has ${size} bytes, ${algorithm} needs at least ${shortest}` : undefined
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? shortestRsaKey
  return bits < shortestRsaKey ? `has ${bits} bits, RSA needs at least ${shortestRsaKey}` : undefined
}

function fits(algorithm: Algorithm, key: KeyObject): boolean {
  if (key.type !== 'public') return key.type === 'secret' && isSymmetric(algorithm)
  const type = key.asymmetricKeyType
  if (algorithm.startsWith('RS')) return type === 'rsa'
  // Not `rsa-pss`, a key that names its own hash and salt (RFC 4055): jose cannot use it.
  if (algorithm.startsWith('PS')) return type === 'rsa'
  // RFC 8037; Ed448 goes by the same name, but not by the same code everywhere.
  if (algorithm === 'EdDSA') return type === 'ed25519'
  return type === 'ec' && key.asymmetricKeyDetails?.namedCurve === curves[algorithm]
}
