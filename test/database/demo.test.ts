import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { demoMigrations } from '../../src/database/demo/demo-migrations.js'
import { seedDemo } from '../../src/database/demo/seed-demo.js'
import { migrate } from '../../src/database/migrate.js'
import { migrationNames } from '../../src/database/migration-folder.js'
import { createPool } from '../../src/connections/create-pool.js'
import { PrismaClient } from '../../src/generated/prisma/client.js'
import { createDatabase, type TestDatabase } from '../support/database.js'

const seed = (pool: pg.Pool, folder = 'prisma/migrations') => seedDemo(pool, folder)

describe('the rows of the demo', () => {
  let database: TestDatabase
  let pool: pg.Pool
  let unscoped: PrismaClient

  beforeAll(async () => {
    database = await createDatabase()
    pool = createPool({ url: database.url, onError: () => undefined })
    unscoped = new PrismaClient({ adapter: new PrismaPg({ connectionString: database.url }) })
  })
  beforeEach(() => database.truncate())
  afterAll(async () => {
    await pool.end()
    await unscoped.$disconnect()
    await database.drop()
  })

  test('fill an empty database, for several owners', async () => {
    await seed(pool)
    const posts = await unscoped.post.findMany({ orderBy: { id: 'asc' } })
    expect(posts.map(({ owner }) => owner)).toEqual(['ana', 'ana', 'bo'])
    expect(posts.map(({ updatedAt }) => updatedAt)).toEqual(posts.map(({ createdAt }) => createdAt))
    const projects = await unscoped.project.count({
      where: { owners: { has: 'bo' }, teams: { has: 'design' } },
    })
    expect(projects).toBe(1)
    expect(await unscoped.membership.count()).toBe(2)
    expect(await unscoped.product.findMany({ orderBy: { id: 'asc' } })).toMatchObject([
      { tags: ['home'], scores: [], status: 'active' },
      { tags: [], scores: [4, 5], status: 'draft', stock: 0n },
    ])
  })

  test('do not come back once they were changed or deleted', async () => {
    await seed(pool)
    await unscoped.post.updateMany({ data: { postname: 'mine now' } })
    await unscoped.comment.deleteMany()
    await seed(pool)
    expect(await unscoped.post.count({ where: { postname: 'mine now' } })).toBe(3)
    expect(await unscoped.comment.count()).toBe(0)
  })

  test('do not join a row of any model', async () => {
    await unscoped.todo.create({ data: { owner: 'dee', title: 'the only row' } })
    await seed(pool)
    expect(await unscoped.todo.count()).toBe(1)
    expect(await unscoped.post.count()).toBe(0)
  })

  test('come once when several instances start together', async () => {
    await Promise.all([seed(pool), seed(pool), seed(pool)])
    expect(await unscoped.todo.count()).toBe(3)
  })

  test('leave sequences usable', async () => {
    await seed(pool)
    await expect(unscoped.todo.create({ data: { owner: 'ana', title: 'next' } })).resolves.toMatchObject({
      id: 4,
    })
  })
})

