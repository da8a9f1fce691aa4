import { hash } from 'node:crypto'
import type { Pool, QueryConfig } from 'pg'
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible'

export interface RateLimitOptions {
  /** A `pg.Pool` on the database with the tables that `migrate(pool)` makes. */
  readonly pool: Pick<Pool, 'query'>
  /** Calls that one caller may make in a window. */
  readonly calls: number
  /** Seconds from a caller's first call until it may make as many again. Default: 60. */
  readonly window?: number | undefined
}

/** How a caller's share stands after a call was counted; `reset` is in seconds. */
interface Share {
  readonly limit: number
  readonly remaining: number
  readonly reset: number
  readonly isOver: boolean
}

/** How long the database is waited for, and then left alone, in milliseconds: a count is not worth a late answer. */
const patience = 500
const rest = 1000

/**
 * Counts calls in Postgres, so that all instances have one count. While the database is out of reach each instance
 * counts for itself, in memory of a fixed size. A caller who is over the limit costs no statement until the window ends.
 *
 * @example app.use('/v1', db.router({ authenticate, limit: rateLimit({ pool, calls: 600 }) }))
 */
export function rateLimit({ pool, calls, window = 60 }: RateLimitOptions): (key: string) => Promise<Share> {
  const limits = { points: calls, duration: window, keyPrefix: '' }
  const stored = new RateLimiterPostgres({
    ...limits,
    storeClient: { query: (query: QueryConfig) => pool.query({ ...query, ...{ query_timeout: patience } }) },
    storeType: 'pool',
    schemaName: 'claimstake',
    tableName: 'rate_limits',
    tableCreated: true,
    clearExpiredByTimeout: true,
    inMemoryBlockOnConsumed: calls,
  })
  const insurance = new RateLimiterMemory(limits)
  let askedAgain = 0

  const consume = async (key: string): Promise<RateLimiterRes> => {
    if (Date.now() >= askedAgain) {
      try {
        return await stored.consume(key)
      } catch (reason) {
        if (reason instanceof RateLimiterRes) throw reason
        askedAgain = Date.now() + rest
      }
    }
    return insurance.consume(bucketOf(key))
  }
  const share = ({ remainingPoints, msBeforeNext }: RateLimiterRes, isOver: boolean): Share => ({
    limit: calls,
    remaining: isOver ? 0 : remainingPoints,
    reset: Math.ceil(Math.max(msBeforeNext, 0) / 1000),
    isOver,
  })
  return async (key) => {
    try {
      return share(await consume(key), false)
    } catch (reason) {
      if (reason instanceof RateLimiterRes) return share(reason, true)
      throw reason
    }
  }
}

/** One of 65,536: however many addresses call while the database is away, the memory they take is bounded. */
function bucketOf(key: string): string {
  return hash('sha256', key).slice(0, 4)
}
