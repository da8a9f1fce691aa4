import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as after } from 'node:timers/promises'
import type { Pool } from 'pg'
import type { Response } from 'supertest'
import supertest from 'supertest'
import { createPool } from '../../src/connections/create-pool.js'
import { catalog } from '../../src/generated/catalog.js'
import { apiKeys, authenticator, builder, type ApiKeys } from '../../src/index.js'
import { createTestIssuer } from '../../src/testing.js'
import { tokenService, withServer } from '../security/token-service.js'
import { startService, type TestService } from '../support/service.js'
import { runAt, testRun } from '../support/test-run.js'

const { a, defineData } = builder(catalog)
const data = defineData({
  schema: a.schema({
    Product: a.model().authorization((allow) => [allow.publicApiKey().to(['read']), allow.owner()]),
    Post: a.model().authorization((allow) => [allow.guest().to(['read']), allow.owner()]),
    Todo: a.model().authorization((allow) => allow.owner()),
  }),
})

let service: TestService
let now: () => number
beforeAll(async () => {
  service = await startService(data, {}, { apiKeys: true, now: () => now() })
})
beforeEach(async () => {
  now = Date.now
  await service.database.truncate()
  await service.unscoped.product.create({ data: { owner: 'ana', name: 'Soup', sku: 's-1', price: 3 } })
})
afterAll(() => service.stop())

const call: ReturnType<TestService['caller']> = (...args) => service.caller()(...args)
const withKey = (key: string) => ({ headers: { 'X-Api-Key': key } })
const wrong = `claimstake_${'0'.repeat(16)}_${'0'.repeat(64)}`

/** Sends headers as they stand, repetitions too. */
async function sendHeaders(...headers: string[]): Promise<{ answer: IncomingMessage; body: string }> {
  const { port } = service.address as AddressInfo
  const sent = request({ port, path: '/v1/products', headers: ['Host', 'localhost', ...headers] }).end()
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  return { answer, body: await text(answer) }
}

const pools: Pool[] = []
afterAll(() => Promise.all(pools.map((pool) => pool.end())))

/** Connections of an instance's own. */
function poolOf(url: string): Pool {
  const pool = createPool({ url, statementTimeout: 500, onError: () => undefined })
  pools.push(pool)
  return pool
}

describe('what a rule gives to API keys', () => {
  test('a good key reads', async () => {
    const { key } = await service.apiKeys.create({ name: 'shop' })
    const answer = await call('GET', '/v1/products', withKey(key))
    expect(answer).toMatchObject({ status: 200, body: { items: [{ name: 'Soup' }] } })
  })

  test('without a key there is nothing to read', async () => {
    expect((await call('GET', '/v1/products')).status).toBe(401)
  })

  test('a write is refused, and so is a model with no rule for keys', async () => {
    const { key } = await service.apiKeys.create({ name: 'shop' })
    const body = { name: 'Bread', sku: 's-2', price: '1' }
    const write = await call('POST', '/v1/products', { body, ...withKey(key) })
    expect([write.status, write.body]).toMatchObject([403, { code: 'FORBIDDEN_OPERATION' }])
    expect((await call('GET', '/v1/todos', withKey(key))).status).toBe(403)
    expect(await service.unscoped.product.count()).toBe(1)
  })

  test('a key is no owner, whatever its id is', async () => {
    const { key, id } = await service.apiKeys.create({ name: 'shop' })
    await service.unscoped.todo.create({ data: { owner: id, title: 'mine?' } })
    expect((await call('GET', '/v1/todos', withKey(key))).status).toBe(403)
  })
})

describe('a key that is refused', () => {
  /** All of them the same, whatever is wrong. */
  const refused = {
    status: 401,
    headers: { 'www-authenticate': 'Bearer realm="claimstake"', 'cache-control': 'no-store' },
    body: { code: 'INVALID_CREDENTIALS' },
  }
  const send = (key: string) => call('GET', '/v1/products', withKey(key))

  test('unknown, with a wrong secret, expired, revoked: 401, and one cannot be told from another', async () => {
    const [good, expired, revoked] = await Promise.all(
      ['good', 'expired', 'revoked'].map((name) => service.apiKeys.create({ name })),
    )
    await service.apiKeys.revoke(revoked?.id ?? '')
    await runAt(
      service.database.url,
      `UPDATE claimstake.api_keys SET expires_at = now() - interval '1 second' WHERE id = '${expired?.id ?? ''}'`,
    )
    const wrongSecret = (good?.key ?? '').slice(0, -8) + '00000000'
    const sent = [wrong, 'hello', wrongSecret, expired?.key ?? '', revoked?.key ?? '']
    const bodies = new Set<string>()
    for (const key of sent) {
      const answer = await send(key)
      expect(answer).toMatchObject(refused)
      expect(answer.text).not.toContain(key)
      bodies.add(JSON.stringify({ ...(answer.body as object), requestId: '' }))
    }
    expect(bodies.size).toBe(1)
    expect((await send(good?.key ?? '')).status).toBe(200)
  })

  test('never falls back to a guest', async () => {
    expect((await call('GET', '/v1/posts')).status).toBe(200)
    expect(await call('GET', '/v1/posts', withKey(wrong))).toMatchObject(refused)
    const blank = await sendHeaders('X-Api-Key', '')
    expect(blank.answer.statusCode).toBe(400)
  })
})

