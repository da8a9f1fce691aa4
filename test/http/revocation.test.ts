import type { Pool } from 'pg'
import type { Response } from 'supertest'
import { createPool } from '../../src/connections/create-pool.js'
import { authenticator, revocations, type Revocations, type RevocationStore } from '../../src/index.js'
import { createTestIssuer } from '../../src/testing.js'
import { answers, expectProblem, send, tokenService } from '../security/token-service.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { runAt, testRun } from '../support/test-run.js'

// The stage of the request on real Postgres. J76 with the whole service: test/security/revocation.test.ts.

const issuer = createTestIssuer()
const { issuer: iss } = issuer.settings
const now = () => Math.floor(Date.now() / 1000)

let database: TestDatabase
let pool: Pool
let looked: string[]
let store: RevocationStore
/** Added to the clock of the store: milliseconds. */
let later: number
beforeAll(async () => {
  database = await createDatabase()
  pool = createPool({ url: database.url, statementTimeout: 15_000, onError: () => undefined })
})
beforeEach(async () => {
  await database.truncate()
  looked = []
  later = 0
  store = revocations(
    { query: watched as Pool['query'] },
    { listen: false, now: () => performance.now() + later },
  )
})
afterEach(() => store.close())
afterAll(async () => {
  await pool.end()
  await database.drop()
})

/** Notes each look-up of a token. */
function watched(text: string, values: unknown[]) {
  if (text.includes('key = ANY')) looked.push(text)
  return pool.query(text, values)
}

const service = (list: Revocations | undefined = store, remembered?: number) =>
  tokenService(authenticator({ issuers: [issuer.settings], revocations: list, remembered }))

const token = (claims: object = {}) => issuer.token({ sub: 'ana', jti: 't-1', ...claims })

describe('a revoked token', () => {
  test('is refused as any other that is not valid, and says why', async () => {
    const [app, raw] = [service(), await token()]
    expect((await send(app, raw)).status).toBe(200)
    await store.revoke({ issuer: iss, jti: 't-1' })
    later += 5000
    const answer = await send(app, raw)
    expectProblem(answer, 'C1')
    expect(answer.body).toMatchObject({ detail: 'The token was revoked.' })
    expect((await send(app, await token({ jti: 't-2' }))).status).toBe(200)
    await store.restore({ issuer: iss, jti: 't-1' })
    later += 5000
    expect((await send(app, raw)).status).toBe(200)
  })

  test('works where nobody asks', async () => {
    await store.revoke({ issuer: iss, jti: 't-1' })
    const nobody = tokenService(authenticator({ issuers: [issuer.settings] }))
    expect((await send(nobody, await token())).status).toBe(200)
    expectProblem(await send(service(), await token()), 'C1')
  })

  test('of a subject: what was issued before is refused, what is issued later is good', async () => {
    const app = service()
    const at = now()
    const [older, same, newer] = await Promise.all(
      [at - 60, at, at + 2].map((iat) => token({ iat, jti: undefined })),
    )
    const [without, bo] = [await token({ iat: undefined }), await token({ sub: 'bo' })]
    for (const raw of [older, same, newer, without, bo]) expect((await send(app, raw ?? '')).status).toBe(200)
    await store.revoke({ issuer: iss, subject: 'ana', issuedBefore: new Date((at + 1) * 1000) })
    later += 5000
    for (const raw of [older, same, without]) expectProblem(await send(app, raw ?? ''), 'C1')
    for (const raw of [newer, bo]) expect((await send(app, raw ?? '')).status).toBe(200)
  })

  test('of one issuer: that of another with the same jti and sub is good', async () => {
    const other = createTestIssuer({ issuer: 'https://other.claimstake.invalid', alias: 'other' })
    const first = createTestIssuer({ alias: 'first' })
    const app = tokenService(authenticator({ issuers: [first.settings, other.settings], revocations: store }))
    await store.revoke({ issuer: other.settings.issuer, jti: 't-1' })
    await store.revoke({ issuer: other.settings.issuer, subject: 'ana' })
    const claims = { sub: 'ana', jti: 't-1' }
    expectProblem(await send(app, await other.token(claims)), 'C1')
    expect((await send(app, await first.token(claims))).status).toBe(200)
  })
})

