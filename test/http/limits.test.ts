import type { Pool } from 'pg'
import { setTimeout as after } from 'node:timers/promises'
import { createPool } from '../../src/connections/create-pool.js'
import { rateLimit } from '../../src/store/rate-limit.js'
import { startService, type TestService } from '../support/service.js'
import { startServer, type TestCaller, type TestServer } from '../support/test-server.js'
import { authenticator } from '../../src/identity/authenticator.js'

const calls = 3

let service: TestService
const pools: Pool[] = []
const servers: TestServer[] = []
beforeAll(async () => {
  service = await startService()
})
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
  for (const pool of pools.splice(0)) await pool.end()
  await service.database.truncate()
})
afterAll(() => service.stop())

/** One instance of the service on the same database, with a pool and a limiter of its own. */
async function instance({
  window = 60,
  trustProxy = 0,
  statements = [] as string[],
  url = service.database.url,
} = {}) {
  const pool = createPool({ url, maxConnections: 2, acquireTimeout: 300, onError: () => undefined })
  pools.push(pool)
  const query = pool.query.bind(pool) as (query: { text: string }) => Promise<unknown>
  const counting = {
    query: (asked: { text: string }) => {
      statements.push(asked.text)
      return query(asked)
    },
  } as unknown as Pool
  const server = await startServer({
    db: service.db,
    authenticate: authenticator({ issuers: [service.issuer.settings] }),
    limit: rateLimit({ pool: counting, calls, window }),
    trustProxy,
  })
  servers.push(server)
  const caller = (user?: string) =>
    server.caller(user === undefined ? undefined : () => service.issuer.token({ user_id: user, sub: user }))
  return { caller, statements }
}

const statuses = async (caller: TestCaller, times: number, headers = {}) => {
  const all: number[] = []
  for (let at = 0; at < times; at++) all.push((await caller('GET', '/v1/posts', { headers })).status)
  return all
}

test('two instances have one count; another caller is not affected', async () => {
  const [one, two] = [await instance(), await instance()]
  expect(await statuses(one.caller('ana'), 2)).toEqual([200, 200])
  expect(await statuses(two.caller('ana'), 2)).toEqual([200, 429])
  expect(await statuses(one.caller('ana'), 1)).toEqual([429])
  expect(await statuses(one.caller('bo'), 1)).toEqual([200])
})

test('answers tell what is left, and 429 is a problem that says when to come again', async () => {
  const { caller } = await instance()
  const first = await caller('ana')('GET', '/v1/posts')
  const told = (name: string) => first.headers[`ratelimit-${name}`] as string
  expect([told('limit'), told('remaining')]).toEqual(['3', '2'])
  expect(Number(told('reset'))).toBeGreaterThan(50)
  await statuses(caller('ana'), 2)
  const refused = await caller('ana')('GET', '/v1/posts')
  expect(refused.status).toBe(429)
  expect(refused.headers).toMatchObject({
    'ratelimit-limit': '3',
    'ratelimit-remaining': '0',
    'cache-control': 'no-store',
    'content-type': 'application/problem+json',
  })
  expect(refused.headers['retry-after']).toBe(refused.headers['ratelimit-reset'])
  expect(refused.body).toMatchObject({ code: 'RATE_LIMITED', status: 429 })
})

test('who is over the limit costs no statement any more', async () => {
  const { caller, statements } = await instance()
  await statuses(caller('ana'), calls)
  const before = statements.length
  expect(await statuses(caller('ana'), 3)).toEqual([429, 429, 429])
  expect(statements.slice(before)).toEqual([])
})

test('a window passes', async () => {
  const { caller } = await instance({ window: 5 })
  expect(await statuses(caller('ana'), 4)).toContain(429)
  while ((await statuses(caller('ana'), 1))[0] === 429) await after(500)
  expect(await statuses(caller('ana'), 1)).toEqual([200])
})

