import { claimstake } from '../../src/claimstake.js'
import { principal, type Claims } from '../../src/claims/principal.js'
import { createPool } from '../../src/connections/create-pool.js'
import { data as exampleData } from '../../src/data/resource.js'
import { a, defineData } from '../../src/generated/claimstake.js'
import { authenticator, type AuthenticatorOptions } from '../../src/identity/authenticator.js'
import type { Data } from '../../src/policy/builder.js'
import { rateLimit } from '../../src/store/rate-limit.js'
import { createTestIssuer } from '../../src/testing.js'
import { startService, type CallOptions, type TestAnswer, type TestService } from '../support/service.js'
import { startServer, type TestCaller, type TestServer } from '../support/test-server.js'

// R92: what is kept for a caller (an Idempotency-Key, a cursor, a state of a row, a count of calls) outlives the groups of
// their token, what an enrichment says of them, and the secret it was made under. It is nobody else's for that.

const old = 'the old secret, of 32 characters'
const fresh = 'the new secret, of 32 characters'

let service: TestService
const servers: TestServer[] = []
beforeAll(async () => {
  service = await startService()
})
beforeEach(() => service.database.truncate())
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
})
afterAll(() => service.stop())

interface InstanceOptions extends Partial<AuthenticatorOptions> {
  readonly secret?: string | readonly string[]
  readonly data?: Data
}

/** One more instance of the service on the same database. */
async function instance({ secret = old, data = exampleData, ...identity }: InstanceOptions = {}) {
  const { enrichment, ...plain } = data
  const rules = identity.enrichment ? data : plain
  const db = claimstake({ prisma: service.unscoped, data: rules, secret })
  const authenticate = authenticator({
    issuers: [service.issuer.settings],
    unscoped: service.unscoped,
    authorizer: data.authorizer,
    ...identity,
  })
  const server = await startServer({ db, authenticate })
  servers.push(server)
  return (claims: Claims = { user_id: 'ana' }): TestCaller =>
    server.caller(() => service.issuer.token(claims))
}

const keyed = (body: unknown, headers: CallOptions['headers'] = {}): CallOptions => ({
  body,
  headers: { 'Idempotency-Key': 'd7f3c8f0-4f1e-4b43-9b9c-0e7d55a1c6de', ...headers },
})
const create = (caller: TestCaller, body: unknown = { postname: 'x' }) =>
  caller('POST', '/v1/posts', keyed(body))
const rows = () => service.unscoped.post.count()
const isReplayed = ({ headers }: TestAnswer) => headers['idempotency-replayed'] === 'true'
const codeOf = ({ body }: TestAnswer) => (body as { code?: string }).code
const namesIn = ({ body }: TestAnswer) =>
  (body as { items: { postname: string }[] }).items.map(({ postname }) => postname)
const cursorIn = ({ body }: TestAnswer) => (body as { nextCursor: string | null }).nextCursor ?? ''

async function write(owner: string, names: readonly string[]): Promise<void> {
  for (const postname of names) await service.unscoped.post.create({ data: { owner, postname } })
}

/** Expects the second answer to be the first one's, kept, and the row to be one. */
async function expectOneRow(first: TestAnswer, again: TestAnswer): Promise<void> {
  expect([first.status, isReplayed(first)]).toEqual([201, false])
  expect([again.status, again.text, isReplayed(again)]).toEqual([201, first.text, true])
  expect(await rows()).toBe(1)
}

