import { setTimeout } from 'node:timers/promises'
import { PrismaPg } from '@prisma/adapter-pg'
import { claimstake, type Claimstake } from '../../../src/claimstake.js'
import { createPool } from '../../../src/connections/create-pool.js'
import type { Data } from '../../../src/policy/builder.js'
import { createDatabase, type TestDatabase } from '../database.js'
import { authenticator } from '../../../src/identity/authenticator.js'
import { createTestIssuer } from '../../../src/testing.js'
import { startServer, type TestCaller, type TestServer } from '../test-server.js'
import { PrismaClient } from './generated/prisma/client.js'
import { patient } from '../patient.js'

/** A database with the tables of test/support/relations/schema.prisma, and a bare client that tells what it sends. */
export interface RelationsService {
  readonly database: TestDatabase
  readonly unscoped: PrismaClient
  /** The library over these rules. */
  readonly db: (data: Data) => Claimstake<PrismaClient>
  /** The app under these rules, listening on a port of its own: callers by their `sub`. Each set starts its own. */
  readonly serve: (data: Data) => Promise<(sub: string) => TestCaller>
  /** Every statement sent since the last call, in order. */
  readonly statements: () => string[]
  /** How many rows each statement may fetch that was sent since the last call, in order. */
  readonly limits: () => (readonly [statement: string, rows: number])[]
  /** Ends when a statement waits for a lock that another transaction has. */
  readonly someoneWaits: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** Makes such a database for one test file. */
export async function startRelationsService(): Promise<RelationsService> {
  const database = await createDatabase({ tables: 'relations' })
  // Patient, or a busy machine would answer for the client: thousands of calls are compared with each other.
  const pool = createPool({
    ...{ url: database.url, maxConnections: 10, acquireTimeout: 30_000, statementTimeout: 30_000 },
    onError: () => undefined,
  })
  const unscoped = new PrismaClient({
    adapter: new PrismaPg(pool),
    errorFormat: 'minimal',
    transactionOptions: { maxWait: 30_000, timeout: 60_000 },
    log: [{ level: 'query', emit: 'event' }],
  })
  let sent: string[] = []
  let limits: (readonly [string, number])[] = []
  const servers: TestServer[] = []
  const issuer = createTestIssuer()
  const db = (data: Data) =>
    claimstake({ prisma: unscoped, data, secret: 'a secret of the tests of relations', shares: patient })
  unscoped.$on('query', ({ query, params }) => {
    sent.push(query)
    limits.push([query, limitOf(query, params)])
  })
  return {
    database,
    unscoped,
    db,
    async serve(data) {
      const authenticate = authenticator({ issuers: [issuer.settings] })
      const server = await startServer({ db: db(data), authenticate })
      servers.push(server)
      return (sub) => server.caller(() => issuer.token({ sub }))
    },
    statements: () => {
      const statements = sent
      sent = []
      return statements
    },
    limits: () => {
      const sentSince = limits
      limits = []
      return sentSince
    },
    async someoneWaits() {
      const waiting = () =>
        unscoped.$queryRaw<
          unknown[]
        >`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
      while ((await waiting()).length === 0) await setTimeout(5)
    },
    async stop() {
      for (const server of servers) await server.stop()
      await unscoped.$disconnect()
      await pool.end()
      await database.drop()
    },
  }
}

/** The value bound to LIMIT. */
function limitOf(query: string, params: string): number {
  const place = /LIMIT \$(\d+)/u.exec(query)?.[1]
  return place === undefined
    ? Infinity
    : Number((JSON.parse(params) as readonly unknown[])[Number(place) - 1])
}
