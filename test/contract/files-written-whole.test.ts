import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { writeMigration } from '../../src/database/migration-folder.js'

const run = promisify(execFile)
const tsx = createRequire(import.meta.url).resolve('tsx')
const prisma = createRequire(import.meta.url).resolve('prisma/build/index.js')

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'claimstake-whole-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Runs Node there, stopped in the middle of any file that gets larger than this: what a full disk or a kill leaves. */
const cutOff = (kilobytes: number, ...args: string[]) =>
  run('bash', ['-c', `ulimit -f ${kilobytes}; exec "$@"`, 'bash', process.execPath, ...args], {
    cwd: folder,
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' },
  })

test('npm run openapi that is cut off leaves the documents there were', async () => {
  await cp('openapi', join(folder, 'openapi'), { recursive: true })
  await expect(cutOff(100, '--import', tsx, resolve('scripts/openapi.ts'))).rejects.toThrow(/EFBIG/u)
  for (const name of ['openapi.json', 'openapi-3.0.json'])
    expect(await readFile(join(folder, 'openapi', name), 'utf8')).toBe(
      await readFile(join('openapi', name), 'utf8'),
    )
  expect(await readdir(join(folder, 'openapi'))).toHaveLength(2)
})

test('a generator that is cut off leaves the catalog there was', async () => {
  const models = Array.from(
    { length: 40 },
    (_, number) => `model Model${number} {\n  id Int @id\n  text String\n}\n`,
  )
  await mkdir(join(folder, 'generated'))
  await writeFile(join(folder, 'generated/catalog.ts'), 'the old one')
  await writeFile(
    join(folder, 'schema.prisma'),
    `datasource db {\n  provider = "postgresql"\n}\n\ngenerator claimstake {
  provider = "node --import ${tsx} ${resolve('src/catalog/generator.ts')}"\n  output = "./generated"\n}\n\n` +
      models.join('\n'),
  )
  const generate = (kilobytes: number) => cutOff(kilobytes, prisma, 'generate', '--schema', 'schema.prisma')
  await expect(generate(10)).rejects.toThrow(/EFBIG/u)
  expect(await readFile(join(folder, 'generated/catalog.ts'), 'utf8')).toBe('the old one')

  await generate(10_000)
  expect(await readFile(join(folder, 'generated/catalog.ts'), 'utf8')).toContain('Model39')
  expect(await readdir(join(folder, 'generated'))).toEqual(['catalog.ts', 'claimstake.ts'])
})

test('a migration whose writing was cut off is no migration, and does not stand in the way of the next', async () => {
  const migrations = join(folder, 'migrations')
  await mkdir(`${migrations}.new`)
  await writeFile(join(`${migrations}.new`, 'migration.sql'), 'CREATE TABLE half (')
  const name = await writeMigration(migrations, 'init', 'SELECT 1;\n')
  expect(await readdir(folder)).toEqual(['migrations'])
  expect(await readdir(migrations)).toEqual([name, 'migration_lock.toml'])
  expect(await readFile(join(migrations, name, 'migration.sql'), 'utf8')).toBe('SELECT 1;\n')
})
