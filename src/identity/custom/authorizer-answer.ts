import { z } from 'zod'
import type { Claims } from '../../claims/principal.js'
import { plainClaims } from '../plain-claims.js'

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
  return data.claims === undefined ? {} : plainClaims(data.claims)
}

function explain(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys')
    return `its answer has members not known here: ${issue.keys.join(', ')}`
  return 'its isAuthorized is neither true nor false'
}