describe('a caller whose groups have changed', () => {
  const groups = [[], ['Moderator'], ['Moderator', 'HR']]
  const ana = (user_groups: readonly string[]) => ({ user_id: 'ana', user_groups })

  test('has the same Idempotency-Keys', async () => {
    const caller = await instance()
    const [first, ...again] = [[], ...groups, []].map(ana).map(caller)
    const made = await create(first as TestCaller)
    for (const later of again) await expectOneRow(made, await create(later))
  })

  test('has the same cursors, and sees on the next page what the rules then open', async () => {
    const caller = await instance()
    await write('ana', ['1', '3', '5'])
    await write('bo', ['2', '4', '6'])
    const page = '/v1/posts?sort=postname&limit=1'
    const [lay, moderator] = [caller(ana([])), caller(ana(['Moderator']))]
    const first = await lay('GET', page)
    expect(namesIn(first)).toEqual(['1'])
    const second = await moderator('GET', `${page}&cursor=${cursorIn(first)}`)
    expect([second.status, namesIn(second)]).toEqual([200, ['2']])
    const third = await lay('GET', `${page}&cursor=${cursorIn(second)}`)
    expect([third.status, namesIn(third)]).toEqual([200, ['3']])
  })

  test('goes on in the order of the cursor, also where the groups open a better one', async () => {
    const data = defineData({
      schema: a.schema({
        Post: a
          .model({
            createdAt: a.field().authorization((allow) => allow.group('HR').withClaimIn('user_groups')),
          })
          .authorization((allow) => [
            allow.owner().identityClaim('user_id'),
            allow.group('HR').withClaimIn('user_groups'),
          ]),
      }),
    })
    const caller = await instance({ data })
    await write('ana', ['1', '2', '3'])
    const [lay, hr] = [caller(ana([])), caller(ana(['HR']))]
    const inOrder = namesIn(await lay('GET', '/v1/posts'))
    const first = await lay('GET', '/v1/posts?limit=1')
    const rest = await hr('GET', `/v1/posts?cursor=${cursorIn(first)}`)
    expect([rest.status, [...namesIn(first), ...namesIn(rest)]]).toEqual([200, inOrder])
    const newest = await hr('GET', '/v1/posts?limit=1')
    expect(namesIn(newest)).toEqual(['3'])
    // That order tells when rows were made, which they may no longer know.
    expect(codeOf(await lay('GET', `/v1/posts?cursor=${cursorIn(newest)}`))).toBe('INVALID_CURSOR')
    const byId = await lay('GET', '/v1/posts?limit=1&sort=id')
    expect(codeOf(await lay('GET', `/v1/posts?cursor=${cursorIn(byId)}`))).toBe('INVALID_CURSOR')
  })

  test('has no fresh share of calls', async () => {
    const pool = createPool({ url: service.database.url, onError: () => undefined })
    const server = await startServer({
      db: service.db,
      authenticate: authenticator({ issuers: [service.issuer.settings] }),
      limit: rateLimit({ pool, calls: 2 }),
    })
    const statuses: number[] = []
    for (const each of groups) {
      const caller = server.caller(() => service.issuer.token(ana(each)))
      statuses.push((await caller('GET', '/v1/posts')).status)
    }
    await server.stop()
    await pool.end()
    expect(statuses).toEqual([200, 200, 429])
  })

  test('has the same identity key and another principal key', () => {
    const of = (key: 'identityKey' | 'principalKey') =>
      groups.map((each) => service.db[key](service.principal(ana(each))))
    expect(new Set(of('identityKey')).size).toBe(1)
    expect(new Set(of('principalKey')).size).toBe(3)
  })
})

test('a Membership row more makes no other caller of the same token', async () => {
  let now = Date.now()
  const { enrichment } = exampleData
  const caller = await instance({ enrichment, now: () => now })
  const token = await service.issuer.token({ user_id: 'ana' })
  const call: TestCaller = (method, path, { headers, ...options } = {}) =>
    caller()(method, path, { ...options, headers: { ...headers, Authorization: `Bearer ${token}` } })
  await write('ana', ['1', '2'])
  await service.unscoped.project.create({ data: { name: 'Website', teams: ['design'] } })
  const projects = async () => (await call('GET', '/v1/projects')).body
  expect(await projects()).toMatchObject({ items: [] })
  const page = await call('GET', '/v1/posts?limit=1&sort=postname')
  const made = await call('POST', '/v1/todos', keyed({ title: 'once' }))

  await service.unscoped.membership.create({ data: { teamId: 'design', userId: 'ana' } })
  now += 61_000
  expect(await projects()).toMatchObject({ items: [{ name: 'Website' }] })
  const next = await call('GET', `/v1/posts?limit=1&sort=postname&cursor=${cursorIn(page)}`)
  expect([next.status, namesIn(next)]).toEqual([200, ['2']])
  const again = await call('POST', '/v1/todos', keyed({ title: 'once' }))
  expect([again.status, again.text, isReplayed(again)]).toEqual([201, made.text, true])
  expect(await service.unscoped.todo.count()).toBe(1)
})

