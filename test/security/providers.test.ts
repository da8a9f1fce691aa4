import { claimstake } from '../../src/claimstake.js'
import type { Claims } from '../../src/claims/principal.js'
import { a, defineData } from '../../src/generated/claimstake.js'
import { authenticator } from '../../src/identity/authenticator.js'
import type { Data } from '../../src/policy/builder.js'
import { createTestIssuer } from '../../src/testing.js'
import { startService, type TestCaller, type TestService } from '../support/service.js'
import { startServer, type TestServer } from '../support/test-server.js'

// RULES sections 2 to 5 against callers of every kind of credentials, over HTTP with rows in Postgres: what is written
// for one kind is of no use to another.

const everyKind = defineData({
  schema: a.schema({
    // Owners of two kinds in one column, and a rule for each kind that needs no row.
    Post: a
      .model()
      .authorization((allow) => [
        allow.owner(),
        allow.owner('function'),
        allow.authenticated().to(['create']),
        allow.publicApiKey().to(['create']),
        allow.guest().to(['create']),
      ]),
    // Nobody but callers of the authorizer is trusted with owners.
    Product: a
      .model()
      .authorization((allow) => [
        allow.owner(),
        allow.custom().to(['create', 'read', 'update']),
        allow.publicApiKey().to(['create', 'read', 'update']),
      ]),
    // A list that gives callers of the authorizer what it gives no token.
    Project: a
      .model()
      .authorization((allow) => [
        allow.ownersDefinedIn('owners', 'function'),
        allow.authenticated().to(['read', 'update']),
        allow.publicApiKey().to(['read', 'update']),
      ]),
    // One field for each kind.
    Employee: a
      .model({
        bio: a.field().authorization((allow) => allow.publicApiKey().to(['read'])),
        notes: a.field().authorization((allow) => allow.custom().to(['read'])),
        salary: a.field().authorization((allow) => allow.owner('function')),
      })
      .authorization((allow) => allow.owner()),
    Todo: a.model().authorization((allow) => [allow.owner(), allow.guest().to(['list'])]),
  }),
  authorizer: {
    header: 'X-Session',
    authorize: ({ headers }) => ({ isAuthorized: true, claims: { sub: headers['x-session'] ?? '' } }),
  },
})

let service: TestService
let key = ''
beforeAll(async () => {
  service = await startService(everyKind, {}, { apiKeys: true })
})
beforeEach(async () => {
  await service.database.truncate()
  key = (await service.apiKeys.create({ name: 'attack' })).key
})
afterAll(() => service.stop())

const token = (sub: string) => service.caller({ sub })
const guest: TestCaller = (...call) => service.caller()(...call)
const sending =
  (headers: Readonly<Record<string, string>>): TestCaller =>
  (method, path, options = {}) =>
    guest(method, path, { ...options, headers })
const session = (name: string) => sending({ 'X-Session': name })
const withKey: TestCaller = (...call) => sending({ 'X-Api-Key': key })(...call)

const naming = (field: string) => ({ code: 'FORBIDDEN_FIELD', errors: [{ pointer: `/${field}` }] })
const items = (body: unknown) => (body as { items: Readonly<Record<string, unknown>>[] }).items
const product = { name: 'n', sku: 's', price: '1' }
const gone = '0199aaaa-0000-7000-8000-00000000ffff'

