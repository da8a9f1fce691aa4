import express, { type Express, type Request } from 'express'
import helmet from 'helmet'
import type { Logger } from 'pino'
import type { Claimstake, RestOptions } from './claimstake.js'
import { ClaimstakeError } from './errors.js'
import { denialLog, type ExplainDenial } from './http/denial-log.js'
import { docsPage } from './http/docs-page.js'
import { health, type Readiness } from './http/health.js'
import { openApiDocuments } from './http/openapi-documents.js'
import { problemHandler } from './http/problem.js'
import { requestLog } from './http/request-log.js'
import { requestIdOf, transport } from './http/transport.js'
import type { Operation } from './policy/operation.js'

export interface AppOptions extends Pick<
  RestOptions,
  'authenticate' | 'pageSize' | 'maxPageSize' | 'bodyLimit'
> {
  readonly db: Claimstake<object>
  readonly log: Logger
  readonly isReady: Readiness
  /** Where the REST routes are. Default: `/v1`. */
  readonly basePath?: string | undefined
  /** Whether to log, at debug level, why the rules refused a call. Default: `false`. */
  readonly denialLog?: boolean | undefined
}

/** The whole service as an Express app: every stage, in order. It listens nowhere; `server.ts` and tests do. */
export function createApp(options: AppOptions): Express {
  const { db, log, isReady, basePath = '/v1', denialLog: logsDenials = false, ...rest } = options
  const report = (error: unknown, request: Request) =>
    log.error({ err: error, requestId: requestIdOf(request) }, 'request failed')

  const app = express()
  app
    .disable('x-powered-by')
    .disable('etag')
    .set('query parser', 'simple')
    .enable('strict routing')
    .enable('case sensitive routing')
  app.use(transport, requestLog(log, db.principalKey), helmet())
  if (logsDenials) app.use(denialLog(log, explainDenial(db)))
  app.use(health(isReady))
  app.use(openApiDocuments((version) => db.openApi({ basePath, version })))
  app.use(docsPage({ documentUrl: '/openapi.json' }))
  app.use(basePath, db.router({ ...rest, report }))
  app.use(() => {
    throw new ClaimstakeError('NOT_FOUND')
  })
  return app.use(problemHandler(report))
}

/** No values: a log outlives what it tells of. */
function explainDenial(db: Claimstake<object>): ExplainDenial {
  return (principal, operation, model) =>
    db.explain(principal, operation as Operation, model, undefined, { values: false }).rules
}
