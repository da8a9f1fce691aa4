import type { Claims, Principal } from '../../claims/principal.js'
import type { IssuerSettings } from '../../config/issuer.js'
import type { KeySource } from '../keys/key-source.js'
import { recentlyUsed } from '../recently-used.js'
import type { Lifetime } from './token-checks.js'

/** What is remembered of a token that was found good. */
export interface VerifiedToken {
  /** SHA-256 of the token. */
  readonly name: string
  readonly issuer: IssuerSettings
  readonly keys: KeySource
  /** The keys' generation under which it was verified. */
  readonly generation: number
  readonly claims: Claims
  readonly lifetime: Lifetime
  readonly principal: Principal
}

/** How the cache does, since the start. */
export interface TokenCacheFacts {
  readonly entries: number
  readonly hits: number
  readonly misses: number
}

/** The verified tokens that were used last. */
export interface TokenCache {
  /** A token that was verified under keys which its issuer still has; to be waited for while those are looked at. */
  readonly get: (name: string) => VerifiedToken | undefined | Promise<VerifiedToken | undefined>
  /** @returns what is remembered: a token that is verified again keeps its caller, so others may remember by him */
  readonly set: (verified: VerifiedToken) => VerifiedToken
  readonly facts: () => TokenCacheFacts
}

/**
 * Remembers verified tokens, dropping the least recently used beyond `size`. Times are the business of who asks: they
 * are checked again on each use.
 *
 * The key is SHA-256 of the token: two tokens never share an entry, and no usable token is kept in memory for a
 * dump to find. It is no revocation list: only what was found good is in here.
 *
 * @param size how many; 0 remembers none
 */
export function tokenCache(size: number): TokenCache {
  const entries = recentlyUsed<VerifiedToken>(size)
  const counts = { hits: 0, misses: 0 }
  const judged = (known: VerifiedToken | undefined) => {
    const isGood = known?.generation === known?.keys.generation()
    counts[known && isGood ? 'hits' : 'misses']++
    return isGood ? known : undefined
  }
  return {
    get(name) {
      const known = entries.get(name)
      const waiting = known?.keys.refresh()
      return waiting ? waiting.then(() => judged(known)) : judged(known)
    },
    set(verified) {
      const before = entries.get(verified.name)
      const { principal, claims } = before ?? verified
      const entry = { ...verified, principal, claims }
      entries.set(verified.name, entry)
      return entry
    },
    facts: () => ({ entries: entries.size(), ...counts }),
  }
}
