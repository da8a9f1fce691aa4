import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import pg from 'pg'
import { migrate } from '../../src/database/migrate.js'
import { migrationNames } from '../../src/database/migration-folder.js'
import { migrationsApplied } from '../../src/database/migrations-applied.js'
import { resolveMigration } from '../../src/database/resolve-migration.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { runAt } from '../support/test-run.js'

const note = `model Note {
  id    Int    @id @default(autoincrement())
  text  String
  tags  String[]

  @@index([tags], type: Gin)
}
`
const header = 'datasource db {\n  provider = "postgresql"\n}\n\n'

let database: TestDatabase
let folder: string
let log: string[]

beforeEach(async () => {
  database = await createDatabase({ tables: 'none' })
  folder = await mkdtemp(join(tmpdir(), 'claimstake migrate '))
  log = []
})
afterEach(async () => {
  await database.drop()
  await rm(folder, { recursive: true })
})

const migrations = () => join(folder, 'migrations')

/** Starts the service's migration with this schema. */
async function start(models: string, mode: 'development' | 'production' = 'development'): Promise<void> {
  const schemaPath = join(folder, 'schema.prisma')
  await writeFile(schemaPath, header + models)
  await migrate({
    url: database.url,
    schemaPath,
    migrationsFolder: migrations(),
    mode,
    log: (line) => log.push(line),
  })
}

/** Writes a migration by hand. */
async function write(name: string, sql: string): Promise<void> {
  await mkdir(join(migrations(), name), { recursive: true })
  await writeFile(join(migrations(), name, 'migration.sql'), sql)
}

async function lastMigration(): Promise<{ file: string; sql: string }> {
  const name = (await migrationNames(migrations())).at(-1) ?? 'none'
  const file = join(migrations(), name, 'migration.sql')
  return { file, sql: await readFile(file, 'utf8') }
}

async function rows<Row extends object>(sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  const answer = await client.query<Row>(sql)
  await client.end()
  return answer.rows
}

const appliedNames = async () =>
  (
    await rows<{ name: string }>(
      'SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL ORDER BY started_at',
    )
  ).map(({ name }) => name)