describe('a header that cannot be read', () => {
  const challenge = 'Bearer realm="claimstake", error="invalid_request"'

  test.each([
    ['blank', ['']],
    ['spaces', ['  ']],
    ['twice', ['KEY', 'KEY']],
    ['twice, the second blank', ['KEY', '']],
    ['two joined by a proxy', ['KEY,KEY']],
    ['a space inside', ['KEY KEY']],
    ['513 characters', ['x'.repeat(513)]],
    ['a tab inside', ['a\tb']],
    ['not ASCII', ['clé']],
  ])('%s: 400', async (_, values) => {
    const { key } = await service.apiKeys.create({ name: 'shop' })
    const headers = values.flatMap((value) => ['X-Api-Key', value.replaceAll('KEY', key)])
    const { answer, body } = await sendHeaders(...headers)
    expect([answer.statusCode, answer.headers['www-authenticate']]).toEqual([400, challenge])
    expect(JSON.parse(body)).toMatchObject({ code: 'MALFORMED_CREDENTIALS' })
    expect(body).not.toContain(key)
  })

  test('another case of the name, twice: 400', async () => {
    const { key } = await service.apiKeys.create({ name: 'shop' })
    const { answer } = await sendHeaders('x-api-key', key, 'X-API-KEY', wrong)
    expect(answer.statusCode).toBe(400)
  })
})

describe('a Bearer token beside the key', () => {
  test('counts instead of it, a bad one too', async () => {
    const { key } = await service.apiKeys.create({ name: 'shop' })
    const ana = service.caller({ sub: 'ana' })
    await service.unscoped.todo.create({ data: { owner: 'ana', title: 'Soup' } })
    expect(await ana('GET', '/v1/todos', withKey(key))).toMatchObject({ body: { items: [{ owner: 'ana' }] } })
    expect((await ana('GET', '/v1/todos', withKey(wrong))).status).toBe(200)
    for (const authorization of ['Bearer nonsense', 'Basic eDp5', 'Bearer']) {
      const answer = await call('GET', '/v1/products', {
        headers: { 'X-Api-Key': key, Authorization: authorization },
      })
      expect([400, 401]).toContain(answer.status)
    }
  })
})

describe('a key that was good a moment ago', () => {
  const read = async (key: string) => (await call('GET', '/v1/products', withKey(key))).status

  test('is refused five seconds after it was revoked, on every instance', async () => {
    const { key, id } = await service.apiKeys.create({ name: 'shop' })
    expect(await read(key)).toBe(200)
    // Another instance revokes it.
    await apiKeys(poolOf(service.database.url)).revoke(id)
    await after(5000)
    expect(await read(key)).toBe(401)
  })

  test('would stay good for ever without that limit: its clock stands still', async () => {
    const at = Date.now()
    now = () => at
    const { key, id } = await service.apiKeys.create({ name: 'shop' })
    expect(await read(key)).toBe(200)
    await service.apiKeys.revoke(id)
    expect(await read(key)).toBe(200)
    now = () => at + 5000
    expect(await read(key)).toBe(401)
    now = () => at
    expect(await read(key)).toBe(401)
  })

  test('is refused the moment it expires, though it is remembered', async () => {
    const at = Date.now()
    const { key, expiresAt } = await service.apiKeys.create({
      name: 'shop',
      expiresAt: new Date(at + 60_000),
    })
    now = () => expiresAt.getTime() - 1
    expect(await read(key)).toBe(200)
    now = () => expiresAt.getTime()
    expect(await read(key)).toBe(401)
  })
})

