import compression from 'compression'
import express, { type Express, type Request, type RequestHandler } from 'express'
import helmet from 'helmet'
import type { Logger } from 'pino'
import type { Claimstake, RestOptions } from './claimstake.js'
import { originsFault } from './config/origins.js'
import { ClaimstakeError } from './errors.js'
import { crossOrigin } from './http/cross-origin.js'
import { denialLog, type ExplainDenial } from './http/denial-log.js'
import { docsPage } from './http/docs-page.js'
import { health, type Readiness } from './http/health.js'
import { openApiDocuments } from './http/openapi-documents.js'
import { metrics, type MetricsOptions } from './http/metrics.js'
import { problemHandler } from './http/problem.js'
import { requestLog } from './http/request-log.js'
import { requestIdOf, transport } from './http/transport.js'
import type { Operation } from './policy/operation.js'

export interface AppOptions extends Pick<
  RestOptions,
  'authenticate' | 'pageSize' | 'maxPageSize' | 'bodyLimit' | 'limit' | 'serverTiming'
> {
  readonly db: Claimstake<object>
  readonly log: Logger
  readonly isReady: Readiness
  /** Where the REST routes are. Default: `/v1`. */
  readonly basePath?: string | undefined
  /** Whether to log, at debug level, why the rules refused a call. Default: `false`. */
  readonly denialLog?: boolean | undefined
  /** Origins whose pages may call, exactly as browsers send them; `['*']` is every page. Default: none. */
  readonly corsOrigins?: readonly string[] | undefined
  /** Whether answers are compressed. Read docs/threat-model.md on BREACH first. Default: `false`. */
  readonly compression?: boolean | undefined
  /** What to tell at `/metrics`. Default: there is no such page. */
  readonly metrics?: MetricsOptions | undefined
  /** How many proxies stand before this service, for the address of a caller. Default: 0. */
  readonly trustProxy?: number | undefined
}

/**
 * The whole service as an Express app: every stage, in order. It listens nowhere; `server.ts` and tests do.
 *
 * @throws {TypeError} for an origin that no browser sends
 */
export function createApp(options: AppOptions): Express {
  const { db, log, isReady, basePath = '/v1', denialLog: logsDenials = false, ...rest } = options
  const { corsOrigins = [], compression: compresses = false, trustProxy = 0 } = options
  const measured = options.metrics && metrics({ load: db.load, ...options.metrics })
  const report = (error: unknown, request: Request) =>
    log.error({ err: error, requestId: requestIdOf(request) }, 'request failed')

  const app = express()
  app
    .disable('x-powered-by')
    .disable('etag')
    .set('query parser', 'simple')
    .set('trust proxy', trustProxy)
    .enable('strict routing')
    .enable('case sensitive routing')
  if (measured) app.use(measured.observe)
  app.use(transport, requestLog(log, db.principalKey), helmet())
  if (logsDenials) app.use(denialLog(log, explainDenial(db)))
  app.use(health(isReady))
  // Before CORS: they are for those who run the service, not for pages.
  if (measured) app.use(measured.page)
  if (corsOrigins.length > 0) app.use(corsOf(corsOrigins, db.openApi()))
  if (compresses) app.use(compression())
  app.use(openApiDocuments((version) => db.openApi({ basePath, version })))
  app.use(docsPage({ documentUrl: '/openapi.json' }))
  app.use(basePath, db.router({ ...rest, report }))
  app.use(() => {
    throw new ClaimstakeError('NOT_FOUND')
  })
  return app.use(problemHandler(report))
}

/** The headers that carry credentials are those of the document. */
function corsOf(
  origins: readonly string[],
  { components }: ReturnType<Claimstake<object>['openApi']>,
): RequestHandler {
  const fault = originsFault(origins)
  if (fault !== undefined) throw new TypeError(`corsOrigins ${fault}`)
  const credentialHeaders = Object.values(components.securitySchemes).flatMap((scheme) =>
    scheme['in'] === 'header' ? [String(scheme['name'])] : [],
  )
  return crossOrigin({ origins, credentialHeaders })
}

/** No values: a log outlives what it tells of. */
function explainDenial(db: Claimstake<object>): ExplainDenial {
  return (principal, operation, model) =>
    db.explain(principal, operation as Operation, model, undefined, { values: false }).rules
}
