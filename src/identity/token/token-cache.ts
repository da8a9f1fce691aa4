import type { Principal } from '../../claims/principal.js'
import { digest } from '../digest.js'
import { recentlyUsed } from '../recently-used.js'
import type { Lifetime } from './token-checks.js'

/** What is remembered of a token that was found good. */
export interface VerifiedToken {
  readonly principal: Principal
  readonly lifetime: Lifetime
  /** In seconds, of the issuer. */
  readonly clockSkew: number
  /** When its signature was last checked, in seconds since 1970. */
  readonly verifiedAt: number
  /** How long that stays so, in seconds: a key may be withdrawn. */
  readonly trustedFor: number
}

/** The verified tokens that were used last. */
export interface TokenCache {
  get(token: string): VerifiedToken | undefined
  set(token: string, verified: VerifiedToken): void
}

/**
 * Remembers verified tokens, dropping the least recently used beyond `size`.
 *
 * The key is SHA-256 of the token: two tokens never share an entry, and no usable token is kept in memory for a
 * dump to find. It is no revocation list: only what was found good is in here.
 *
 * @param size how many; 0 remembers none
 */
export function tokenCache(size: number): TokenCache {
  const entries = recentlyUsed<VerifiedToken>(size)
  return {
    get: (token) => entries.get(digest(token)),
    set: (token, verified) => {
      entries.set(digest(token), verified)
    },
  }
}