describe('how often the database is asked', () => {
  /** A small service of its own on the same keys, which counts the questions. */
  function counting(options: { remembered?: number; clock?: () => number } = {}) {
    const asked: string[] = []
    const counted: ApiKeys = {
      find: (key) => {
        asked.push(key)
        return service.apiKeys.find(key)
      },
    }
    const { remembered, clock } = options
    const authenticate = authenticator({ apiKeys: counted, remembered, now: clock })
    const seen = (key: string) =>
      authenticate({ headers: { 'x-api-key': key }, rawHeaders: ['X-Api-Key', key] } as never)
    return { asked, seen }
  }

  test('once for a hundred requests at once, and again after five seconds; one frozen principal', async () => {
    const { key, id } = await service.apiKeys.create({ name: 'shop' })
    let time = Date.now()
    const { asked, seen } = counting({ clock: () => time })
    const callers = await Promise.all(Array.from({ length: 100 }, () => seen(key)))
    expect([asked.length, new Set(callers).size]).toEqual([1, 1])
    expect(callers[0]).toMatchObject({ provider: 'apiKey', claims: { sub: id } })
    expect(Object.isFrozen(callers[0])).toBe(true)
    time += 4999
    expect(await seen(key)).toBe(callers[0])
    expect(asked.length).toBe(1)
    time += 1
    expect(await seen(key)).toBe(callers[0])
    expect(asked.length).toBe(2)
    time -= 3_600_000 // a clock set back is no longer trust
    expect(await seen(key)).toBe(callers[0])
    expect(asked.length).toBe(3)
  })

  test('each time for a key that is refused, and for one beyond what is remembered', async () => {
    const [one, two] = [
      await service.apiKeys.create({ name: 'one' }),
      await service.apiKeys.create({ name: 'two' }),
    ]
    const { asked, seen } = counting({ remembered: 1 })
    await expect(seen(wrong)).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' })
    await expect(seen(wrong)).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' })
    expect(asked.length).toBe(2)
    for (const { key } of [one, two, one]) await seen(key)
    expect(asked.length).toBe(5)
    const none = counting({ remembered: 0 })
    await none.seen(one.key)
    await none.seen(one.key)
    expect(none.asked.length).toBe(2)
  })

  test('a revocation that falls between question and answer counts from the question', async () => {
    const { key, id } = await service.apiKeys.create({ name: 'shop' })
    let time = Date.now()
    const slow: ApiKeys = {
      find: async (sent) => {
        const found = await service.apiKeys.find(sent)
        time += 4000
        return found
      },
    }
    const authenticate = authenticator({ apiKeys: slow, now: () => time })
    const seen = () => authenticate({ headers: { 'x-api-key': key }, rawHeaders: [] } as never)
    await seen()
    await service.apiKeys.revoke(id)
    time += 1000
    await expect(seen()).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' })
  })
})

describe('when nobody can tell', () => {
  const unavailable = (answer: Pick<Response, 'status' | 'headers'>) => {
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1'])
    expect(answer.headers['www-authenticate']).toBeUndefined()
  }

  test('J77 the database is down: 503 for good and bad keys, and good again when it is back', async () => {
    const { key } = await service.apiKeys.create({ name: 'shop' })
    const [, name = ''] = new URL(service.database.url).pathname.split('/')
    const { server } = testRun()
    await runAt(
      server,
      `ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS false`,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}' AND application_name = 'claimstake'`,
    )
    try {
      for (const sent of [key, wrong]) unavailable(await call('GET', '/v1/products', withKey(sent)))
    } finally {
      await runAt(server, `ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS true`)
    }
    expect((await call('GET', '/v1/products', withKey(key))).status).toBe(200)
    expect(service.log.join('\n')).toMatch(
      /API keys cannot be looked up .*not currently accepting connections/u,
    )
  })

  test('the table is locked, the address wrong, the table missing: 503 within three seconds', async () => {
    const { key } = await service.apiKeys.create({ name: 'shop' })
    const ask = async (keys: ApiKeys) => {
      const started = performance.now()
      const answer = await supertest(tokenService(authenticator({ apiKeys: keys })))
        .get('/')
        .set('X-Api-Key', key)
      expect(performance.now() - started).toBeLessThan(4000)
      return answer
    }
    const locked = poolOf(service.database.url)
    const holder = await locked.connect()
    await holder.query('BEGIN; LOCK TABLE claimstake.api_keys')
    unavailable(await ask(apiKeys(locked)))
    await holder.query('ROLLBACK')
    holder.release()
    expect((await ask(apiKeys(locked))).body).toMatchObject({ provider: 'apiKey' })
    unavailable(await ask(apiKeys(poolOf('postgresql://x@127.0.0.1:1/x'))))
    unavailable(await ask(apiKeys(poolOf(testRun().server))))
    unavailable(await ask({ find: () => new Promise(() => undefined) }))
    unavailable(
      await ask({
        find: () => {
          throw new Error('at once')
        },
      }),
    )
  })

  test('a token is judged all the same', async () => {
    const issuer = createTestIssuer()
    const keys = apiKeys(poolOf('postgresql://x@127.0.0.1:1/x'))
    const app = tokenService(authenticator({ issuers: [issuer.settings], apiKeys: keys }))
    await withServer(app, async (url) => {
      const headers = { Authorization: `Bearer ${await issuer.token({ sub: 'ana' })}`, 'X-Api-Key': wrong }
      expect((await fetch(url, { headers })).status).toBe(200)
    })
  })
})

test('R75 nothing of a key is in the log or in an answer', async () => {
  const { key } = await service.apiKeys.create({ name: 'shop' })
  const secret = key.split('_')[2] ?? ''
  const before = service.log.length
  const answers = [
    await call('GET', '/v1/products', withKey(key)),
    await call('GET', '/v1/products', withKey(`${key.slice(0, -1)}x`)),
    await call('GET', '/v1/nothing', withKey(key)),
    await call('POST', '/v1/products', { body: '{', ...withKey(key) }),
  ]
  expect(service.log.length).toBeGreaterThan(before)
  for (const line of service.log) expect(line).not.toMatch(/claimstake_[0-9a-f]/u)
  const said = [...service.log, ...answers.map((answer) => JSON.stringify([answer.headers, answer.body]))]
  for (const part of said) expect(part).not.toContain(secret.slice(0, 16))
})
