import { randomUUID } from 'node:crypto'
import { authenticator } from '../../src/identity/authenticator.js'
import { parseIssuer } from '../../src/config/issuer.js'
import { settingsFrom } from '../../src/config/env.js'
import { createPool } from '../../src/connections/create-pool.js'
import { revocations } from '../../src/store/revocations.js'
import { createTestIssuer } from '../../src/testing.js'
import { startService, type TestService } from '../support/service.js'
import { startServer } from '../support/test-server.js'
import {
  answering,
  failing,
  keyServer,
  observed,
  publishing,
  signingKey,
  tokenOf,
} from '../security/published.js'
import { withServer } from '../security/token-service.js'

let service: TestService
beforeAll(async () => {
  service = await startService(undefined, {}, { app: (pool) => ({ metrics: { pool } }) })
})
afterAll(() => service.stop())

const ana = () => service.caller({ user_id: 'canary-ana', email: 'canary@example.com' })
const told = async () => {
  const answer = await service.caller()('GET', '/metrics')
  expect([answer.status, answer.headers['content-type']]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
  ])
  return answer.text ?? ''
}

test('R69 tells requests by method, route and status, and names nobody', async () => {
  const id = randomUUID()
  const [post] = [await ana()('POST', '/v1/posts', { body: { postname: 'canary-body' } })]
  const made = (post.body as { id: string }).id
  await ana()('GET', '/v1/posts?postname=canary-query')
  await ana()('GET', `/v1/posts/${made}`)
  await ana()('GET', `/v1/posts/${id}`, { headers: { 'X-Request-Id': 'canary-request' } })
  await ana()('GET', '/v1/canary-path/x')
  await ana()('GET', '/canary-path')
  await ana()('PUT', '/v1/posts')
  await service.caller()('GET', '/v1/posts', { headers: { Authorization: 'Bearer canary.canary.canary' } })
  await service.caller()('GET', '/livez')
  const text = await told()
  expect(text).toContain('http_requests_total{method="POST",route="/v1/posts",status="201"} 1')
  expect(text).toContain('http_requests_total{method="GET",route="/v1/posts/{postId}",status="404"} 1')
  expect(text).toContain('http_requests_total{method="GET",route="/livez",status="200"} 1')
  expect(text).toContain('http_requests_total{method="GET",route="unmatched",status="404"} 2')
  expect(text).toContain('http_requests_total{method="GET",route="unmatched",status="401"} 1')
  expect(text).toMatch(
    /^http_request_duration_seconds_bucket\{le="0\.1",method="GET",route="\/v1\/posts"\} \d+$/mu,
  )
  expect(text).toMatch(/^claimstake_pool_connections\{state="idle"\} \d+$/mu)
  expect(text).toMatch(/^claimstake_pool_waiting 0$/mu)
  expect(text).toMatch(/^nodejs_eventloop_lag_seconds /mu)
  expect(text).toMatch(/^process_resident_memory_bytes /mu)
  const key = service.db.principalKey(service.principal({ user_id: 'canary-ana' }))
  for (const secret of ['canary', id, made, key, '127.0.0.1']) expect(text).not.toContain(secret)
})

test('labels are bounded: a thousand paths and methods of a caller’s choice are one line', async () => {
  const lines = async () =>
    (await told()).split('\n').filter((line) => line.startsWith('http_requests')).length
  await ana()('GET', '/nowhere-first')
  const before = await lines()
  for (let at = 0; at < 50; at++) await ana()('GET', `/nowhere-${at}`)
  await ana()('GET', '/livez/')
  expect(await lines()).toBeLessThanOrEqual(before + 1)
})

test('HEAD works beside the API, and answers have the headers of every answer', async () => {
  for (const path of ['/metrics', '/livez', '/readyz', '/openapi.json', '/docs']) {
    const answer = await service.caller()('HEAD', path)
    expect([path, answer.status, answer.text ?? '']).toEqual([path, 200, ''])
    expect(answer.headers['x-request-id']).toBeDefined()
  }
})

test('without the option there is no such page', async () => {
  const server = await startServer({ db: service.db, authenticate: () => Promise.reject(new Error()) })
  expect((await server.caller()('GET', '/metrics')).status).toBe(404)
  await server.stop()
  expect(settingsFrom({}).METRICS).toBe(true)
  expect(settingsFrom({ METRICS: 'false' }).METRICS).toBe(false)
})

test.each(['/metrics', '/docs', '/livez/x', '/readyz', '/openapi.json', '/openapi-3.0.json'])(
  'BASE_PATH=%s is refused: it is the service’s own',
  (path) => {
    expect(() => settingsFrom({ BASE_PATH: path })).toThrow('BASE_PATH belongs to the service itself')
  },
)

