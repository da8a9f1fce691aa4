import { ClaimstakeError } from '../errors.js'

/** RFC 6750 section 3: every challenge names the scheme; the realm is a constant, it tells nothing about anybody. */
const scheme = 'Bearer realm="claimstake"'

/** No credentials were sent, or none of a kind we know (RFC 6750 section 3.1: then no error code). */
export function credentialsNeeded(): ClaimstakeError {
  return new ClaimstakeError('UNAUTHENTICATED', { headers: { 'WWW-Authenticate': scheme } })
}

const invalid = { 'WWW-Authenticate': `${scheme}, error="invalid_token"` }

/**
 * A token was sent and is refused, though its issuer signed it.
 *
 * @param detail may name a claim and what is wrong with it
 */
export function invalidToken(detail: string): ClaimstakeError {
  return new ClaimstakeError('INVALID_TOKEN', { headers: invalid, detail, reason: detail })
}

/**
 * A token was sent and is refused, and nobody is known to have signed it.
 *
 * @param reason for the log alone, so that nobody can ask for reasons with tokens of his own making; holds nothing of it
 */
export function unsignedToken(reason: string): ClaimstakeError {
  return new ClaimstakeError('INVALID_TOKEN', { headers: invalid, reason })
}

/**
 * Credentials other than a token were sent and are refused.
 *
 * @param cause logged only
 */
export function refusedCredentials(cause?: unknown): ClaimstakeError {
  return new ClaimstakeError('INVALID_CREDENTIALS', { headers: { 'WWW-Authenticate': scheme }, cause })
}

/** The credentials cannot be read, or were sent twice (RFC 6750 section 3.1, `invalid_request`). */
export function malformedCredentials(detail: string): ClaimstakeError {
  const headers = { 'WWW-Authenticate': `${scheme}, error="invalid_request"` }
  return new ClaimstakeError('MALFORMED_CREDENTIALS', { headers, detail })
}