describe('in development', () => {
  test('writes, prints and applies what schema.prisma has more', async () => {
    await start(note)
    await start(`${note}
model Label {
  id Int @id
}
`)
    const names = await migrationNames(migrations())
    expect(names).toEqual([
      expect.stringMatching(/^\d{14}_init$/),
      expect.stringMatching(/^\d{14}_add_label$/),
    ])
    expect(await appliedNames()).toEqual(names)
    expect(log.join('\n')).toContain('CREATE TABLE "Label"')
    expect(await rows('SELECT * FROM "Label"')).toEqual([])
    expect(await readdir(migrations())).toContain('migration_lock.toml')
  })

  test('does nothing at the next start', async () => {
    await start(note)
    log = []
    await start(note)
    expect(log).toEqual([])
    expect(await migrationNames(migrations())).toHaveLength(1)
  })

  test('applies a new required field while there are no rows, and says why it cannot when there are', async () => {
    await start(note)
    await start(note.replace('text  String', 'text  String\n  more  String'))
    await runAt(database.url, `INSERT INTO "Note" (text, more) VALUES ('a', 'b')`)
    const wanted = note.replace('text  String', 'text  String\n  more  String\n  most  String')
    await expect(start(wanted)).rejects.toThrow(/does not fit the rows.*"most".*@default/s)
    expect(await migrationNames(migrations())).toHaveLength(2)
  })

  test.each([
    ['drops a column', note.replace('text  String\n', ''), 'DROP COLUMN "text"'],
    [
      'narrows a column',
      note.replace('text  String', 'text  String @db.VarChar(3)'),
      'SET DATA TYPE VARCHAR(3)',
    ],
    ['drops a table', 'model Other {\n  id Int @id\n}\n', 'DROP TABLE "Note"'],
  ])('does not apply one that %s until its first line is deleted', async (_what, models, statement) => {
    await start(note)
    await runAt(database.url, `INSERT INTO "Note" (text) VALUES ('abc')`)

    await expect(start(models)).rejects.toThrow(/not applied.*delete its first line/s)
    expect(log.join('\n')).toContain(statement)
    expect(await rows('SELECT text FROM "Note"')).toEqual([{ text: 'abc' }])
    const { file, sql } = await lastMigration()

    // Starting again, as a supervisor does, is not consent; nor is it in production.
    await expect(start(models)).rejects.toThrow(statement)
    await expect(start(models, 'production')).rejects.toThrow(/not applied/)
    expect(await migrationNames(migrations())).toHaveLength(2)
    expect(await rows('SELECT text FROM "Note"')).toEqual([{ text: 'abc' }])

    await writeFile(file, sql.slice(sql.indexOf('\n') + 1))
    await start(models)
    expect(await appliedNames()).toHaveLength(2)
    await start(models, 'production')
  })

  test('tries a corrected migration again', async () => {
    await start(note)
    await write('29990101000000_by_hand', `CREATE TABLE kept (id int);\nINSERT INTO nowhere VALUES (';');\n`)
    await expect(start(note)).rejects.toThrow(/29990101000000_by_hand.*nowhere/s)
    expect(await rows(`SELECT to_regclass('kept') AS found`)).toEqual([{ found: null }])
    await write('29990101000000_by_hand', `INSERT INTO "Note" (text) VALUES ('a;b');\n`)
    await start(note)
    expect(await rows('SELECT text FROM "Note"')).toEqual([{ text: 'a;b' }])
  })

  test.each([
    [
      'a type',
      'mail String @db.Citext',
      /"citext" does not exist.*CREATE EXTENSION IF NOT EXISTS "citext";/s,
    ],
    [
      'an operator class',
      'mail String\n  @@index([mail(ops: raw("gin_trgm_ops"))], type: Gin)',
      /"gin_trgm_ops".*CREATE EXTENSION IF NOT EXISTS "pg_trgm";/s,
    ],
    [
      'a function',
      'mail String @default(dbgenerated("next_mail()"))',
      /next_mail\(\) does not exist.*CREATE EXTENSION, FUNCTION/s,
    ],
  ])(
    'names %s that the database lacks, where to write it, and no other statement',
    async (_, field, what) => {
      const others = Array.from({ length: 200 }, (_, n) => `model Other${n} {\n  id Int @id\n}\n`)
      const schema = [...others, `model Person {\n  id Int @id\n  ${field}\n}\n`].join('\n')
      const error = await start(schema).catch((error: unknown) => error as Error)
      const message = error?.message ?? ''
      expect(message).toMatch(what)
      expect(message).not.toMatch(/rows|Other/)
      expect(message.split('\n').length).toBeLessThan(12)

      // And what it says helps.
      const file = resolve(/into a new file (.*) and start again/.exec(message)?.[1] ?? '')
      expect(file).toContain(migrations())
      await mkdir(dirname(file), { recursive: true })
      const statement = /CREATE EXTENSION IF NOT EXISTS "\w+";/.exec(message)?.[0]
      await writeFile(
        file,
        statement ?? "CREATE FUNCTION next_mail() RETURNS text LANGUAGE sql AS $$ SELECT 'a;b' $$;",
      )
      await start(schema)
      expect(await appliedNames()).toEqual([
        expect.stringMatching(/^\d{14}_prepare$/),
        expect.stringMatching(/^\d{14}_add_/),
      ])
    },
  )

  test('names an extension that the server does not have', async () => {
    await write('29990101000000_by_hand', 'CREATE TABLE kept (id int);\nCREATE EXTENSION nowhere;\n')
    await expect(start(note)).rejects.toThrow(
      /by_hand failed: extension "nowhere" is not available\. Install the extension nowhere/,
    )
  })

  test('shows the one statement of a migration that fails', async () => {
    const many = Array.from({ length: 300 }, (_, n) => `CREATE TABLE t${n} (id int);\n`).join('')
    await write('29990101000000_by_hand', `${many}CREATE TABLE bad (mail citext);\n${many}`)
    const error = await start(note).catch((error: unknown) => error as Error)
    expect(error?.message).toMatch(
      /by_hand failed: type "citext" does not exist\..*above it\.\n\n {4}CREATE TABLE bad/,
    )
    expect(error?.message).not.toMatch(/t299|external connector/)
  })

  test('a default with a semicolon at the end of a line is no end of a statement', async () => {
    await start(note.replace('text  String', 'text  String @default("a;\\nDROP")'))
    await runAt(database.url, 'INSERT INTO "Note" DEFAULT VALUES')
    expect(await rows('SELECT text FROM "Note"')).toEqual([{ text: 'a;\nDROP' }])
  })

  test('shows where schema.prisma is wrong', async () => {
    const fault = start(note.replace('text  String', 'text  Strin'))
    await expect(fault).rejects.toThrow(/"Strin".*schema\.prisma:\d+/s)
    await expect(fault).rejects.not.toThrow(/schema_engine|sql_schema_connector/)
  })
})

