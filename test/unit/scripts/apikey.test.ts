import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { createPool } from '../../../src/connections/create-pool.js'
import { isAlive } from '../../../src/database/running-postmaster.js'
import { apiKeys, type ApiKeyStore } from '../../../src/index.js'
import { createDatabase, type TestDatabase } from '../../support/database.js'

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
const path = (file: string) => fileURLToPath(new URL(`../../../${file}`, import.meta.url))

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'claimstake-apikey-'))
  // As root, Postgres runs as somebody else, who must be able to enter.
  chmodSync(folder, 0o755)
})
afterAll(() => rmSync(folder, { recursive: true }))

function run(args: string[], env: Record<string, string> = {}) {
  const { PATH = '' } = process.env
  return spawnSync(process.execPath, ['--import', tsx, path('src/apikey.ts'), ...args], {
    cwd: folder,
    env: { PATH, ...env },
    encoding: 'utf8',
  })
}

const keyForm = /^claimstake_(?<id>[0-9a-f]{16})_[0-9a-f]{64}\n$/u
const idOf = (stdout: string) => keyForm.exec(stdout)?.groups?.['id'] ?? ''

/** Asks the keys of a database. */
async function withKeys<Result>(url: string, work: (keys: ApiKeyStore) => Promise<Result>): Promise<Result> {
  const pool = createPool({ url, onError: () => undefined })
  try {
    return await work(apiKeys(pool))
  } finally {
    await pool.end()
  }
}

describe('with DATABASE_URL', () => {
  let database: TestDatabase
  let env: Record<string, string>
  beforeAll(async () => {
    // Without our tables: the command makes them.
    database = await createDatabase({ tables: 'none' })
    env = { DATABASE_URL: database.url, NODE_ENV: 'production' }
  })
  afterAll(() => database.drop())

  test('create prints the key alone, which opens; list names it without its secret; revoke ends it', async () => {
    const created = run(['create', 'billing job', '--expires-in', '12h'], env)
    expect(created).toMatchObject({ status: 0, stdout: expect.stringMatching(keyForm) as string })
    const [key, id] = [created.stdout.trim(), idOf(created.stdout)]
    const secret = key.split('_')[2] ?? ''
    expect(created.stderr).toContain(`Key ${id} works until `)
    expect(created.stderr).not.toContain(secret)
    const found = await withKeys(database.url, (keys) => keys.find(key))
    expect(found?.id).toBe(id)
    expect((found?.expiresAt ?? 0) - Date.now()).toBeLessThan(12 * 3_600_000)

    const listed = run(['list'], env)
    expect(listed).toMatchObject({ status: 0, stderr: '' })
    expect(listed.stdout).toMatch(new RegExp(`^${id} {2}until \\d{4}-.* billing job\\n$`, 'u'))
    expect(listed.stdout).not.toContain(secret)

    expect(run(['revoke', id], env)).toMatchObject({ status: 0, stdout: '' })
    expect(await withKeys(database.url, (keys) => keys.find(key))).toBeUndefined()
    expect(run(['list'], env).stdout).toContain(`${id}  revoked `)
    const unknown = run(['revoke', '0123456789abcdef'], env)
    expect(unknown).toMatchObject({ status: 1, stdout: '' })
    expect(unknown.stderr).toContain('There is no such key')
  }, 60_000)

  test.each([
    [[], 'what to do?'],
    [['drop'], '"drop" is not something to do'],
    [['create'], 'create needs a name'],
    [['create', 'two', 'words'], 'needs quotes'],
    [['create', ' '], 'the name of an API key must be'],
    [['create', 'x', '--expires-in', 'soon'], '"soon" is not a time'],
    [['create', 'x', '--expires-in', '0d'], 'must expire in the future'],
    [['create', 'x', '--expires-in', '4000d'], 'within three years'],
    [['list', 'all'], 'list takes nothing more'],
    [['list', '--expires-in', '1d'], '--expires-in is for create'],
    [['revoke'], 'revoke needs the id'],
    [['create', 'x', '--nonsense'], "Unknown option '--nonsense'"],
  ])('explains itself after %j', (args, message) => {
    const { status, stdout, stderr } = run(args, env)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
    expect(stderr).toContain('Usage: npm run --silent apikey --')
  })

  test('says what is wrong with the database, and not its password', () => {
    const away = run(['list'], { DATABASE_URL: 'postgresql://ana:hidden@127.0.0.1:1/x' })
    expect(away).toMatchObject({ status: 1, stdout: '' })
    expect(away.stderr).toContain('The database cannot be reached: connect ECONNREFUSED')
    expect(away.stderr).not.toContain('hidden')
    const none = run(['list'], { NODE_ENV: 'production' })
    expect([none.status, none.stderr]).toEqual([1, expect.stringContaining('DATABASE_URL is missing')])
    expect(run(['list'], { DATABASE_URL: ' ' }).stderr).toContain('DATABASE_URL is set but blank')
    expect(existsSync(join(folder, '.data'))).toBe(false)
  })
})

describe('with the embedded database', () => {
  const data = () => join(folder, '.data')
  const postmaster = () => readFileSync(join(data(), 'postgres/postmaster.pid'), 'utf8').split('\n')[0]

  /** As the service has it while it runs. */
  async function service(): Promise<{ child: ChildProcess; url: string }> {
    const child = spawn(process.execPath, ['--import', tsx, path('test/support/own-database.ts'), data()], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    return { child, url: line.toString().trim() }
  }

  test('starts it for the moment, and stops it; uses that of a running service, and leaves it', async () => {
    const first = run(['create', 'before'])
    expect(first).toMatchObject({ status: 0, stdout: expect.stringMatching(keyForm) as string })
    expect(existsSync(join(data(), 'postgres/postmaster.pid'))).toBe(false)

    const { child, url } = await service()
    try {
      const pid = postmaster()
      const second = run(['create', 'meanwhile'])
      expect(second).toMatchObject({ status: 0, stdout: expect.stringMatching(keyForm) as string })
      expect(postmaster()).toBe(pid)
      for (const { stdout } of [first, second]) {
        const found = await withKeys(url, (keys) => keys.find(stdout.trim()))
        expect(found?.id).toBe(idOf(stdout))
      }
      expect(isAlive(Number(pid))).toBe(true)
    } finally {
      child.kill('SIGINT')
      await once(child, 'exit')
    }
    const list = run(['list'])
    expect(list.stdout).toMatch(/before\n.*meanwhile\n$/u)
  }, 60_000)

  test('also when the service was killed and left its marks', async () => {
    const { child } = await service()
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(run(['list'])).toMatchObject({ status: 0 })
  }, 60_000)
})