test('refused credentials count for their address, and no valid caller pays for them', async () => {
  const { caller } = await instance()
  const bad = { Authorization: 'Bearer a.b.c' }
  expect(await statuses(caller(), 4, bad)).toEqual([401, 401, 401, 429])
  expect(await statuses(caller(), 1)).toEqual([429])
  expect(await statuses(caller('ana'), 1)).toEqual([200])
})

test('a caller without any identity does not use up the share of the others without one', async () => {
  const { caller } = await instance({ trustProxy: 1 })
  const nameless = caller('')
  const from = (ip: string) => ({ 'X-Forwarded-For': ip })
  expect(await statuses(nameless, 4, from('203.0.113.1'))).toEqual([403, 403, 403, 429])
  expect(await statuses(nameless, 1, from('203.0.113.2'))).toEqual([403])
  // A guest of the same address has a share of his own.
  expect(await statuses(caller(), 1, from('203.0.113.1'))).toEqual([401])
})

test('behind a proxy that is trusted the address is the caller’s; an IPv6 network is one', async () => {
  const { caller } = await instance({ trustProxy: 1 })
  const from = (ip: string) => ({ 'X-Forwarded-For': `9.9.9.9, ${ip}` })
  expect(await statuses(caller(), 4, from('203.0.113.1'))).toEqual([401, 401, 401, 429])
  expect(await statuses(caller(), 1, from('::ffff:203.0.113.1'))).toEqual([429])
  expect(await statuses(caller(), 1, from('203.0.113.2'))).toEqual([401])
  expect(await statuses(caller(), 3, from('2001:db8::1'))).toEqual([401, 401, 401])
  expect(await statuses(caller(), 1, from('2001:db8:0:0:ffff::2'))).toEqual([429])
  expect(await statuses(caller(), 1, from('2001:db8:0:1::1'))).toEqual([401])
})

test('without a trusted proxy a caller does not choose its address', async () => {
  const { caller } = await instance()
  const seen: number[] = []
  for (let at = 0; at < 4; at++)
    seen.push(...(await statuses(caller(), 1, { 'X-Forwarded-For': `203.0.113.${at}` })))
  expect(seen).toEqual([401, 401, 401, 429])
})

test('preflights, health and documents are not counted', async () => {
  const { caller, statements } = await instance()
  for (const path of ['/livez', '/readyz', '/openapi.json']) await caller('ana')('GET', path)
  await caller('ana')('OPTIONS', '/v1/posts')
  expect(statements).toEqual([])
})

test('R69 T15 what is stored names nobody: no identity, no address', async () => {
  const { caller } = await instance()
  await statuses(caller('canary-ana'), 1)
  await statuses(caller(), 1)
  const rows = await service.unscoped.$queryRaw`SELECT * FROM claimstake.rate_limits`
  expect(rows).toHaveLength(2)
  const text = JSON.stringify(rows, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value))
  expect(text).not.toMatch(/canary|127\.0\.0\.1/u)
})

test('while the database of the counts is away, each instance counts for itself', async () => {
  const url = new URL(service.database.url)
  url.port = '1'
  const { caller } = await instance({ url: url.href })
  expect(await statuses(caller('ana'), 4)).toEqual([200, 200, 200, 429])
  expect(await statuses(caller('bo'), 1)).toEqual([200])
})

test('off by default: no header, and no statement more', async () => {
  const queries: string[] = []
  const own = await startService(
    undefined,
    {},
    {
      app: (pool) => {
        const connect = pool.connect.bind(pool)
        const query = pool.query.bind(pool) as (...args: unknown[]) => unknown
        Object.assign(pool, {
          query: (...args: unknown[]) => (queries.push(JSON.stringify(args[0])), query(...args)),
          connect,
        })
        return {}
      },
    },
  )
  try {
    const answer = await own.caller({ user_id: 'ana' })('GET', '/v1/posts')
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('ratelimit'))).toEqual([])
    expect(queries).toHaveLength(1)
    expect(queries[0]).toContain('Post')
  } finally {
    await own.stop()
  }
})
