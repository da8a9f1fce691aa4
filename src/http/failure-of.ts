import { ClaimstakeError, type ErrorCode } from '../errors.js'

/** What Prisma's error codes mean to a caller. Their messages name constraints and SQL: they are never passed on. */
const prismaCodes: Readonly<Record<string, ErrorCode>> = {
  P1000: 'UNAVAILABLE',
  P1001: 'UNAVAILABLE',
  P1002: 'UNAVAILABLE',
  P1003: 'UNAVAILABLE',
  P1008: 'UNAVAILABLE',
  P1010: 'UNAVAILABLE',
  P1017: 'UNAVAILABLE',
  P2000: 'INVALID_INPUT',
  P2002: 'CONFLICT',
  P2003: 'CONFLICT',
  P2014: 'CONFLICT',
  P2020: 'INVALID_INPUT',
  P2024: 'UNAVAILABLE',
  P2025: 'NOT_FOUND',
  P2028: 'UNAVAILABLE',
  P2033: 'INVALID_INPUT',
  P2034: 'UNAVAILABLE',
  P2037: 'UNAVAILABLE',
}

/** SQLSTATEs of values that a column, a check or an index cannot take. */
const unacceptable = /^(?:22|23502|23514|54000)/u

/** SQLSTATE classes and Node's socket errors that mean: not now; also what another transaction won against. */
const unavailable = /^(?:08|53|57|25006|40001|40P01|55P03)|^E(?:CONN|PIPE|HOST|NET|TIMEDOUT|AI_)/u

/** The failure to answer with for anything that was thrown. What is not recognised is a 500 without a detail. */
export function failureOf(error: unknown): ClaimstakeError {
  if (error instanceof ClaimstakeError) return error
  return new ClaimstakeError(codeOf(error), { cause: error })
}

function codeOf(error: unknown): ErrorCode {
  const seen = new Set<unknown>()
  for (let cause = error; cause instanceof Error && !seen.has(cause); cause = causeOf(cause)) {
    seen.add(cause)
    const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
    const known = Object.hasOwn(prismaCodes, code) ? prismaCodes[code] : undefined
    if (known) return known
    if (unacceptable.test(code)) return 'INVALID_INPUT'
    if (unavailable.test(code) || isTimeout(cause)) return 'UNAVAILABLE'
  }
  return requestFault(error) ?? 'INTERNAL'
}

/** What Express itself refuses: a path it cannot decode, a range of a file that is not there. */
function requestFault(error: unknown): ErrorCode | undefined {
  const status = error instanceof Error && 'status' in error ? error.status : undefined
  if (status === 404) return 'NOT_FOUND'
  return typeof status === 'number' && status >= 400 && status < 500 ? 'MALFORMED_REQUEST' : undefined
}

/** The error beneath: Prisma keeps the driver's in `meta`, everyone else in `cause`. */
function causeOf(error: Error): unknown {
  const meta = 'meta' in error ? (error.meta as { driverAdapterError?: unknown } | undefined) : undefined
  const cause = error.cause ?? meta?.driverAdapterError
  if (cause instanceof Error || typeof cause !== 'object' || cause === null) return cause
  const { originalCode } = cause as { originalCode?: unknown }
  return Object.assign(new Error('database'), { code: originalCode })
}

/** pg's own timeouts carry a message and no code. */
function isTimeout(error: Error): boolean {
  return /timeout exceeded when trying to connect|Query read timeout|Connection terminated/iu.test(
    error.message,
  )
}
