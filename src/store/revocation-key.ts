import { hash } from 'node:crypto'
import { isNumericDate } from '../claims/numeric-date.js'
import type { Claims } from '../claims/principal.js'

/** What a token is known by: itself, or whom it is about. */
export type RevokedClaim = 'jti' | 'sub'

/**
 * The key of a revocation: SHA-256, in hexadecimal. It is made of claims, never of the token's text, of which there may
 * be several spellings; and of a list in JSON, so that two different lists never read the same.
 */
export function revocationKey(issuer: string, claim: RevokedClaim, value: string): string {
  return hash('sha256', JSON.stringify([issuer, claim, value]))
}

/** The keys under which a token may have been revoked: none where it names neither itself nor a subject. */
export function keysOf({ iss, jti, sub }: Claims): readonly string[] {
  if (typeof iss !== 'string') return []
  const key = (claim: RevokedClaim, value: unknown) => {
    const text = textOf(value)
    return text === undefined ? [] : [revocationKey(iss, claim, text)]
  }
  return [...key('jti', jti), ...key('sub', sub)]
}

/** When a token was issued, in whole seconds since 1970; `undefined` when it does not say. */
export function issuedAt({ iat }: Claims): number | undefined {
  return isNumericDate(iat) ? Math.floor(iat) : undefined
}

/** Some issuers write numbers, which rules read as text too. */
export function textOf(value: unknown): string | undefined {
  const text = Number.isSafeInteger(value) ? String(value) : value
  return typeof text === 'string' && text !== '' ? text : undefined
}
