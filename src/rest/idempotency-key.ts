import { ClaimstakeError, unusableHeader } from '../errors.js'

/** Visible ASCII; long enough for whatever clients make, short enough for any log of theirs. */
const form = /^[\x21-\x7e]{1,255}$/u

/**
 * The value of `Idempotency-Key`.
 *
 * @param sent the header's values, one for each time it stands there
 * @param isIdentified whether the caller can be told from every other one
 * @throws {ClaimstakeError} `MALFORMED_REQUEST`
 */
export function idempotencyKey(
  sent: readonly string[] | undefined,
  isIdentified: () => boolean,
): string | undefined {
  if (sent === undefined) return undefined
  const [key = ''] = sent
  // Some generated clients send the text `null` for a header they were not given: one key for all of their calls.
  if (sent.length > 1 || !form.test(key) || key === 'null')
    throw malformed(
      'Idempotency-Key takes one value of 1 to 255 visible ASCII characters that is not "null".',
    )
  if (!isIdentified()) throw malformed('An Idempotency-Key needs a caller with an identity.')
  return key
}

function malformed(detail: string): ClaimstakeError {
  return new ClaimstakeError('MALFORMED_REQUEST', { detail, errors: [unusableHeader('Idempotency-Key')] })
}
