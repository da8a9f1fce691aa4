import type { RequestHandler } from 'express'
import type { Logger } from 'pino'
import type { Principal } from '../claims/principal.js'
import { requestIdOf } from './transport.js'

/**
 * One line a request, when its answer is done: method, route pattern, status, problem code, why credentials were refused,
 * duration, the caller's key and the request id. No query values, no bodies, no claims.
 */
export function requestLog(log: Logger, principalKey: (principal: Principal) => string): RequestHandler {
  return (request, response, next) => {
    const start = process.hrtime.bigint()
    response.once('close', () => {
      const { pattern, principal, code, reason } = response.locals as {
        pattern?: string
        principal?: Principal
        code?: string
        reason?: string
      }
      log.info({
        method: request.method,
        route: pattern ?? null,
        status: response.writableFinished ? response.statusCode : 499,
        ...(code !== undefined && { code }),
        ...(reason !== undefined && { reason }),
        ms: Number((process.hrtime.bigint() - start) / 10_000n) / 100,
        principal: principal && principal.provider !== 'identityPool' ? principalKey(principal) : null,
        requestId: requestIdOf(request),
      })
    })
    next()
  }
}
