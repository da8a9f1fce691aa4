import type { ErrorRequestHandler, Request } from 'express'
import type { ClaimstakeError } from '../errors.js'
import { failureOf } from './failure-of.js'
import { requestIdOf } from './transport.js'

/** Where problem types are documented; the fragment is the code. */
export const problemTypes = 'https://claimstake.dev/errors#'

/** Receives what was not expected, with the request's id; the answer never says more than "something went wrong". */
export type ReportFailure = (error: unknown, request: Request) => void

/**
 * Express's last stage: every failure as `application/problem+json` (RFC 9457). Its `detail` is ours or none; the
 * cause is reported, never sent.
 */
export function problemHandler(report: ReportFailure): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error)
      return
    }
    const failure = failureOf(error)
    // Of what is refused because there is too much to do, the log has a line each already.
    if (failure.status >= 500 && failure.code !== 'OVERLOADED') report(error, request)
    Object.assign(response.locals, { code: failure.code, reason: failure.reason })
    response.status(failure.status).set({
      'Content-Type': 'application/problem+json',
      'Cache-Control': 'no-store',
      ...(failure.status === 401 && { 'WWW-Authenticate': 'Bearer realm="claimstake"' }),
      ...(failure.status === 503 && { 'Retry-After': '1' }),
      ...failure.headers,
    })
    response.end(JSON.stringify(problemOf(failure, request)))
  }
}

/** Faults listed at most: an answer is not to be larger than what was sent. */
const maxFaults = 100

function problemOf(failure: ClaimstakeError, request: Request) {
  return {
    type: `${problemTypes}${failure.code}`,
    title: failure.title,
    status: failure.status,
    ...(failure.detail !== undefined && { detail: failure.detail }),
    instance: request.originalUrl.split('?')[0],
    code: failure.code,
    ...(requestIdOf(request) !== '' && { requestId: requestIdOf(request) }),
    ...(failure.errors && { errors: failure.errors.slice(0, maxFaults) }),
  }
}
