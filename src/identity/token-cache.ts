import { hash } from 'node:crypto'
import type { Principal } from '../claims/principal.js'
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
  const entries = new Map<string, VerifiedToken>()
  const keep = (key: string, entry: VerifiedToken) => {
    // A Map keeps the order of insertion, so the one used longest ago stands first.
    entries.delete(key)
    entries.set(key, entry)
  }
  return {
    get(token) {
      const key = digest(token)
      const entry = entries.get(key)
      if (entry) keep(key, entry)
      return entry
    },
    set(token, verified) {
      keep(digest(token), verified)
      const oldest = entries.keys().next()
      if (entries.size > size && !oldest.done) entries.delete(oldest.value)
    },
  }
}

function digest(token: string): string {
  return hash('sha256', token, 'base64url')
}
