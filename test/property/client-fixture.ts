import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import type { Catalog } from '../../src/catalog/catalog.js'
import { modelsOf, type Model } from '../../src/catalog/model.js'
import { createPool } from '../../src/connections/create-pool.js'
import { createDatabase } from '../support/database.js'
import { dumpSql, fillSql, linksOf, type Link, type Tables } from './client-tables.js'

export type Args = Readonly<Record<string, unknown>>
type Delegate = Readonly<Record<string, (args: Args) => Promise<unknown>>>

/** A client, bare or scoped, as loosely typed as calls made at random need it. */
export type LooseClient = Readonly<Record<string, Delegate>>

interface Bare {
  $transaction(work: (tx: object) => Promise<unknown>): Promise<unknown>
  $disconnect(): Promise<void>
}

interface BareTransaction {
  $executeRawUnsafe(sql: string): Promise<unknown>
}

/** What one schema gives the differential test: a database without foreign keys, and a bare client on it. */
export interface Fixture {
  readonly models: ReadonlyMap<string, Model>
  readonly links: readonly Link[]
  readonly unscoped: object
  /** Makes these the only rows. */
  readonly fill: (tables: Tables) => Promise<void>
  readonly dump: () => Promise<Tables>
  /** Works with the bare client on other rows, in a transaction that is rolled back. */
  readonly imagine: <T>(tables: Tables, work: (tx: LooseClient) => Promise<T>) => Promise<T>
  readonly stop: () => Promise<void>
}

/** Starts a fixture; without foreign keys, so that a row can be taken away and what points at it can stay. */
export async function startFixture(
  tables: 'service' | 'relations',
  catalog: Catalog,
  client: (adapter: PrismaPg) => object,
): Promise<Fixture> {
  const database = await createDatabase({ tables })
  const pool = createPool({ url: database.url, maxConnections: 4, onError: () => undefined })
  const unscoped = client(new PrismaPg(pool))
  const sql = new pg.Client({ connectionString: database.url })
  await sql.connect()
  await sql.query(withoutForeignKeys)
  const models = modelsOf(catalog)
  const links = linksOf(models)
  const bare = unscoped as Bare

  return {
    models,
    links,
    unscoped,
    async fill(rows) {
      await sql.query(fillSql(models, links, rows))
    },
    async dump() {
      const { rows } = await sql.query<{ tables: Tables }>(dumpSql(models, links))
      return rows[0]?.tables ?? {}
    },
    async imagine(rows, work) {
      const undo = new Error('rolled back')
      let result: Awaited<ReturnType<typeof work>> | undefined
      try {
        await bare.$transaction(async (tx) => {
          await (tx as BareTransaction).$executeRawUnsafe(fillSql(models, links, rows))
          result = await work(tx as LooseClient)
          throw undo
        })
      } catch (error) {
        if (error !== undo) throw error
      }
      return result as Awaited<ReturnType<typeof work>>
    },
    async stop() {
      await bare.$disconnect()
      await pool.end()
      await sql.end()
      await database.drop()
    },
  }
}

/** Also lets new ids begin where no row that is put there has one. */
const withoutForeignKeys = `DO $do$ DECLARE it record; BEGIN
  FOR it IN SELECT conrelid::regclass AS place, conname FROM pg_constraint WHERE contype = 'f' LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', it.place, it.conname);
  END LOOP;
  FOR it IN SELECT schemaname, sequencename FROM pg_sequences LOOP
    PERFORM setval(format('%I.%I', it.schemaname, it.sequencename), 1000);
  END LOOP;
END $do$`
