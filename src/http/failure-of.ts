import { meaningOf } from '../database-error.js'
import { ClaimstakeError, type ErrorCode } from '../errors.js'

/** The failure to answer with for anything that was thrown. What is not recognised is a 500 without a detail. */
export function failureOf(error: unknown): ClaimstakeError {
  if (error instanceof ClaimstakeError) return error
  return new ClaimstakeError(meaningOf(error) ?? requestFault(error) ?? 'INTERNAL', { cause: error })
}

/** What Express itself refuses: a path it cannot decode, a range of a file that is not there. */
function requestFault(error: unknown): ErrorCode | undefined {
  const status = error instanceof Error && 'status' in error ? error.status : undefined
  if (status === 404) return 'NOT_FOUND'
  return typeof status === 'number' && status >= 400 && status < 500 ? 'MALFORMED_REQUEST' : undefined
}