test('its migrations are known: enter a new one in src/database/demo/demo-migrations.ts', async () => {
  const demo = await demoMigrations('prisma/migrations')
  const database = await createDatabase()
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
       AND relname <> '_prisma_migrations'
     UNION SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype = 'e'`,
  )
  await client.end()
  await database.drop()
  expect(demo?.objects.map(({ name }) => name).sort()).toEqual(rows.map(({ name }) => name).sort())
})

describe('with models of one’s own', () => {
  const header = 'datasource db {\n  provider = "postgresql"\n}\n\n'
  // One of them by a name that the demo has too, with a required column that its rows could not have.
  const shop = `model Product {\n  sku String @id\n  maker String\n}\nenum ProductStatus {\n  new\n  old\n}
model Part {\n  id Int @id\n  status ProductStatus\n}\n`

  let demoModels: string
  let database: TestDatabase
  let folder: string
  let pool: pg.Pool
  let log: string[]

  beforeAll(async () => {
    demoModels = (await readFile('prisma/schema.prisma', 'utf8')).replace(
      /^(datasource|generator)[^}]*}\n/gm,
      '',
    )
  })
  beforeEach(async () => {
    database = await createDatabase({ tables: 'none' })
    pool = createPool({ url: database.url, onError: () => undefined })
    folder = await mkdtemp(join(tmpdir(), 'claimstake-demo-'))
    await cp('prisma/migrations', join(folder, 'migrations'), { recursive: true })
    log = []
  })
  afterEach(async () => {
    await pool.end()
    await database.drop()
    await rm(folder, { recursive: true })
  })

  const migrations = () => join(folder, 'migrations')
  const start = async (models: string, mode: 'development' | 'production' = 'development') => {
    const schemaPath = join(folder, 'schema.prisma')
    await writeFile(schemaPath, header + models)
    const options = { url: database.url, schemaPath, migrationsFolder: migrations(), mode }
    await migrate({ ...options, log: (line) => log.push(line) })
    if (mode === 'development') await seed(pool, migrations())
  }
  const tables = async (schema = 'public') =>
    (
      await pool.query<{ tablename: string }>('SELECT tablename FROM pg_tables WHERE schemaname = $1', [
        schema,
      ])
    ).rows
      .map(({ tablename }) => tablename)
      .filter((name) => name !== '_prisma_migrations')
      .sort()
  const applied = async () =>
    (await pool.query<{ name: string }>('SELECT migration_name AS name FROM _prisma_migrations')).rows.map(
      ({ name }) => name,
    )

  const expectShop = async () => {
    expect(await tables()).toEqual(['Part', 'Product'])
    expect(await migrationNames(migrations())).toEqual([expect.stringMatching(/^\d{14}_init$/)])
    expect(await migrationNames(migrations())).not.toEqual(['20261123042805_init'])
    expect(await applied()).toEqual(await migrationNames(migrations()))
    await expect(pool.query('SELECT FROM "Product"')).resolves.toMatchObject({ rowCount: 0 })
  }

  test('a new database has only their tables, by a migration of their own', async () => {
    await start(shop)
    await expectShop()
    log = []
    await start(shop)
    expect(log).toEqual([])
    await start(shop, 'production')
  })

  test('the rows of the demo go with it', async () => {
    await start(demoModels)
    await expect(pool.query('SELECT FROM "Post"')).resolves.toMatchObject({ rowCount: 3 })
    await start(shop)
    await expectShop()
    expect(log.join('\n')).toContain("no longer the demo's")
  })

  test('rows that somebody wrote into the demo are kept beside it', async () => {
    await start(demoModels)
    await pool.query(`INSERT INTO "Post" SELECT gen_random_uuid(), 'ana', 'Mine', NULL, now(), now()`)
    await start(shop)
    await expectShop()
    const schema = /in the schema (demo_\d{14}) /.exec(log.join('\n'))?.[1] ?? 'none'
    const { rows } = await pool.query(`SELECT postname FROM "${schema}"."Post" ORDER BY postname`)
    expect(rows).toHaveLength(4)
    expect(rows).toContainEqual({ postname: 'Mine' })
    await expect(pool.query(`SELECT status FROM "${schema}"."Product"`)).resolves.toMatchObject({
      rowCount: 2,
    })
  })

  test('a row of the demo that somebody changed is their row', async () => {
    await start(demoModels)
    await pool.query(`UPDATE "Todo" SET done = true, version = 2 WHERE title = 'Call Ana'`)
    await start(shop)
    expect(log.join('\n')).toMatch(/in the schema demo_\d{14} /)
  })

  describe('beside some of the demo', () => {
    const without = (model: string) =>
      demoModels.replace(new RegExp(`^///[^\\n]*\\nmodel ${model} [^}]*}\\n`, 'm'), '')

    test('a model that was never used goes like the whole', async () => {
      await start(demoModels)
      await start(without('Employee'))
      expect(await tables()).toEqual(['Comment', 'Membership', 'Post', 'Product', 'Project', 'Todo'])
      expect(await applied()).toEqual(await migrationNames(migrations()))
      expect(await applied()).not.toContain('20261123042805_init')
    })

    test('tables that somebody has used are theirs: what takes from them waits for consent', async () => {
      await start(demoModels)
      await pool.query(`INSERT INTO "Post" SELECT gen_random_uuid(), 'ana', 'Mine', NULL, now(), now()`)
      await expect(start(without('Employee'))).rejects.toThrow(/not applied:[^]*DROP TABLE "Employee"/)
      expect(await tables()).toContain('Employee')
      expect(await migrationNames(migrations())).toEqual(['20261123042805_init', expect.any(String)])
    })
  })

  test('a migration of one’s own makes the demo’s tables one’s own', async () => {
    await start(demoModels)
    await start(`${demoModels}\nmodel Recipe {\n  id Int @id\n}\n`)
    await expect(start(shop)).rejects.toThrow(/not applied:[^]*DROP TABLE "Post"/)
    await expect(pool.query('SELECT FROM "Post"')).resolves.toMatchObject({ rowCount: 3 })
  })

  test('what the demo does not lose is no end of it', async () => {
    await start(`${demoModels}\nmodel Recipe {\n  id Int @id\n}\n`)
    expect(await tables()).toEqual(expect.arrayContaining(['Post', 'Recipe']))
    expect(await migrationNames(migrations())).toEqual([
      '20261123042805_init',
      expect.stringMatching(/_add_recipe$/),
    ])
  })

  test('production takes nothing away, whatever is in it', async () => {
    await start(demoModels, 'production')
    await expect(start(shop, 'production')).rejects.toThrow(/not what schema.prisma says/)
    expect(await tables()).toContain('Post')
    expect(await migrationNames(migrations())).toEqual(['20261123042805_init'])
  })

  test('a start that was killed half-way goes on', async () => {
    await start(shop)
    // As if it had been killed before the folder of the demo was deleted, and before that of the shop was written.
    await rm(migrations(), { recursive: true })
    await cp('prisma/migrations', migrations(), { recursive: true })
    await pool.query(
      'DROP TABLE "Product", "Part"; DROP TYPE "ProductStatus"; DELETE FROM _prisma_migrations',
    )
    await start(shop)
    await expectShop()
  })
})
