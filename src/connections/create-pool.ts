import pg from 'pg'
import { guardPool } from './guard-pool.js'

/** What {@link createPool} needs to know. Times are in milliseconds. */
export interface PoolOptions {
  readonly url: string
  /** Connections at most. Default: 10. */
  readonly maxConnections?: number | undefined
  /** How long a query waits for a connection, a new one included. Default: 1,000. */
  readonly acquireTimeout?: number | undefined
  /** After which the server ends a statement, also one that waits for a lock. Default: 2,000. */
  readonly statementTimeout?: number | undefined
  /** After which we give up on a server that does not even do that. Default: 500 more than the statement's. */
  readonly queryTimeout?: number | undefined
  /** Told when an idle connection breaks. The pool replaces it; there is nothing to do but log it. Default: nobody is. */
  readonly onError?: ((error: Error) => void) | undefined
  /** What else `pg` takes: `ssl`, say. */
  readonly config?: Omit<pg.PoolConfig, 'connectionString' | 'max'> | undefined
}

/**
 * Connections that lose no write: everything that could wait for ever has an end (adapter-pg sets none), and none that
 * was given up amid a statement or a transaction is used again, as those of a `pg.Pool` of your own would be.
 *
 * @example
 * const pool = createPool({ url, onError: (error) => log.warn({ err: error }, 'database connection lost') })
 * const prisma = new PrismaClient({ adapter: new PrismaPg(pool) })
 */
export function createPool(options: PoolOptions): pg.Pool {
  const { url, maxConnections = 10, acquireTimeout = 1_000, statementTimeout = 2_000 } = options
  const pool = new pg.Pool({
    // A statement is to be one process: else half of the connections can take all processors. The URL may say otherwise.
    options: '-c max_parallel_workers_per_gather=0',
    ...options.config,
    connectionString: url,
    application_name: 'claimstake',
    max: maxConnections,
    connectionTimeoutMillis: acquireTimeout,
    statement_timeout: statementTimeout,
    query_timeout: options.queryTimeout ?? statementTimeout + 500,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
  })
  // Without a listener a broken idle connection would end the process.
  pool.on('error', options.onError ?? (() => undefined))
  guardPool(pool)
  return pool
}