describe('a secret that is replaced', () => {
  const both = [fresh, old]

  test.each([
    ['the old one alone', old, both],
    // A rolling restart: the other instance does not know the new one yet.
    ['both', both, old],
    ['both', both, fresh],
    ['both, the new one still second', [old, fresh], both],
    ['both, the new one still second', [old, fresh], fresh],
    ['one that stands twice', [old, old], old],
  ])('an Idempotency-Key sent under %s is one row', async (_, before, after) => {
    const [first, second] = [await instance({ secret: before }), await instance({ secret: after })]
    const made = await create(first())
    await expectOneRow(made, await create(second()))
    await expectOneRow(made, await create(first()))
    const other = await create(second(), { postname: 'other' })
    expect([other.status, codeOf(other)]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED'])
  })

  test('the control: two instances without a common secret make two rows', async () => {
    const [first, second] = [await instance({ secret: old }), await instance({ secret: fresh })]
    expect([isReplayed(await create(first())), isReplayed(await create(second()))]).toEqual([false, false])
    expect(await rows()).toBe(2)
  })

  test('of 20 equal calls to an instance with the old one and one with both, one is done', async () => {
    const callers = [(await instance({ secret: old }))(), (await instance({ secret: both }))()]
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => callers.map((each) => create(each))).flat(),
    )
    const done = answers.filter(({ status }) => status === 201)
    expect(done.filter((answer) => !isReplayed(answer))).toHaveLength(1)
    expect(new Set(answers.map(({ status }) => status))).not.toContain(500)
    expect(await rows()).toBe(1)
    for (const each of callers) expect(isReplayed(await create(each))).toBe(true)
  })

  test('a PATCH is done once, under the If-Match it was sent with', async () => {
    const [first, second] = [await instance({ secret: old }), await instance({ secret: both })]
    const { headers } = await first()('POST', '/v1/posts', { body: { postname: 'x' } })
    const patch = (caller: TestCaller) =>
      caller(
        'PATCH',
        headers['location'] ?? '',
        keyed({ postname: 'y' }, { 'If-Match': headers['etag'] ?? '' }),
      )
    const [once, again] = [await patch(first()), await patch(second())]
    expect([once.status, again.status, again.text, isReplayed(again)]).toEqual([200, 200, once.text, true])
    expect(await service.unscoped.post.findMany()).toMatchObject([{ version: 2 }])
  })

  test('a cursor is good as long as its secret stands in the list', async () => {
    await write('ana', ['1', '2', '3'])
    const path = '/v1/posts?limit=1&sort=postname'
    const get = async (secret: string | readonly string[]) => {
      const caller = await instance({ secret })
      return (cursor: string, claims?: Claims) =>
        caller(claims)('GET', cursor ? `${path}&cursor=${cursor}` : path)
    }
    const [first, rotated, last] = [await get(old), await get(['x'.repeat(32), ...both]), await get(fresh)]
    const cursor = cursorIn(await first(''))
    expect(namesIn(await rotated(cursor))).toEqual(['2'])
    expect(codeOf(await last(cursor))).toBe('INVALID_CURSOR')
    const newer = cursorIn(await (await get(both))(cursor))
    expect(namesIn(await last(newer))).toEqual(['3'])
    // Under an older secret, too, it is one caller's, and good only as it was given.
    const altered = `${cursor.slice(0, 40)}${cursor[40] === 'A' ? 'B' : 'A'}${cursor.slice(41)}`
    expect(codeOf(await rotated(altered))).toBe('INVALID_CURSOR')
    expect(codeOf(await rotated(cursor, { user_id: 'bo' }))).toBe('INVALID_CURSOR')
  })

  test('the ETag of a row without a version is good as long as its secret stands in the list', async () => {
    const moderator = { user_groups: ['Moderator'] }
    const path = '/v1/memberships/t/ana'
    await service.unscoped.membership.create({ data: { teamId: 't', userId: 'ana' } })
    const { headers } = await (await instance({ secret: old }))(moderator)('GET', path)
    const options = { body: { role: 'lead' }, headers: { 'If-Match': headers['etag'] ?? '' } }
    const [last, rotated] = [await instance({ secret: fresh }), await instance({ secret: both })]
    const statuses: number[] = []
    for (const caller of [last, rotated, rotated])
      statuses.push((await caller(moderator)('PATCH', path, options)).status)
    expect(statuses).toEqual([412, 200, 412])
    expect(await service.unscoped.membership.findMany()).toMatchObject([{ role: 'lead' }])
  })
})