describe('in production', () => {
  test('applies what is pending', async () => {
    await start(note)
    await runAt(database.url, 'DROP SCHEMA public CASCADE', 'CREATE SCHEMA public')
    await start(note, 'production')
    expect(await rows('SELECT * FROM "Note"')).toEqual([])
  })

  test('refuses a difference and names it, and writes nothing', async () => {
    await start(note)
    const wanted = note.replace('text  String', 'text  String\n  more  String?')
    await expect(start(wanted, 'production')).rejects.toThrow(/not what schema.prisma says.*`Note`.*`more`/s)
    expect(await migrationNames(migrations())).toHaveLength(1)
  })

  test('refuses a failed migration until it is resolved', async () => {
    await start(note)
    await write('29990101000000_bad', 'SELECT nothing;')
    await expect(start(note, 'production')).rejects.toThrow(/29990101000000_bad/)
    await expect(start(note, 'production')).rejects.toThrow(
      /failed in this database earlier.*29990101000000_bad.*resolve/s,
    )
  })
})

describe.each(['development', 'production'] as const)('in %s', (mode) => {
  test('refuses a migration that was edited after it had been applied', async () => {
    await start(note)
    const { file, sql } = await lastMigration()
    await writeFile(file, `${sql}-- innocent\n`)
    await expect(start(note, mode)).rejects.toThrow(/Edited after it had been applied: \d{14}_init/)
  })

  test('refuses a database that is ahead of the folder', async () => {
    await start(note)
    await rm(migrations(), { recursive: true })
    await expect(start(note, mode)).rejects.toThrow(/has had migrations that the folder has not: \d{14}_init/)
  })

  test('lets instances start together', async () => {
    await cp('prisma/migrations', migrations(), { recursive: true })
    const models = (await readFile('prisma/schema.prisma', 'utf8')).replace(
      /^(datasource|generator)[^}]*}\n/gm,
      '',
    )
    await Promise.all([start(models, mode), start(models, mode), start(models, mode)])
    expect(await appliedNames()).toEqual(await migrationNames('prisma/migrations'))
  })
})

test('says which database cannot be reached, without the password', async () => {
  const away = {
    schemaPath: 'prisma/schema.prisma',
    migrationsFolder: 'prisma/migrations',
    log: () => undefined,
  }
  const attempt = migrate({ ...away, url: 'postgresql://me:hush@127.0.0.1:1/app', mode: 'production' })
  await expect(attempt).rejects.toThrow(/127\.0\.0\.1:1\/app cannot be reached: .*ECONNREFUSED/)
  await expect(attempt).rejects.not.toThrow(/hush/)
})

test('readiness asks for every migration', async () => {
  await start(note)
  const pool = new pg.Pool({ connectionString: database.url })
  const names = await migrationNames(migrations())
  expect(await migrationsApplied(pool, names)).toBe(true)
  expect(await migrationsApplied(pool, [...names, '29990101000000_missing'])).toBe(false)
  await pool.end()
})

test('leaves a database alone that has tables of somebody else, and says what to do', async () => {
  await rows('CREATE TABLE theirs (id int)')
  await cp('prisma/migrations', migrations(), { recursive: true })
  await expect(start(note)).rejects.toThrow(/nothing was changed in it[^]*npm run resolve -- --applied/)
  expect(await rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).toEqual([
    { tablename: 'theirs' },
  ])
})