describe('section 3: a request has one provider, and only the rules of that one grant anything', () => {
  test('a rule that takes every caller of one kind opens every row to him, and none to the others', async () => {
    await service.unscoped.product.create({ data: { ...product, owner: 'ana' } })
    expect(items((await withKey('GET', '/v1/products')).body)).toHaveLength(1)
    expect(items((await session('zoe')('GET', '/v1/products')).body)).toHaveLength(1)
    expect(items((await token('eve')('GET', '/v1/products')).body)).toEqual([])
    expect((await guest('GET', '/v1/products')).status).toBe(401)
  })

  test('with two kinds of credentials the rights are those of one, not of both', async () => {
    await service.unscoped.employee.create({
      data: { owner: 'ana', name: 'Ana', bio: 'for keys', notes: 'for sessions' },
    })
    const both = await sending({ 'X-Api-Key': key, 'X-Session': 'zoe' })('GET', '/v1/employees')
    expect(items(both.body)).toEqual([{ id: expect.any(String) as string, bio: 'for keys' }])
    const all = await token('eve')('GET', '/v1/employees', {
      headers: { 'X-Api-Key': key, 'X-Session': 'zoe' },
    })
    expect([all.status, all.text]).not.toContain('for')
    expect(items(all.body)).toEqual([])
  })

  test('a key or a session whose name is an owner reads and writes nothing by the rules for tokens', async () => {
    const { id: keyId } = await service.apiKeys.create({ name: 'ana' })
    for (const owner of ['ana', keyId, key, 'zoe']) {
      const row = await service.unscoped.employee.create({ data: { owner, name: 'canary' } })
      for (const caller of [withKey, session('ana'), session('zoe')]) {
        expect((await caller('PATCH', `/v1/employees/${row.id}`, { body: { name: 'x' } })).status).toBe(403)
        expect((await caller('DELETE', `/v1/employees/${row.id}`)).status).toBe(403)
        expect((await caller('GET', '/v1/employees')).text).not.toContain('canary')
      }
    }
  })

  test('a caller without credentials is 401 wherever no rule takes guests, whether the row exists or not', async () => {
    const { id } = await service.unscoped.product.create({ data: product })
    for (const row of [id, gone])
      for (const method of ['GET', 'PATCH', 'DELETE'] as const) {
        const answer = await guest(method, `/v1/products/${row}`, method === 'PATCH' ? { body: {} } : {})
        expect([method, answer.status]).toEqual([method, 401])
      }
    const { id: todo } = await service.unscoped.todo.create({ data: { owner: 'ana', title: 't' } })
    expect(items((await guest('GET', '/v1/todos')).body)).toHaveLength(1)
    for (const row of [todo, 999_999]) expect((await guest('GET', `/v1/todos/${row}`)).status).toBe(401)
  })

  test('a field opens its rows to its own kind only, and what is shut on them is no filter', async () => {
    await service.unscoped.employee.create({
      data: { owner: 'ana', name: 'Ana', bio: 'for keys', notes: 'for sessions', salary: '4200' },
    })
    const id = expect.any(String) as string
    expect(items((await withKey('GET', '/v1/employees')).body)).toEqual([{ id, bio: 'for keys' }])
    expect(items((await session('zoe')('GET', '/v1/employees')).body)).toEqual([
      { id, notes: 'for sessions' },
    ])
    const own = items((await token('ana')('GET', '/v1/employees')).body)
    expect(own).toMatchObject([{ id, name: 'Ana' }])
    for (const shut of ['bio', 'notes', 'salary']) expect(own[0]).not.toHaveProperty(shut)
    for (const query of ['notes=for', 'salary=4200', 'name=Ana', 'sort=name', 'owner=ana'])
      expect([query, (await withKey('GET', `/v1/employees?${query}`)).status]).toEqual([query, 400])
    for (const query of ['bio=for', 'name=Ana', 'sort=salary'])
      expect([query, (await session('zoe')('GET', `/v1/employees?${query}`)).status]).toEqual([query, 400])
  })
})