describe('callers who have no more than their `sub` in common', () => {
  const own = createTestIssuer({ issuer: 'https://own.invalid', alias: '' })
  const okta = createTestIssuer({ issuer: 'https://okta.invalid', alias: 'okta' })

  /** Of each kind a caller with the same `sub`, and one with the same owner besides. */
  async function namesakes(): Promise<Record<string, TestCaller>> {
    const { id: sub, key } = await service.apiKeys.create({ name: 'test', expiresInDays: 1 })
    const data = defineData({
      schema: a.schema({
        Post: a
          .model()
          .authorization((allow) => [allow.owner(), allow.owner('function'), allow.publicApiKey()]),
      }),
      authorizer: { header: 'X-Session', authorize: () => ({ isAuthorized: true, claims: { sub } }) },
    })
    const server = await startServer({
      db: claimstake({ prisma: service.unscoped, data, secret: old }),
      authenticate: authenticator({
        issuers: [own.settings, okta.settings],
        apiKeys: service.apiKeys,
        authorizer: data.authorizer,
      }),
    })
    servers.push(server)
    const withHeader =
      (name: string, value: string): TestCaller =>
      (method, path, { headers, ...options } = {}) =>
        server.caller()(method, path, { ...options, headers: { ...headers, [name]: value } })
    return {
      token: server.caller(() => own.token({ sub })),
      'token of another issuer': server.caller(() => okta.token({ sub })),
      'API key': withHeader('X-Api-Key', key),
      'custom authorizer': withHeader('X-Session', 'any'),
    }
  }

  test('have an Idempotency-Key each', async () => {
    const callers = Object.values(await namesakes())
    for (const caller of callers) {
      const made = await create(caller)
      expect([made.status, isReplayed(made)]).toEqual([201, false])
      expect(isReplayed(await create(caller))).toBe(true)
    }
    expect(await rows()).toBe(callers.length)
  })

  test('have their cursors each', async () => {
    const callers = Object.entries(await namesakes())
    for (const [, caller] of callers)
      for (const postname of ['1', '2']) await caller('POST', '/v1/posts', { body: { postname } })
    for (const [giver, give] of callers) {
      const cursor = cursorIn(await give('GET', '/v1/posts?limit=1'))
      for (const [taker, take] of callers) {
        const { status } = await take('GET', `/v1/posts?limit=1&cursor=${cursor}`)
        expect([giver, taker, status]).toEqual([giver, taker, giver === taker ? 200 : 400])
      }
    }
  })

  test('have an identity key each, and so has whoever differs in a claim that a rule names', () => {
    const kinds = [
      { provider: 'oidc', issuer: 'https://one' },
      { provider: 'oidc', issuer: 'https://two' },
      { provider: 'userPools', issuer: 'https://one' },
      { provider: 'function', issuer: '' },
      { provider: 'apiKey', issuer: '' },
    ] as const
    const callers = kinds.map((kind) => principal({ ...kind, claims: { sub: 'ana' } }))
    const others = ['ana', 'bo'].map((user_id) => principal({ ...kinds[0], claims: { sub: 'ana', user_id } }))
    expect(new Set([...callers, ...others].map(service.db.identityKey)).size).toBe(7)
  })
})

describe('the same Idempotency-Key with another If-Match', () => {
  test('is another call: 422, and the row is as the first one left it', async () => {
    const caller = (await instance())()
    const { headers } = await caller('POST', '/v1/posts', { body: { postname: 'x' } })
    const path = headers['location'] ?? ''
    const patch = (ifMatch?: string) =>
      caller('PATCH', path, keyed({ postname: 'y' }, ifMatch === undefined ? {} : { 'If-Match': ifMatch }))
    const first = await patch(headers['etag'])
    for (const other of [first.headers['etag'], '*', undefined]) {
      const answer = await patch(other)
      expect([other, answer.status, codeOf(answer)]).toEqual([other, 422, 'IDEMPOTENCY_KEY_REUSED'])
    }
    expect(isReplayed(await patch(headers['etag']))).toBe(true)
    expect(await service.unscoped.post.findMany()).toMatchObject([{ version: 2 }])
  })

  test('is free while no call has succeeded under it', async () => {
    const caller = (await instance())()
    const { headers } = await caller('POST', '/v1/posts', { body: { postname: 'x' } })
    const patch = (ifMatch: string) =>
      caller('PATCH', headers['location'] ?? '', keyed({ postname: 'y' }, { 'If-Match': ifMatch }))
    const etag = headers['etag'] ?? ''
    expect((await patch(etag.replace('"1-', '"7-'))).status).toBe(412)
    expect((await patch(etag)).status).toBe(200)
  })
})
