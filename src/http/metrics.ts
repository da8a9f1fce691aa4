import express, { type Request, type RequestHandler, type Response, type Router } from 'express'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { identityMetrics, type IdentityFacts } from './identity-metrics.js'

/** How a pool of connections stands: a `pg.Pool` is one. */
export interface PoolFacts {
  readonly totalCount: number
  readonly idleCount: number
  readonly waitingCount: number
}

/** How much callers have running and waiting, and how much of theirs was refused, by reason. */
export interface LoadFacts {
  readonly running: number
  readonly waiting: number
  readonly refused: Readonly<Record<string, number>>
}

export interface MetricsOptions {
  /** The pool to tell of. Default: none is told of. */
  readonly pool?: PoolFacts | undefined
  /** How much there is to do: `load` of what `claimstake()` returns. Default: nothing is told of it. */
  readonly load?: (() => LoadFacts) | undefined
  /** How tokens and keys stand: `facts` of an authenticator. Default: nothing is told of them. */
  readonly identity?: (() => IdentityFacts) | undefined
}

/** What is told in labels: nothing that a caller can choose. */
const methods = ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'PUT', 'OPTIONS']

/** In seconds: the finer ones are where answers of one statement are. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/**
 * Measures requests, and tells at `GET /metrics` in Prometheus' text format. It counts and names nobody: routes are
 * told as patterns, and whatever has none as `unmatched`.
 *
 * @returns `observe`, to stand first, and `page`
 */
export function metrics({ pool, load, identity }: MetricsOptions = {}): {
  readonly observe: RequestHandler
  readonly page: Router
} {
  const registers = [new Registry()]
  const [register] = registers as [Registry]
  collectDefaultMetrics({ register })
  const requests = new Counter({
    name: 'http_requests_total',
    help: 'Requests that were answered, or that the caller gave up (status 499).',
    labelNames: ['method', 'route', 'status'],
    registers,
  })
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'From the head of a request to the end of its answer.',
    labelNames: ['method', 'route'],
    buckets,
    registers,
  })
  if (pool) poolGauges(pool, registers)
  if (load) loadMetrics(load, registers)
  if (identity) identityMetrics(identity, registers)

  const observe: RequestHandler = (request, response, next) => {
    const start = performance.now()
    response.once('close', () => {
      const method = methods.includes(request.method) ? request.method : 'other'
      const route = patternOf(request, response)
      const status = response.writableFinished ? response.statusCode : 499
      requests.inc({ method, route, status })
      durations.observe({ method, route }, (performance.now() - start) / 1000)
    })
    next()
  }
  const page = express.Router({ strict: true }).get('/metrics', async (_, response) => {
    response.type(register.contentType).end(await register.metrics())
  })
  return { observe, page }
}

function poolGauges(pool: PoolFacts, registers: Registry[]): void {
  new Gauge({
    name: 'claimstake_pool_connections',
    help: 'Connections to the database, by what they do.',
    labelNames: ['state'],
    registers,
    collect() {
      this.set({ state: 'idle' }, pool.idleCount)
      this.set({ state: 'busy' }, pool.totalCount - pool.idleCount)
    },
  })
  new Gauge({
    name: 'claimstake_pool_waiting',
    help: 'Statements that wait for a connection.',
    registers,
    collect() {
      this.set(pool.waitingCount)
    },
  })
}

function loadMetrics(load: () => LoadFacts, registers: Registry[]): void {
  new Gauge({
    name: 'claimstake_shares',
    help: 'Statements and transactions of callers, by whether they have a connection or wait for their turn.',
    labelNames: ['state'],
    registers,
    collect() {
      const { running, waiting } = load()
      this.set({ state: 'running' }, running)
      this.set({ state: 'waiting' }, waiting)
    },
  })
  new Counter({
    name: 'claimstake_shares_refused_total',
    help: 'What was refused because there was too much to do, by what there was too much of.',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset()
      for (const [reason, count] of Object.entries(load().refused)) this.inc({ reason }, count)
    },
  })
}

/** The pattern of an API route, or of a route beside it; never the path. */
function patternOf(request: Request, response: Response): string {
  const { pattern } = response.locals as { pattern?: string }
  const beside = (request.route as { path?: unknown } | undefined)?.path
  return pattern ?? (typeof beside === 'string' ? beside : 'unmatched')
}
