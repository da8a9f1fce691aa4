import { KeyObject } from 'node:crypto'
import { createRemoteJWKSet, errors } from 'jose'
import { keyFault } from '../config/algorithm.js'
import { ClaimstakeError } from '../errors.js'
import { invalidToken } from './challenge.js'
import type { KeyHint } from './token-checks.js'

/**
 * Finds the key that must have signed a token.
 *
 * @throws {ClaimstakeError} `INVALID_TOKEN` when the issuer has no such key; `UNAVAILABLE` when that cannot be known
 */
export type KeySource = (hint: KeyHint) => Promise<KeyObject>

/** Durations in milliseconds: a caller waits at most the first, a withdrawn key is trusted at most the second. */
const jwksOptions = { timeoutDuration: 3000, cacheMaxAge: 300_000, cooldownDuration: 30_000 }

/** The key source of an issuer: its one key, or the set it publishes (RFC 7517). */
export function keySource(key: KeyObject | URL): KeySource {
  if (key instanceof KeyObject) return () => Promise.resolve(key)
  const published = createRemoteJWKSet(key, jwksOptions)
  return async (hint) => {
    const found = KeyObject.from(await published({ ...hint }).catch(explain))
    const fault = keyFault(hint.alg, found)
    if (fault !== undefined) throw invalidToken(undefined, new Error(`the published key ${fault}`))
    return found
  }
}

/** Tells "there is no such key" from "nobody could say": only the first is the caller's fault. */
function explain(cause: unknown): never {
  const refused = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported]
  if (refused.some((kind) => cause instanceof kind)) throw invalidToken(undefined, cause)
  throw new ClaimstakeError('UNAVAILABLE', {
    detail: 'The keys of the token issuer are out of reach.',
    headers: { 'Retry-After': '5' },
    cause,
  })
}
