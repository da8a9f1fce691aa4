import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Pool } from 'pg'
import { createPool } from '../../../src/connections/create-pool.js'
import { startEmbeddedPostgres } from '../../../src/database/embedded-postgres.js'
import { developmentIssuer } from '../../../src/identity/development-issuer.js'
import { migrate, revocations, type Claims } from '../../../src/index.js'
import { createTestIssuer } from '../../../src/testing.js'
import { createDatabase, type TestDatabase } from '../../support/database.js'

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
const path = (file: string) => fileURLToPath(new URL(`../../../${file}`, import.meta.url))
const day = 86_400_000
const now = () => Math.floor(Date.now() / 1000)

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'claimstake-revoke-'))
  // As root, Postgres runs as somebody else, who must be able to enter.
  chmodSync(folder, 0o755)
})
afterAll(() => rmSync(folder, { recursive: true }))

function node(args: string[], env: Record<string, string>, input?: string) {
  const { PATH = '' } = process.env
  const options = { cwd: folder, env: { PATH, ...env }, encoding: 'utf8' as const, timeout: 60_000 }
  return spawnSync(process.execPath, ['--import', tsx, ...args], { ...options, input })
}

const run = (args: string[], env: Record<string, string> = {}, input?: string) =>
  node([path('src/revoke.ts'), ...args], env, input)

