import supertest from 'supertest'
import { createApp } from '../../src/app.js'
import { settingsFrom } from '../../src/config/env.js'
import { a, defineData } from '../../src/generated/claimstake.js'
import { startService, type TestService } from '../support/service.js'

const page = 'https://app.example.com'
const data = defineData({
  schema: a.schema({ Post: a.model().authorization((allow) => [allow.owner(), allow.custom()]) }),
  authorizer: { header: 'X-Session', authorize: () => ({ isAuthorized: false }) },
})

let service: TestService
beforeAll(async () => {
  service = await startService(data, {}, { app: () => ({ corsOrigins: [page, 'http://localhost:5173'] }) })
})
afterAll(() => service.stop())

const ana = () => service.caller({ sub: 'ana' })
const allowedOrigin = 'access-control-allow-origin'
const corsHeaders = (headers: object) =>
  Object.keys(headers).filter((name) => name.startsWith('access-control-'))

test('a page of a listed origin may call, and read what it needs', async () => {
  const answer = await ana()('GET', '/v1/posts', { headers: { Origin: page } })
  expect([answer.status, answer.headers[allowedOrigin]]).toEqual([200, page])
  const exposed = String(answer.headers['access-control-expose-headers']).split(',')
  expect(exposed).toEqual(
    expect.arrayContaining([
      'ETag',
      'Link',
      'Location',
      'Retry-After',
      'X-Request-Id',
      'Idempotency-Replayed',
    ]),
  )
  expect(answer.headers).not.toHaveProperty('access-control-allow-credentials')
  expect(answer.headers['vary']).toBe('Authorization, X-Api-Key, Accept, Origin')
})

test('a preflight needs no credentials, and names methods, headers and the custom authorizer’s own', async () => {
  const answer = await service.caller()('OPTIONS', '/v1/posts/x', {
    headers: {
      Origin: page,
      'Access-Control-Request-Method': 'PATCH',
      'Access-Control-Request-Headers': 'authorization,if-match',
    },
  })
  expect([answer.status, answer.headers[allowedOrigin], answer.headers['access-control-max-age']]).toEqual([
    204,
    page,
    '7200',
  ])
  expect(answer.headers['access-control-allow-methods']).toBe('GET,HEAD,POST,PATCH,DELETE')
  expect(answer.headers['access-control-allow-headers']).toBe(
    'Authorization,Content-Type,If-Match,If-None-Match,Idempotency-Key,X-Api-Key,X-Request-Id,X-Session',
  )
  expect(answer.headers['allow']).toBe('GET, HEAD, POST, PATCH, DELETE, OPTIONS')
})

test.each([
  ['401', 401, () => service.caller(), '/v1/posts'],
  ['404 of a row', 404, ana, '/v1/posts/0190a001-0000-7000-8000-000000000009'],
  ['404 outside the API', 404, ana, '/nowhere'],
  ['400', 400, ana, '/v1/posts?nothing=1'],
] as const)('a page can read the problem of a %s', async (_, status, caller, path) => {
  const answer = await caller()('GET', path, { headers: { Origin: page } })
  expect([answer.status, answer.headers[allowedOrigin]]).toEqual([status, page])
})

test.each([
  'https://evil.example',
  `${page}.evil.example`,
  'https://APP.example.com',
  `${page}:8443`,
  'null',
])('a page of %s is told nothing that would let it read', async (origin) => {
  for (const [method, path] of [
    ['GET', '/v1/posts'],
    ['OPTIONS', '/v1/posts'],
  ] as const) {
    const answer = await ana()(method, path, { headers: { Origin: origin } })
    expect(answer.headers).not.toHaveProperty(allowedOrigin)
  }
})

test('health and metrics are not for pages', async () => {
  for (const path of ['/livez', '/readyz']) {
    const answer = await ana()('GET', path, { headers: { Origin: page } })
    expect(corsHeaders(answer.headers)).toEqual([])
  }
})

test('without origins there is no CORS; with * every page may call, with no credentials of the browser', async () => {
  const options = {
    db: service.db,
    authenticate: () => Promise.reject(new Error('broken')),
    log: { info: () => undefined, error: () => undefined } as never,
    isReady: () => Promise.resolve(true),
  }
  const none = await supertest(createApp(options)).get('/v1/posts').set('Origin', page)
  expect([none.status, corsHeaders(none.headers)]).toEqual([500, []])
  const every = await supertest(createApp({ ...options, corsOrigins: ['*'] }))
    .get('/v1/posts')
    .set('Origin', page)
  expect([every.status, every.headers[allowedOrigin]]).toEqual([500, '*'])
  expect(every.headers).not.toHaveProperty('access-control-allow-credentials')
})

test.each([
  ['https://app.example.com/', 'is not an origin: write https://app.example.com'],
  ['https://app.example.com/path', 'is not an origin: write https://app.example.com'],
  ['https://app.example.com:443', 'is not an origin: write https://app.example.com'],
  ['https://APP.example.com', 'is not an origin: write https://app.example.com'],
  ['https://me@app.example.com', 'is not an origin: write https://app.example.com'],
  ['null', 'is null'],
  ['app.example.com', 'is not an origin such as'],
  ['file:///page.html', 'is not an origin such as'],
  ['https://*.example.com', 'has * in an origin'],
  ['*,https://app.example.com', 'has * beside others'],
  ['https://app.example.com,', 'is not an origin such as'],
  ['https://app.example.com,https://app.example.com', 'has an origin twice'],
])('%s is refused at start', (text, fault) => {
  expect(() => settingsFrom({ CORS_ORIGINS: text })).toThrow(`CORS_ORIGINS ${fault}`)
  const corsOrigins = text.split(',')
  expect(() => createApp({ db: service.db, corsOrigins } as never)).toThrow(`corsOrigins ${fault}`)
})
