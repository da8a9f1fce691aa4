import type { Claims } from '../../claims/principal.js'
import { inTime, unavailable } from '../in-time.js'
import type { VerifiedToken } from './token-cache.js'

/** Where tokens that were taken back are looked up: `revocations(pool)`, or a place of your own. */
export interface Revocations {
  /**
   * Whether a token is revoked. It is asked each time a token is used, about claims that are verified, and about the same
   * frozen object for as long as the token is remembered. Throwing, or giving no answer within three seconds, means that
   * nobody can tell: the caller then gets 503, never 401, and is not let in.
   */
  readonly isRevoked: (claims: Claims) => boolean | Promise<boolean>
  /** How it does, since the start: for metrics. */
  readonly facts?: () => RevocationFacts
}

/** What is told of revocations. */
export interface RevocationFacts {
  /** Tokens that were looked up. */
  readonly lookups: number
  /** How often it was looked what is new, and how often that failed. */
  readonly looks: number
  readonly failures: number
  /** Whether revocations are heard of at once. */
  readonly isListening: boolean
}

const detail = 'Whether the token was revoked cannot be looked up at the moment.'

/**
 * The stage that asks whether a verified token was taken back. An answer that is there already costs no promise.
 *
 * @throws {ClaimstakeError} `UNAVAILABLE` when nobody can tell
 */
export function revocationCheck(
  revocations: Revocations,
): (verified: VerifiedToken) => boolean | Promise<boolean> {
  return ({ claims }) => {
    const answer = asked(() => revocations.isRevoked(claims))
    return typeof answer === 'boolean' ? answer : inTime(() => answer, detail).then(decided)
  }
}

function asked<Answer>(question: () => Answer): Answer {
  try {
    return question()
  } catch (cause) {
    throw unavailable(detail, cause)
  }
}

/** For answers without types: what is neither yes nor no lets nobody in. */
function decided(answer: unknown): boolean {
  if (typeof answer === 'boolean') return answer
  throw unavailable(detail, new TypeError('isRevoked() answered neither true nor false'))
}