describe('with DATABASE_URL', () => {
  const issuer = createTestIssuer({ issuer: 'https://id.example.com/' })
  const { issuer: iss } = issuer.settings
  let database: TestDatabase
  let pool: Pool
  let env: Record<string, string>
  beforeAll(async () => {
    // Without our tables: the command makes them.
    database = await createDatabase({ tables: 'none' })
    pool = createPool({ url: database.url, onError: () => undefined })
    env = {
      DATABASE_URL: database.url,
      NODE_ENV: 'production',
      ISSUER: iss,
      AUDIENCE: 'claimstake',
      PUBLIC_KEY: issuer.options.publicKey,
    }
  })
  afterEach(async () => {
    await migrate(pool)
    await pool.query('TRUNCATE claimstake.revocations')
  })
  afterAll(async () => {
    await pool.end()
    await database.drop()
  })

  /** Asks as a service that has just started. */
  async function isRevoked(claims: Claims): Promise<boolean> {
    const store = revocations(pool, { listen: false })
    return store.isRevoked(claims)
  }
  const kept = () => revocations(pool).list()

  test('token takes back that token, from an argument or from standard input, and shows it nowhere', async () => {
    const exp = now() + 3600
    const tokens = ['one', 'two', 'three'].map((jti) => ({ iss, jti, sub: 'ana', iat: now(), exp }))
    const sent = await Promise.all(tokens.map((claims) => issuer.sign(claims)))
    const calls = [
      run(['token', sent[0] ?? ''], env),
      run(['token', '-'], env, `${sent[1] ?? ''}\n`),
      run(['token', '-'], env, `Bearer ${sent[2] ?? ''}`),
    ]
    for (const [at, { status, stdout, stderr }] of calls.entries()) {
      expect([status, stdout]).toEqual([0, ''])
      expect(stderr).toContain('Revoked. Every instance refuses it within five seconds. Kept until ')
      for (const part of (sent[at] ?? '').split('.')) expect(stderr).not.toContain(part)
    }
    for (const claims of tokens) expect(await isRevoked(claims)).toBe(true)
    expect(await isRevoked({ ...tokens[0], jti: 'four' })).toBe(false)
    for (const { expiresAt } of await kept()) expect(expiresAt?.getTime()).toBe(exp * 1000 + day)
  }, 60_000)

  test('token without a jti says to take back what its subject has', async () => {
    const without = run(['token', await issuer.token({ sub: 'ana' })], env)
    expect(without).toMatchObject({ status: 1, stdout: '' })
    expect(without.stderr).toContain('has no jti')
    expect(without.stderr).toContain('npm run --silent revoke -- subject ana\n')
    const hostile = run(['token', await issuer.token({ sub: "x;reboot'$(id)" })], env)
    expect(hostile.stderr).toContain(String.raw`revoke -- subject 'x;reboot'\''$(id)'` + '\n')
    const nobodys = run(['token', await issuer.token({ user_id: 'ana' })], env)
    expect(nobodys).toMatchObject({ status: 1, stdout: '' })
    expect(nobodys.stderr).toContain('neither jti nor sub, so it cannot be taken back')
    expect(nobodys.stderr).not.toContain('npm run')
    expect(await kept()).toEqual([])
  })

  test('token of another issuer, one that expired, and what is no token', async () => {
    const foreign = run(['token', await createTestIssuer().token({ jti: 'x' })], env)
    expect([foreign.status, foreign.stderr]).toEqual([
      1,
      expect.stringContaining('The issuer of this token is not configured here') as string,
    ])
    expect(foreign.stderr).toContain(`\n  ${iss}\n`)
    const old = run(['token', await issuer.token({ jti: 'x', exp: now() - 90_000 })], env)
    expect([old.status, old.stderr]).toEqual([0, expect.stringContaining('nothing was written') as string])
    const young = run(['token', await issuer.token({ jti: 'young', exp: now() - 60 })], env)
    expect(young.status).toBe(0)
    for (const bad of ['hello', 'a.b.c', '', `${Buffer.from('{}').toString('base64url')}..`]) {
      const { status, stderr } = run(['token', '-'], env, bad)
      expect([status, stderr]).toEqual([1, expect.stringContaining('This is not a token') as string])
    }
    expect((await kept()).map(({ jti }) => jti)).toEqual(['young'])
  }, 60_000)

  test('jti and subject, list and restore', async () => {
    expect(run(['jti', 'j-1', '--keep', '90d'], env)).toMatchObject({ status: 0, stdout: '' })
    const subject = run(['subject', 'ana', '--issued-before', '2026-01-31T12:00:00+01:00'], env)
    expect(subject.stderr).toContain(
      `Revoked what was issued until 2026-01-31T11:00:00.000Z. Every instance refuses it within five seconds. Kept for ever.\nIssuer: ${iss}\n`,
    )
    const [jti] = await kept()
    expect(Math.abs((jti?.expiresAt?.getTime() ?? 0) - Date.now() - 90 * day)).toBeLessThan(60_000)
    const january = Date.UTC(2026, 0, 31, 11) / 1000
    expect(await isRevoked({ iss, sub: 'ana', iat: january })).toBe(true)
    expect(await isRevoked({ iss, sub: 'ana', iat: january + 1 })).toBe(false)

    const listed = run(['list'], env)
    expect(listed).toMatchObject({ status: 0, stderr: '' })
    expect(listed.stdout.split('\n')).toEqual([
      expect.stringMatching(/^\d{4}-\S+Z {2}until \d{4}-\S+Z {2}https:\/\/id\.example\.com\/ {2}jti j-1$/u),
      expect.stringMatching(
        / {2}for ever +https:\S+ {2}subject ana {2}issued until 2026-01-31T11:00:00\.000Z$/u,
      ),
      '',
    ])
    expect(run(['restore', 'jti', 'j-1'], env)).toMatchObject({ status: 0, stdout: '' })
    expect(run(['restore', 'jti', 'j-1'], env)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('There is no such revocation') as string,
    })
    expect(run(['restore', 'subject', 'ana', '--issuer', iss], env).status).toBe(0)
    expect(run(['list'], env)).toMatchObject({ status: 0, stdout: '', stderr: 'Nothing is revoked.\n' })
  }, 60_000)

  test('what an issuer or a user chose moves no cursor in a list', async () => {
    const nasty = 'a\u001b[2J\u202e\n  jti b'
    await migrate(pool)
    await revocations(pool).revoke({ issuer: iss, subject: nasty })
    const { stdout } = run(['list'], env)
    expect(stdout).toContain(String.raw`subject "a\u001b[2J\u202e\n  jti b"`)
    expect(stdout.split('\n')).toHaveLength(2)
  })

  test('an issuer that is not configured is refused; what was revoked of one can be restored', async () => {
    const wrong = run(['jti', 'x', '--issuer', 'https://id.example.com'], env)
    expect(wrong).toMatchObject({ status: 1, stdout: '' })
    expect(wrong.stderr).toContain('The issuer that --issuer names is not configured here')
    await migrate(pool)
    await revocations(pool).revoke({ issuer: 'https://gone.example.com', jti: 'x' })
    expect(run(['restore', 'jti', 'x', '--issuer', 'https://gone.example.com'], env).status).toBe(0)
    expect(await kept()).toEqual([])
    const none = run(['jti', 'x'], { DATABASE_URL: database.url, NODE_ENV: 'production' })
    expect([none.status, none.stderr]).toEqual([1, expect.stringContaining('ISSUER is missing') as string])
  }, 60_000)

  test('of several issuers one must be named', async () => {
    const publicKey = issuer.options.publicKey
    const other = 'https://other.example.com/'
    const list = [iss, other].map((each, at) => ({
      issuer: each,
      audience: 'api',
      publicKey,
      alias: `i${at}`,
    }))
    const several = {
      DATABASE_URL: database.url,
      NODE_ENV: 'production',
      ISSUERS: JSON.stringify(list),
    }
    const unnamed = run(['subject', 'ana'], several)
    expect(unnamed).toMatchObject({ status: 2, stdout: '' })
    expect(unnamed.stderr).toContain(
      `there are several issuers: name one with --issuer\n  ${iss}\n  ${other}\n`,
    )
    expect(run(['subject', 'ana', '--issuer', other], several).status).toBe(0)
    expect(run(['token', await issuer.token({ jti: 'its own' })], several).status).toBe(0)
    expect(await kept()).toMatchObject([
      { issuer: other, subject: 'ana' },
      { issuer: iss, jti: 'its own' },
    ])
  }, 60_000)

  test('says so where the service does not ask', () => {
    const { status, stderr } = run(['jti', 'x'], { ...env, REVOCATIONS: 'false' })
    expect([status, stderr]).toEqual([0, expect.stringContaining('REVOCATIONS is false') as string])
    expect(run(['jti', 'x'], env).stderr).not.toContain('REVOCATIONS')
  })

  test.each([
    [[], 'what to do?'],
    [['drop'], '"drop" is not something to do'],
    [['token'], 'token needs a token'],
    [['token', 'a', 'b'], 'needs quotes'],
    [['token', 'a', '--keep', '1d'], '--keep is not for token'],
    [['jti'], 'jti needs the jti'],
    [['jti', 'x', '--issued-before', '2026-01-01T00:00:00Z'], '--issued-before is not for jti'],
    [['jti', 'x', '--keep', 'long'], '"long" is not a time'],
    [['jti', 'x', '--keep', '0d'], '--keep must be longer'],
    [['subject', 'ana', '--issued-before', '2026-01-01'], '"2026-01-01" is not a time such as'],
    [['subject', 'ana', '--issued-before', '2026-13-01T00:00:00Z'], 'is not a time such as'],
    [['subject', 'x'.repeat(1025)], 'subject must be a text of 1 to 1024 characters'],
    [['list', 'all'], 'list takes nothing more'],
    [['restore', 'token', 'x'], 'restore needs jti or subject'],
    [['restore', 'jti'], 'restore jti needs the jti'],
    [['list', '--nonsense'], "Unknown option '--nonsense'\n"],
  ])('explains itself after %j', (args, message) => {
    const { status, stdout, stderr } = run(args, env)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
    expect(stderr).toContain('Usage: npm run --silent revoke --')
  })

  test('--help, and a database that is away', () => {
    expect(run(['--help'])).toMatchObject({ status: 0, stderr: '' })
    const away = run(['list'], { DATABASE_URL: 'postgresql://ana:hidden@127.0.0.1:1/x' })
    expect(away).toMatchObject({ status: 1, stdout: '' })
    expect(away.stderr).toContain('The database cannot be reached: connect ECONNREFUSED')
    expect(away.stderr).not.toContain('hidden')
    expect(existsSync(join(folder, '.data'))).toBe(false)
  })

  test('an instance that listens neither ends its process nor keeps it alive', async () => {
    await migrate(pool)
    const text = `
      import { createPool } from '${path('src/connections/create-pool.ts')}'
      import { revocations } from '${path('src/store/revocations.ts')}'
      const pool = createPool({ url: process.env.DATABASE_URL, onError: () => undefined })
      const store = revocations(pool)
      await store.isRevoked({ iss: 'x', jti: 'y' })
      while (!store.facts().isListening) await new Promise((resolve) => setTimeout(resolve, 5))
      const listener = "query LIKE 'LISTEN%' AND datname = current_database()"
      if (process.argv.includes('killed')) {
        await pool.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ' + listener)
        while (store.facts().isListening) await new Promise((resolve) => setTimeout(resolve, 5))
      }
      await pool.end()
      console.log('listened')
    `
    for (const how of ['left alone', 'killed']) {
      const started = performance.now()
      const ended = node(['--input-type=module', '--eval', text, how], env)
      expect(ended).toMatchObject({ status: 0, stdout: 'listened\n', stderr: '' })
      expect(performance.now() - started).toBeLessThan(20_000)
    }
  }, 60_000)
})

describe('with the embedded database and the development issuer', () => {
  test('works on that of a running service', async () => {
    const data = join(folder, '.data')
    const { sign, settings } = await developmentIssuer(data)
    const { url, stop } = await startEmbeddedPostgres({ folder: data, durable: false, log: () => undefined })
    const pool = createPool({ url, onError: () => undefined })
    try {
      const token = run(['token', '-'], {}, await sign({ jti: 'mine', sub: 'ana' }))
      expect(token).toMatchObject({ status: 0, stdout: '' })
      expect(run(['subject', 'bo'])).toMatchObject({ status: 0, stdout: '' })
      const claims = { iss: settings.issuer, jti: 'mine', sub: 'ana' }
      expect(await revocations(pool, { listen: false }).isRevoked(claims)).toBe(true)
      expect(run(['list']).stdout).toMatch(/jti mine\n.*subject bo {2}issued until .*\n$/u)
    } finally {
      await pool.end()
      await stop()
    }
  }, 60_000)
})
