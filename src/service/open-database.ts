import { join } from 'node:path'
import { PrismaPg } from '@prisma/adapter-pg'
import type { Pool } from 'pg'
import type { Logger } from 'pino'
import type { Settings } from '../config/env.js'
import { seedDemo } from '../database/demo/seed-demo.js'
import { startEmbeddedPostgres } from '../database/embedded-postgres.js'
import { migrate } from '../database/migrate.js'
import { migrationNames } from '../database/migration-folder.js'
import { migrationsApplied } from '../database/migrations-applied.js'
import { createPool } from '../connections/create-pool.js'
import { statementNames } from '../database/statement-names.js'
import { PrismaClient } from '../generated/prisma/client.js'
import { apiKeys, type ApiKeyStore } from '../store/api-keys.js'
import { migrateStore } from '../store/migrate-store.js'
import { revocations, type RevocationStore } from '../store/revocations.js'

// From this file, so that the service may be started in any folder.
const schemaPath = join(import.meta.dirname, '../../prisma/schema.prisma')
const migrationsFolder = join(import.meta.dirname, '../../prisma/migrations')

/** How long `/readyz` waits for the database, in milliseconds. */
const probeTime = 1000

/** A migrated database with a client on it. */
export interface Database {
  readonly prisma: PrismaClient
  readonly apiKeys: ApiKeyStore
  readonly revocations: RevocationStore
  /** For what is no model: counts, and how the connections stand. */
  readonly pool: Pool
  /** Whether it answers, and has every migration. */
  readonly isReady: () => Promise<boolean>
  readonly close: () => Promise<void>
}

/**
 * Opens the database of the settings, or starts the embedded one; applies the migrations and makes our own tables; outside production adds a
 * missing one and a little demo data.
 */
export async function openDatabase(settings: Settings, log: Logger): Promise<Database> {
  const print = (message: string) => void process.stdout.write(`${message}\n`)
  const embedded =
    settings.DATABASE_URL === undefined
      ? await startEmbeddedPostgres({ folder: settings.DATA_FOLDER, log: print })
      : undefined
  const url = settings.DATABASE_URL ?? embedded?.url ?? ''
  let closing = false
  const pool = createPool({
    url,
    maxConnections: settings.POOL_SIZE,
    acquireTimeout: settings.POOL_ACQUIRE_TIMEOUT,
    statementTimeout: settings.STATEMENT_TIMEOUT,
    onError: (error) => closing || log.warn({ err: error }, 'database connection lost'),
  })
  // A connection of its own: callers who take all others must not make a balancer believe that this instance is gone.
  const probe = createPool({
    ...{
      url,
      maxConnections: 1,
      acquireTimeout: probeTime,
      statementTimeout: probeTime,
      queryTimeout: probeTime,
    },
    onError: () => undefined,
  })
  const adapter = new PrismaPg(pool, { statementNameGenerator: statementNames() })
  const prisma = new PrismaClient({ adapter, errorFormat: 'minimal' })
  const revoked = revocations(pool, { notice: (message, facts) => log.warn(facts, message) })
  const close = async () => {
    closing = true
    await revoked.close()
    await prisma.$disconnect()
    if (!pool.ended) await pool.end()
    await probe.end()
    await embedded?.stop()
  }
  try {
    const mode = settings.production ? 'production' : 'development'
    await migrate({ url, schemaPath, migrationsFolder, mode, log: print })
    await migrateStore(pool)
    if (!settings.production) await seedDemo(pool, migrationsFolder)
    const names = await migrationNames(migrationsFolder)
    return {
      prisma,
      pool,
      apiKeys: apiKeys(pool),
      revocations: revoked,
      isReady: () => migrationsApplied(probe, names),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
