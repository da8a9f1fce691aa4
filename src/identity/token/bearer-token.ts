import type { Request } from 'express'
import { credentialsNeeded, malformedCredentials } from '../challenge.js'
import { timesSent } from '../credentials.js'

/**
 * The raw token of a request (RFC 6750 section 2.1, and only that: a token in a query or cookie is not read).
 *
 * @returns the token as sent, not yet looked at, or `undefined` when there is no `Authorization` header
 * @throws {ClaimstakeError} `UNAUTHENTICATED` for another scheme; `MALFORMED_CREDENTIALS` for a header that
 *   cannot be read, a second one, or a token sent in a second place as well
 */
export function bearerToken(request: Request): string | undefined {
  const header = request.headers.authorization
  if (header === undefined) return undefined
  // Node keeps the first of two and hides the other, so which one counts would depend on who looks.
  if (timesSent(request, 'Authorization') > 1)
    throw malformedCredentials('There are two Authorization headers.')
  const scheme = /^[^ \t]*/u.exec(header)?.[0] ?? ''
  if (scheme !== '' && scheme.toLowerCase() !== 'bearer') throw credentialsNeeded()
  const token = /^bearer +(\S+)$/iu.exec(header)?.[1]
  if (token === undefined)
    throw malformedCredentials('The Authorization header must be "Bearer" and one token.')
  if (sentElsewhere(request)) throw malformedCredentials('The token must be sent in one place only.')
  return token
}

/** RFC 6750 section 2: clients must not send the token in more than one way. */
function sentElsewhere({ url, headers }: Request): boolean {
  const at = url.indexOf('?')
  const inQuery = at >= 0 && new URLSearchParams(url.slice(at)).has('access_token')
  return inQuery || /(?:^|;)\s*access_token=/u.test(headers.cookie ?? '')
}