describe('section 4: create, by callers of every kind', () => {
  test.each<[string, () => TestCaller, readonly string[]]>([
    ['a token', () => token('eve'), ['ana', 'custom::zoe', 'custom::eve']],
    ['a session', () => session('zoe'), ['ana', 'zoe', 'custom::ana']],
    ['a key', () => withKey, ['ana', 'custom::zoe', '']],
    ['a guest', () => guest, ['ana', 'custom::zoe']],
  ])('%s names no owner but himself, though a rule without a row lets him create', async (_, who, owners) => {
    for (const owner of owners) {
      const answer = await who()('POST', '/v1/posts', { body: { postname: 'p', owner } })
      expect([owner, answer.status]).toEqual([owner, 403])
      expect(answer.body).toMatchObject(naming('owner'))
    }
    expect(await service.unscoped.post.count()).toBe(0)
  })

  test('each is stamped with his own name, alias and all; who has none with nothing', async () => {
    for (const who of [token('eve'), session('eve'), withKey, guest])
      expect((await who('POST', '/v1/posts', { body: { postname: 'p' } })).status).toBe(201)
    const rows = await service.unscoped.post.findMany({ orderBy: { createdAt: 'asc' } })
    expect(rows.map(({ owner }) => owner)).toEqual(['eve', 'custom::eve', null, null])
    // What is stamped with nothing is nobody's.
    for (const who of [token('eve'), session('eve')])
      expect(items((await who('GET', '/v1/posts')).body)).toHaveLength(1)
  })

  test('a custom rule lets one name any owner; a rule for keys, which grants as much, does not', async () => {
    const body = { ...product, owner: 'ana' }
    const refused = await withKey('POST', '/v1/products', { body })
    expect([refused.status, refused.body]).toMatchObject([403, naming('owner')])
    const done = await session('zoe')('POST', '/v1/products', { body })
    expect([done.status, done.body]).toMatchObject([201, { owner: 'ana' }])
  })
})

describe('section 4: nobody gains an operation by writing a rule column, whoever it is a rule for', () => {
  test('a custom rule that grants update lifts it; a rule for keys, which grants as much, does not', async () => {
    const { id } = await service.unscoped.product.create({ data: { ...product, owner: 'ana' } })
    for (const owner of ['bo', null]) {
      const answer = await withKey('PATCH', `/v1/products/${id}`, { body: { owner } })
      expect([owner, answer.status]).toEqual([owner, 403])
      expect(answer.body).toMatchObject(naming('owner'))
    }
    expect((await session('zoe')('PATCH', `/v1/products/${id}`, { body: { owner: 'bo' } })).status).toBe(200)
    expect(await service.unscoped.product.findUnique({ where: { id } })).toMatchObject({ owner: 'bo' })
  })

  test('who may update every row cannot put on it an accomplice of another kind, whom the rule gives more', async () => {
    const { id } = await service.unscoped.project.create({ data: { name: 'n', owners: ['custom::zoe'] } })
    for (const who of [token('eve'), withKey]) {
      expect((await who('PATCH', `/v1/projects/${id}`, { body: { name: 'm' } })).status).toBe(200)
      const answer = await who('PATCH', `/v1/projects/${id}`, { body: { owners: ['custom::mallory'] } })
      expect([answer.status, answer.body]).toMatchObject([403, naming('owners')])
    }
    const left = await session('zoe')('PATCH', `/v1/projects/${id}`, {
      body: { owners: ['custom::zoe', 'custom::yan'] },
    })
    expect(left.status).toBe(200)
    expect((await session('mallory')('DELETE', `/v1/projects/${id}`)).status).toBe(404)
    expect((await session('yan')('DELETE', `/v1/projects/${id}`)).status).toBe(204)
  })
})

