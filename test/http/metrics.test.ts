import { randomUUID } from 'node:crypto'
import { authenticator } from '../../src/identity/authenticator.js'
import { parseIssuer } from '../../src/config/issuer.js'
import { settingsFrom } from '../../src/config/env.js'
import { startService, type TestService } from '../support/service.js'
import { startServer } from '../support/test-server.js'
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

test('J54 not ready until the issuer’s keys are there, and ready soon after', async () => {
  let keys: object | undefined
  let asked = 0
  await withServer(
    (_, response) => {
      asked++
      if (keys) response.setHeader('Content-Type', 'application/json').end(JSON.stringify(keys))
      else response.writeHead(500).end()
    },
    async (url) => {
      const issuer = parseIssuer({
        issuer: 'https://id.example.com/',
        audience: 'api',
        jwksUrl: `${url}/jwks`,
      })
      const authenticate = authenticator({ issuers: [issuer] })
      const isReady = async () => (await authenticate.isReady?.()) !== false
      const server = await startServer({ db: service.db, authenticate, isReady })
      const ready = async () => {
        const { status, headers, text } = await server.caller()('GET', '/readyz')
        expect([text, headers['retry-after']]).toEqual(
          status === 200 ? ['{"status":"ready"}', undefined] : ['{"status":"not ready"}', '1'],
        )
        return status
      }
      expect(await Promise.all(Array.from({ length: 20 }, ready))).toEqual(Array(20).fill(503))
      // Once a second at most, however often readiness is asked for.
      expect(asked).toBeLessThan(10)
      expect((await server.caller()('GET', '/livez')).status).toBe(200)
      keys = { keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y', kid: 'one' }] }
      while ((await ready()) !== 200) await new Promise((done) => setTimeout(done, 100))
      keys = undefined
      expect(await ready()).toBe(200)
      await server.stop()
    },
  )
})
