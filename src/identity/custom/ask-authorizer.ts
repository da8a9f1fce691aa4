import type { AuthorizerRequest } from '../../claims/custom-authorizer.js'
import type { Claims } from '../../claims/principal.js'
import type { AuthorizerSettings } from '../../config/authorizer.js'
import { claimsOf } from './authorizer-answer.js'
import { refusedCredentials } from '../challenge.js'
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
export function askAuthorizer({ authorize, deadline, concurrency }: AuthorizerSettings): AskAuthorizer {
  let running = 0
  return async (request, credentials) => {
    // Whoever waits for a slow authorizer holds a connection; a queue would only make it slower.
    if (running >= concurrency) {
      throw unavailableAuthorizer(new Error(`it has ${concurrency} calls to answer already`), credentials)
    }
    running++
    const late = new AbortController()
    const timer = setTimeout(() => {
      late.abort(new Error(`it took longer than ${deadline} ms`))
    }, deadline)
    let claims: Claims | undefined
    try {
      const call = (async () => authorize(Object.freeze({ ...request, signal: late.signal })))()
      // A race listens to the loser too, so what comes of it when it is late disturbs nobody.
      claims = claimsOf(await Promise.race([call, rejection(late.signal)]))
    } catch (cause) {
      throw unavailableAuthorizer(cause, credentials)
    } finally {
      clearTimeout(timer)
      // A call that is late has been told to stop and counts no more: one that hangs must not shut everybody out.
      running--
    }
    if (!claims) throw refusedCredentials()
    return claims
  }
}

/** Rejects when the signal aborts, with its reason. */
function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}
