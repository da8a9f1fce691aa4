import type { AuthorizerRequest } from '../../claims/custom-authorizer.js'
import type { Claims } from '../../claims/principal.js'
import type { AuthorizerSettings } from '../../config/authorizer.js'
import { boundedCall } from '../bounded-call.js'
import { refusedCredentials } from '../challenge.js'
import { claimsOf } from './authorizer-answer.js'
import { unavailableAuthorizer } from './unavailable-authorizer.js'

/**
 * Asks an authorizer about a caller.
 *
 * @param request what it may see, but for the signal
 * @param credentials what must not get into a log
 * @returns the claims of a caller it lets in
 * @throws {ClaimstakeError} `INVALID_CREDENTIALS` when it refuses; `UNAVAILABLE` when it throws, gives no usable
 *   answer, is late, or has as many calls to answer as it may
 */
export type AskAuthorizer = (
  request: Omit<AuthorizerRequest, 'signal'>,
  credentials: string,
) => Promise<Claims>

/** Gives an authorizer a deadline, and only so many calls at once. */
export function askAuthorizer({ authorize, ...limits }: AuthorizerSettings): AskAuthorizer {
  const call = boundedCall(limits)
  return async (request, credentials) => {
    let claims: Claims | undefined
    try {
      claims = claimsOf(await call((signal) => authorize(Object.freeze({ ...request, signal }))))
    } catch (cause) {
      throw unavailableAuthorizer(cause, credentials)
    }
    if (!claims) throw refusedCredentials()
    return claims
  }
}