describe.each(['development', 'production'] as const)('what somebody else was killed at, in %s', (mode) => {
  const name = '29990101000000_more'
  const creates = 'CREATE TABLE "More" (id integer PRIMARY KEY);\n'
  const more = `${note}\nmodel More {\n  id Int @id\n}\n`
  const counts = 'UPDATE "Note" SET text = text || \'!\';\n'

  /** As the CLI and earlier versions of ours leave it: the beginning is recorded on its own, before the script is sent. */
  async function begin(sql: string): Promise<void> {
    await start(note)
    await write(name, sql)
    await runAt(
      database.url,
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at)
       VALUES ('x', '${createHash('sha256').update(sql).digest('hex')}', '${name}', now())`,
      `INSERT INTO "Note" (text) VALUES ('a')`,
    )
  }

  const helped = async (outcome: 'applied' | 'rolled-back') => {
    const schemaPath = join(folder, 'schema.prisma')
    await resolveMigration({ url: database.url, schemaPath, migrationsFolder: migrations() }, name, outcome)
  }

  test('is applied again where Postgres undid it', async () => {
    await begin(creates)
    await start(more, mode)
    expect(await rows('SELECT * FROM "More"')).toEqual([])
    expect(await appliedNames()).toContain(name)
    await start(more, mode)
  })

  test('is not, and two commands are named, where Postgres went on with it', async () => {
    await begin(creates)
    await runAt(database.url, creates)
    await expect(start(more, mode)).rejects.toThrow(
      /what it had done by then is not recorded. To apply it again was refused: .*"More".*already exists.*--rolled-back 29990101000000_more.*--applied 29990101000000_more/su,
    )
    await helped('applied')
    await start(more, mode)
    expect(await appliedNames()).toContain(name)
  })

  test.each([
    ['could happen twice unnoticed', counts],
    ['ends its transaction itself', `BEGIN;\n${counts}COMMIT;\n`],
    ['runs in none', 'CREATE INDEX CONCURRENTLY more ON "Note" (text);\n'],
  ])('is left alone where it %s', async (_, sql) => {
    await begin(sql)
    await expect(start(note, mode)).rejects.toThrow(/--rolled-back 29990101000000_more.*--applied 29990101/su)
    expect(await rows('SELECT text FROM "Note"')).toEqual([{ text: 'a' }])
    await helped('applied')
    await start(note, mode)
    expect(await rows('SELECT text FROM "Note"')).toEqual([{ text: 'a' }])
  })

  test('is left alone where the file is another one by now', async () => {
    await begin(creates)
    await write(name, `${creates}-- edited\n`)
    await expect(start(more, mode)).rejects.toThrow(/--rolled-back 29990101000000_more/u)
    await helped('rolled-back')
    await start(more, mode)
  })

  test('is waited for while somebody is still at it', async () => {
    await begin(creates)
    const other = new pg.Client({ connectionString: database.url })
    await other.connect()
    await other.query('SELECT pg_advisory_lock(72707369)')
    const started = start(more, mode)
    await new Promise((done) => setTimeout(done, 1500))
    await other.query(creates)
    await other.query("UPDATE _prisma_migrations SET finished_at = now() WHERE id = 'x'")
    await other.end()
    await started
    expect(await rows('SELECT * FROM "More"')).toEqual([])
  })
})

describe('a migration as a whole', () => {
  test('is not applied a second time behind the CLI, which is waited for', async () => {
    await start(note)
    await runAt(database.url, `INSERT INTO "Note" (text) VALUES ('a')`)
    const sql = 'UPDATE "Note" SET text = text || \'!\';\n'
    await write('29990101000000_count', sql)
    const cli = new pg.Client({ connectionString: database.url })
    await cli.connect()
    await cli.query('SELECT pg_advisory_lock(72707369)')
    const started = start(note, 'production')
    await new Promise((done) => setTimeout(done, 1500))
    expect(await rows('SELECT text FROM "Note"')).toEqual([{ text: 'a' }])
    await cli.query(sql)
    await cli.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at)
       VALUES ('x', '${createHash('sha256').update(sql).digest('hex')}', '29990101000000_count', now(), now())`,
    )
    await cli.end()
    await started
    expect(await rows('SELECT text FROM "Note"')).toEqual([{ text: 'a!' }])
  })

  test('that runs in no transaction is applied all the same', async () => {
    await start(note)
    await write('29990101000000_index', 'CREATE INDEX CONCURRENTLY "Note_text_idx" ON "Note" (text);\n')
    await write('29990102000000_more', 'CREATE TABLE "More" (id integer PRIMARY KEY);\n')
    await write('29990103000000_own', 'BEGIN;\nINSERT INTO "Note" (text) VALUES (\'a\');\nCOMMIT;\n')
    await write('29990104000000_do', 'DO $$ BEGIN UPDATE "Note" SET text = \'b\'; COMMIT; END $$;\n')
    const models = `${note.replace('@@index([tags], type: Gin)', '@@index([tags], type: Gin)\n  @@index([text])')}\nmodel More {\n  id Int @id\n}\n`
    await start(models, 'production')
    expect(await appliedNames()).toEqual(await migrationNames(migrations()))
    expect(await rows('SELECT text FROM "Note"')).toEqual([{ text: 'b' }])
    await start(models, 'production')
  })

  test('may change where tables are looked for, and as whom', async () => {
    await start(note)
    await write(
      '29990101000000_dump',
      "SELECT pg_catalog.set_config('search_path', '', false);\nSET ROLE pg_monitor;\nSELECT 1;\n",
    )
    await write('29990102000000_more', 'CREATE TABLE "More" (id integer PRIMARY KEY);\n')
    await start(`${note}\nmodel More {\n  id Int @id\n}\n`, 'production')
    expect(await appliedNames()).toEqual(await migrationNames(migrations()))
  })

  test('waits for a lock as long as the role allows, not as long as for another instance', async () => {
    await start(note)
    await write(
      '29990101000000_show',
      'CREATE TABLE "Shown" AS SELECT current_setting(\'lock_timeout\') AS value;\n',
    )
    await expect(start(note, 'production')).rejects.toThrow(/Shown/u)
    expect(await rows('SELECT value FROM "Shown"')).toEqual([{ value: '0' }])
  })

  test('is refused without its file, before anything is applied', async () => {
    await start(note)
    await mkdir(join(migrations(), '29990101000000_empty'))
    await expect(start(note, 'production')).rejects.toThrow(/29990101000000_empty/u)
    expect(await appliedNames()).toHaveLength(1)
  })
})
