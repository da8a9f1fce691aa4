import type { Request } from 'express'
import { ClaimstakeError, unusableHeader } from '../errors.js'

/** What answers are made of; some clients name the charset too. */
const types = ['application/json', 'application/problem+json'].flatMap((type) => [
  type,
  `${type}; charset=utf-8`,
])

/**
 * Refuses a caller who takes none of our media types (RFC 9110 section 12.5.1). One of them is enough: generated
 * clients ask for the problem alone where an answer has no body. A blank header says nothing.
 *
 * @throws {ClaimstakeError} `NOT_ACCEPTABLE`
 */
export function checkAccept(request: Request): void {
  if ((request.get('Accept') ?? '').trim() === '' || request.accepts(types) !== false) return
  throw new ClaimstakeError('NOT_ACCEPTABLE', {
    detail: 'Answers are application/json: accept that.',
    errors: [unusableHeader('Accept')],
  })
}
