import { PrismaPg } from '@prisma/adapter-pg'
import { claimstake, type Claimstake } from '../../../src/claimstake.js'
import { createPool } from '../../../src/connections/create-pool.js'
import type { Data } from '../../../src/policy/builder.js'
import { createDatabase } from '../database.js'
import { startServer, type TestServer } from '../test-server.js'
import type { AppOptions } from '../../../src/app.js'
import { PrismaClient } from './generated/prisma/client.js'
import { patient } from '../patient.js'

/** A database with the tables of test/support/rules/schema.prisma, and an app for every set of rules over them. */
export interface RulesService {
  readonly unscoped: PrismaClient
  /** The library over these rules. */
  readonly db: (data: Data) => Claimstake<PrismaClient>
  /** The app under these rules, listening on a port of its own; started once for each set. */
  readonly server: (data: Data) => Promise<TestServer>
  readonly stop: () => Promise<void>
}

/** Makes such a database for one test file. */
export async function startRulesService(authenticate: AppOptions['authenticate']): Promise<RulesService> {
  const database = await createDatabase({ tables: 'rules' })
  const pool = createPool({ url: database.url, maxConnections: 5, onError: () => undefined })
  const unscoped = new PrismaClient({ adapter: new PrismaPg(pool), errorFormat: 'minimal' })
  const libraries = new Map<Data, Claimstake<PrismaClient>>()
  const servers = new Map<Data, Promise<TestServer>>()

  const db = (data: Data) => {
    const made =
      libraries.get(data) ??
      claimstake({ prisma: unscoped, data, secret: 'a secret of the tests of the rules', shares: patient })
    libraries.set(data, made)
    return made
  }
  return {
    unscoped,
    db,
    server: (data) => {
      const started = servers.get(data) ?? startServer({ db: db(data), authenticate })
      servers.set(data, started)
      return started
    },
    async stop() {
      for (const server of servers.values()) await (await server).stop()
      await unscoped.$disconnect()
      await pool.end()
      await database.drop()
    },
  }
}