describe('section 2: no alias is forged from another issuer', () => {
  const common = { audience: 'claimstake' }
  const ours = createTestIssuer({
    ...common,
    issuer: 'https://ours.invalid',
    provider: 'userPools',
    alias: '',
  })
  const okta = createTestIssuer({ ...common, issuer: 'https://okta.invalid', alias: 'okta' })
  const loose = createTestIssuer({
    ...common,
    issuer: 'https://loose.invalid',
    alias: 'loose',
    groups: 'trusted',
  })
  const data: Data = defineData({
    schema: a.schema({
      Post: a.model().authorization((allow) => allow.owner()),
      Todo: a.model().authorization((allow) => allow.owner().identityClaim('nick')),
      Project: a
        .model()
        .authorization((allow) => [
          allow.groupsDefinedIn('teams').to(['read']),
          allow.group('okta::Moderator').to(['delete']),
        ]),
    }),
  })
  const servers: TestServer[] = []
  afterEach(async () => Promise.all(servers.splice(0).map((server) => server.stop())))

  async function start(issuers: readonly (typeof ours)[]) {
    const db = claimstake({ prisma: service.unscoped, data, secret: 'x'.repeat(32) })
    const settings = issuers.map((issuer) => issuer.settings)
    const server = await startServer({ db, authenticate: authenticator({ issuers: settings }) })
    servers.push(server)
    return (issuer: typeof ours, claims: Claims) => server.caller(() => issuer.token(claims))
  }
  const rows = async () => {
    for (const owner of ['okta::ana', 'okta::ana::x', 'ana'])
      await service.unscoped.post.create({ data: { owner, postname: `of ${owner}` } })
    await service.unscoped.todo.create({ data: { owner: 'okta::ana', title: 'of okta::ana' } })
    await service.unscoped.project.create({
      data: { name: 'of okta::red', owners: [], teams: ['okta::red'] },
    })
  }
  const seen = async (caller: TestCaller, path: string) => {
    const answer = await caller('GET', path)
    return answer.status === 200
      ? items(answer.body).map(({ postname, title, name }) => postname ?? title ?? name)
      : []
  }

  test.each<[string, Claims]>([
    ['a sub', { sub: 'okta::ana', username: 'x' }],
    ['a username', { sub: 'x', username: 'okta::ana' }],
    ['both parts together', { sub: 'okta', username: 'ana' }],
    ['three parts', { sub: 'okta::ana', username: 'okta::ana' }],
    ['an alias cut at its colon', { sub: 'okta:', username: ':ana' }],
  ])('an issuer without alias whose %s reads as another’s owner is nobody', async (_, claims) => {
    await rows()
    const caller = await start([ours, okta, loose])
    const forger = caller(ours, { ...claims, nick: 'okta::ana' })
    expect(await seen(forger, '/v1/posts')).toEqual([])
    expect(await seen(forger, '/v1/todos')).toEqual([])
    expect((await forger('POST', '/v1/posts', { body: { postname: 'x', owner: 'okta::ana' } })).status).toBe(
      403,
    )
    // Whose they are reads them.
    expect(await seen(caller(okta, { sub: 'ana' }), '/v1/posts')).toEqual(['of okta::ana'])
    expect(await seen(caller(okta, { nick: 'ana' }), '/v1/todos')).toEqual(['of okta::ana'])
  })

  test('the attack works where the other issuer is not known: its alias is then a name like any other', async () => {
    await rows()
    const caller = await start([ours])
    const forger = caller(ours, { sub: 'x', username: 'okta::ana', nick: 'okta::ana' })
    expect(await seen(forger, '/v1/todos')).toEqual(['of okta::ana'])
  })

  test('one issuer with an alias is not another, whatever its claims', async () => {
    await rows()
    const caller = await start([ours, okta, loose])
    for (const sub of ['ana', 'okta::ana', '::okta::ana'])
      expect(await seen(caller(loose, { sub, nick: sub }), '/v1/posts')).toEqual([])
    expect(await seen(caller(okta, { sub: 'okta::ana' }), '/v1/posts')).toEqual([])
  })

  test.each<[string, typeof ours, Claims]>([
    ['without alias', ours, { 'cognito:groups': ['okta::red', 'okta::Moderator'] }],
    ['without alias, as text', ours, { 'cognito:groups': 'okta::red' }],
    ['with trusted groups', loose, { groups: ['okta::red', 'okta::Moderator'] }],
  ])('an issuer %s puts nobody into a group of another', async (_, issuer, claims) => {
    await rows()
    const caller = await start([ours, okta, loose])
    const forger = caller(issuer, { sub: 'eve', ...claims })
    expect(await seen(forger, '/v1/projects')).toEqual([])
    expect(await seen(caller(okta, { sub: 'mo', groups: ['red'] }), '/v1/projects')).toEqual(['of okta::red'])
    const { id } = await service.unscoped.project.findFirstOrThrow()
    expect((await forger('DELETE', `/v1/projects/${id}`)).status).toBe(403)
    expect((await caller(okta, { groups: ['Moderator'] })('DELETE', `/v1/projects/${id}`)).status).toBe(204)
  })
})
