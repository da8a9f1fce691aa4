import { PrismaPg } from '@prisma/adapter-pg'
import { claimstake, type Claimstake } from '../../../src/claimstake.js'
import { createPool } from '../../../src/connections/create-pool.js'
import { authenticator } from '../../../src/identity/authenticator.js'
import type { Data } from '../../../src/policy/builder.js'
import { createTestIssuer } from '../../../src/testing.js'
import { createDatabase, type TestDatabase } from '../database.js'
import { runAt } from '../test-run.js'
import { startServer, type TestCaller } from '../test-server.js'
import { PrismaClient } from './generated/prisma/client.js'

/** The app under one set of rules, on a database with the tables and views of test/support/unusual/schema.prisma. */
export interface UnusualService {
  readonly database: TestDatabase
  readonly unscoped: PrismaClient
  readonly db: Claimstake<PrismaClient>
  /** A caller by their `sub`. */
  readonly caller: (sub: string) => TestCaller
  readonly stop: () => Promise<void>
}

/** Starts it for one test file. */
export async function startUnusualService(data: Data): Promise<UnusualService> {
  const database = await createDatabase({ tables: 'unusual' })
  await runAt(
    database.url,
    `CREATE VIEW "ShelfSize" AS SELECT s.id, s.owner, s.id AS "shelfId", count(b.id)::int AS books
     FROM "Shelf" s LEFT JOIN "Book" b ON b."shelfId" = s.id GROUP BY s.id`,
  )
  const pool = createPool({
    ...{ url: database.url, maxConnections: 5, acquireTimeout: 10_000, statementTimeout: 15_000 },
    onError: () => undefined,
  })
  const unscoped = new PrismaClient({ adapter: new PrismaPg(pool), errorFormat: 'minimal' })
  const db = claimstake({ prisma: unscoped, data, secret: 'a secret of the tests of unusual schemas' })
  const issuer = createTestIssuer()
  const server = await startServer({ db, authenticate: authenticator({ issuers: [issuer.settings] }) })
  return {
    database,
    unscoped,
    db,
    caller: (sub) => server.caller(() => issuer.token({ sub })),
    async stop() {
      await server.stop()
      await unscoped.$disconnect()
      await pool.end()
      await database.drop()
    },
  }
}