describe('what it costs', () => {
  test('one look-up for a token, however often it is used; none for one that is not good', async () => {
    const [app, raw] = [service(), await token()]
    await Promise.all(Array.from({ length: 20 }, () => send(app, raw)))
    for (let use = 0; use < 10; use++) {
      later += 1000
      expect((await send(app, raw)).status).toBe(200)
    }
    expect(looked).toHaveLength(1)
    const forged = await createTestIssuer().token({ sub: 'ana' })
    for (const bad of [forged, `${raw}x`, 'a.b.c', await token({ exp: now() - 3600 })])
      expectProblem(await send(app, bad), 'C1')
    expect(looked).toHaveLength(1)
  })

  test('one each time where no token is remembered', async () => {
    const [app, raw] = [service(store, 0), await token()]
    for (let use = 0; use < 5; use++) expect((await send(app, raw)).status).toBe(200)
    expect(looked).toHaveLength(5)
    await store.revoke({ issuer: iss, jti: 't-1' })
    // Then nothing has to be waited for.
    expectProblem(await send(app, raw), 'C1')
  })
})

describe('when nobody can tell', () => {
  const unavailable = (answer: Response) => {
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1'])
    expect(answer.headers['www-authenticate']).toBeUndefined()
    expect(answer.body).toMatchObject({ code: 'UNAVAILABLE' })
  }

  test('J77 the database is down: 503 after five seconds, for remembered and new tokens; good again afterwards', async () => {
    const [app, raw, revoked] = [service(), await token(), await token({ jti: 'gone' })]
    await store.revoke({ issuer: iss, jti: 'gone' })
    expect((await send(app, raw)).status).toBe(200)
    expectProblem(await send(app, revoked), 'C1')
    const [, name = ''] = new URL(database.url).pathname.split('/')
    const { server } = testRun()
    await runAt(
      server,
      `ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS false`,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}' AND application_name = 'claimstake'`,
    )
    try {
      expect((await send(app, raw)).status).toBe(200)
      unavailable(await send(app, await token({ jti: 't-2' })))
      later += 5000
      for (const known of [raw, revoked]) unavailable(await send(app, known))
    } finally {
      await runAt(server, `ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS true`)
    }
    later += 5000
    expect((await send(app, raw)).status).toBe(200)
    expectProblem(await send(app, revoked), 'C1')
  })

  test('the table is locked: 503 within the time a caller waits', async () => {
    const holder = await pool.connect()
    await holder.query('BEGIN; LOCK TABLE claimstake.revocations')
    const started = performance.now()
    unavailable(await send(service(), await token()))
    expect(performance.now() - started).toBeLessThan(4000)
    await holder.query('ROLLBACK')
    holder.release()
    expect((await send(service(), await token())).status).toBe(200)
  })

  test.each([
    ['rejects', () => Promise.reject(new Error('no'))],
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['never answers', () => new Promise<never>(() => undefined)],
    ['answers undefined', () => undefined],
    ['answers "false"', () => Promise.resolve('false')],
    ['answers 0', () => Promise.resolve(0)],
  ])('a list of your own that %s: 503, and nobody is let in', async (_, isRevoked) => {
    unavailable(await send(service({ isRevoked: isRevoked as never }), await token()))
  })

  test('one that answers is enough', async () => {
    const own = { isRevoked: ({ sub }: Readonly<Record<string, unknown>>) => sub === 'bo' }
    expect((await send(service(own), await token())).status).toBe(200)
    expectProblem(await send(service(own), await token({ sub: 'bo' })), 'C1')
    expect(answers.C1.code).toBe('INVALID_TOKEN')
  })
})
