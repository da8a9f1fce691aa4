import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { createDatabase, type TestDatabase } from '../../support/database.js'
import { runAt } from '../../support/test-run.js'

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
const [name = ''] = readdirSync('prisma/migrations').filter((each) => /^\d/u.test(each))

let database: TestDatabase
beforeAll(async () => {
  database = await createDatabase()
})
afterAll(() => database.drop())

function run(...args: string[]) {
  const { PATH = '' } = process.env
  return spawnSync(process.execPath, ['--import', tsx, 'src/resolve.ts', ...args], {
    env: { PATH, DATABASE_URL: database.url, NODE_ENV: 'production' },
    encoding: 'utf8',
  })
}

test.each([
  [[]],
  [[name]],
  [['--applied', name, 'more']],
  [['--applied', name, '--rolled-back', name]],
  [['--rolledback', name]],
])('%j is a call that cannot be understood', (args) => {
  expect(run(...args)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('Usage: npm run') as string,
  })
})

test('a migration that needs no resolving, or is not there, is left alone', () => {
  expect(run('--rolled-back', name)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('not in a failed state') as string,
  })
  expect(run('--applied', '29990101000000_none').status).toBe(1)
})

test('what is said is recorded', async () => {
  await runAt(database.url, 'UPDATE _prisma_migrations SET finished_at = NULL')
  expect(run('--rolled-back', name)).toMatchObject({
    status: 0,
    stderr: `Recorded as rolled-back: ${name}\n`,
  })
  await runAt(database.url, 'UPDATE _prisma_migrations SET rolled_back_at = NULL')
  expect(run('--applied', name)).toMatchObject({ status: 0, stderr: `Recorded as applied: ${name}\n` })
})

test('an empty database is told that what the migrations make is there', async () => {
  const other = await createDatabase({ tables: 'none' })
  await runAt(other.url, 'CREATE TABLE theirs (id int)')
  const { PATH = '' } = process.env
  const answer = spawnSync(process.execPath, ['--import', tsx, 'src/resolve.ts', '--applied', name], {
    env: { PATH, DATABASE_URL: other.url },
    encoding: 'utf8',
  })
  expect(answer).toMatchObject({ status: 0 })
  await other.drop()
})