describe('keys that are fetched', () => {
  const one = signingKey('one')
  const issuer = { issuer: 'https://id.example.com/', audience: 'claimstake' }

  test('J54 not ready until the issuer’s keys are there, and ready soon after', async () => {
    const keys = keyServer(failing(500))
    await withServer(keys.listener, async (url) => {
      const notices: string[] = []
      const authenticate = authenticator({
        issuers: [parseIssuer({ ...issuer, jwksUrl: `${url}/jwks` })],
        notice: (message) => void notices.push(message),
      })
      await authenticate.open()
      const isReady = authenticate.isReady
      const server = await startServer({ db: service.db, authenticate, isReady })
      const ready = async () => {
        const { status, headers, text } = await server.caller()('GET', '/readyz')
        expect([text, headers['retry-after']]).toEqual(
          status === 200 ? ['{"status":"ready"}', undefined] : ['{"status":"not ready"}', '1'],
        )
        return status
      }
      const get = async () =>
        (await server.caller(() => Promise.resolve(tokenOf(one, { user_id: 'ana' })))('GET', '/v1/posts'))
          .status
      const start = performance.now()
      expect(await Promise.all(Array.from({ length: 20 }, ready))).toEqual(Array(20).fill(503))
      expect(await get()).toBe(503)
      // Once a second at most, however often readiness is asked for.
      expect(keys.fetches).toBeLessThanOrEqual(2 + (performance.now() - start) / 1000)
      expect((await server.caller()('GET', '/livez')).status).toBe(200)
      keys.answer = publishing(one)
      const returned = performance.now()
      while ((await ready()) !== 200) await new Promise((done) => setTimeout(done, 100))
      const took = performance.now() - returned
      expect(took).toBeLessThan(5000)
      observed('J54, through the app', { 'ready again after (ms)': took })
      expect(await get()).toBe(200)
      keys.answer = failing(500)
      expect(await ready()).toBe(200)
      expect(await get()).toBe(200)
      expect(notices).toHaveLength(2)
      await server.stop()
    })
  })

  test('J55 J59 tells how old they are, what came of fetching them, and which are not used', async () => {
    const leaked = { ...one.privateKey.export({ format: 'jwk' }), kid: 'canary-leaked' }
    const keys = keyServer(answering({ keys: [one.jwk, leaked, { ...one.jwk, kid: 'enc', use: 'enc' }] }))
    await withServer(keys.listener, async (url) => {
      let now = Date.now()
      const authenticate = authenticator({
        issuers: [
          parseIssuer({ ...issuer, alias: 'a', jwksUrl: `${url}/jwks` }),
          createTestIssuer({ alias: 'b' }).settings,
        ],
        now: () => now,
        notice: () => undefined,
      })
      const metrics = { identity: authenticate.facts }
      const server = await startServer({ db: service.db, authenticate, metrics })
      const caller = server.caller(() => Promise.resolve(tokenOf(one, { user_id: 'bo' })))
      const token = tokenOf(one, { user_id: 'ana' })
      const call = () => server.caller(() => Promise.resolve(token))('GET', '/v1/posts')
      for (let at = 0; at < 3; at++) expect((await call()).status).toBe(200)
      expect((await caller('GET', '/v1/posts')).status).toBe(200)
      keys.answer = failing(500)
      now += 301_000
      expect((await call()).status).toBe(200)
      now += 1500_000
      expect((await call()).status).toBe(200)
      const text = (await server.caller()('GET', '/metrics')).text ?? ''
      const label = 'issuer="https://id.example.com/"'
      for (const line of [
        'claimstake_token_cache_entries 2',
        'claimstake_token_cache_hits_total 4',
        'claimstake_token_cache_misses_total 2',
        `claimstake_jwks_keys{${label}} 1`,
        `claimstake_jwks_stale_seconds{${label}} 1801`,
        `claimstake_jwks_fetches_total{${label},outcome="ok"} 1`,
        `claimstake_jwks_keys_skipped{${label},reason="use"} 1`,
        `claimstake_jwks_keys_skipped{${label},reason="private"} 1`,
        `claimstake_jwks_keys_skipped{${label},reason="weak"} 0`,
        `claimstake_jwks_private_keys{${label}} 1`,
      ])
        expect(text.split('\n')).toContain(line)
      expect(text).toMatch(/^claimstake_jwks_fetches_total\{.*outcome="status"\} [12]$/mu)
      expect(text).not.toContain('canary')
      // The other issuer's key is configured: there is nothing to tell of it.
      expect(text).not.toContain('test.claimstake.invalid')
      await server.stop()
    })
  })
})

test('J76 tells of the deny list: look-ups, looks for news, and whether it listens', async () => {
  const pool = createPool({ url: service.database.url, onError: () => undefined })
  const revoked = revocations(pool, { listen: false })
  const authenticate = authenticator({ issuers: [service.issuer.settings], revocations: revoked })
  const server = await startServer({
    db: service.db,
    authenticate,
    metrics: { identity: authenticate.facts },
  })
  const token = await service.issuer.token({ user_id: 'canary-ana', jti: 'canary-jti' })
  for (let at = 0; at < 3; at++)
    expect((await server.caller(() => Promise.resolve(token))('GET', '/v1/posts')).status).toBe(200)
  const text = (await server.caller()('GET', '/metrics')).text ?? ''
  for (const line of [
    'claimstake_revocations_listening 0',
    'claimstake_revocation_lookups_total 1',
    'claimstake_revocation_looks_total{outcome="ok"} 1',
    'claimstake_revocation_looks_total{outcome="failed"} 0',
  ])
    expect(text.split('\n')).toContain(line)
  expect(text).not.toContain('canary')
  await server.stop()
  await revoked.close()
  await pool.end()
})
