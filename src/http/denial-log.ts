import type { RequestHandler } from 'express'
import type { Logger } from 'pino'
import type { Principal } from '../claims/principal.js'
import { requestIdOf } from './transport.js'

const denials: readonly unknown[] = ['UNAUTHENTICATED', 'FORBIDDEN_OPERATION', 'FORBIDDEN_FIELD', 'NOT_FOUND']

/** Says why without naming a value of the caller's claims or of a row. */
export type ExplainDenial = (principal: Principal, operation: string, model: string) => unknown

/**
 * One line at debug level for each call that the rules refuse: which of them could have granted it, and why none did.
 * The rows are not looked at again, so a 404 is explained by what would have matched.
 */
export function denialLog(log: Logger, explain: ExplainDenial): RequestHandler {
  return (request, response, next) => {
    response.once('close', () => {
      const { principal, model, operation, code } = response.locals as {
        principal?: Principal
        model?: string
        operation?: string
        code?: string
      }
      if (!principal || model === undefined || operation === undefined || !denials.includes(code)) return
      const rules = explain(principal, operation, model)
      log.debug({ requestId: requestIdOf(request), code, model, operation, rules }, 'denied by the rules')
    })
    next()
  }
}
