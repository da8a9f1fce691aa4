import { a, defineData } from '../../src/generated/claimstake.js'
import { rulesOf } from '../../src/rules.js'
import { startService, type TestService } from '../support/service.js'

let service: TestService
beforeAll(async () => {
  service = await startService(undefined, {}, { apiKeys: false })
})
afterAll(() => service.stop())

const all = ['create', 'get', 'list', 'update', 'delete']
const issuer = 'https://test.claimstake.invalid'

test('tells who the caller is and what can succeed, and no other claim', async () => {
  const caller = service.caller({
    user_id: 'ana',
    sub: 's-1',
    user_groups: ['HR'],
    email: 'canary@x',
    jti: 'canary',
  })
  const { status, body, text } = await caller('GET', '/v1/me')
  expect(status).toBe(200)
  expect(body).toEqual({
    ...{ provider: 'oidc', issuer, identity: 'ana', groups: ['HR'] },
    operations: [
      { model: 'Post', operations: all },
      { model: 'Comment', operations: all },
      { model: 'Todo', operations: all },
      { model: 'Project', operations: all },
      { model: 'Membership', operations: ['get', 'list', 'delete'] },
      { model: 'Employee', operations: all },
      { model: 'Product', operations: all },
    ],
  })
  expect(text).not.toMatch(/canary|s-1|listen/u)
})

test('a claim that no owner rule reads is nobody’s identity', async () => {
  const { body } = await service.caller({ sub: 'ana' })('GET', '/v1/me')
  expect(body).toMatchObject({ identity: null })
})

test('a caller without any claim may do what every caller may', async () => {
  const { body } = await service.caller({})('GET', '/v1/me')
  expect(body).toEqual({
    ...{ provider: 'oidc', issuer, identity: null, groups: [] },
    operations: [
      { model: 'Employee', operations: ['get', 'list'] },
      { model: 'Product', operations: ['get', 'list'] },
    ],
  })
})

test('what it says of an operation is what the operation then does', async () => {
  for (const claims of [{}, { user_id: 'ana' }, { user_groups: ['Moderator'] }]) {
    const caller = service.caller(claims)
    const { operations } = (await caller('GET', '/v1/me')).body as {
      operations: { model: string; operations: string[] }[]
    }
    for (const { name, segment } of service.db.resources) {
      const can = operations.find(({ model }) => model === name)?.operations ?? []
      const listed = await caller('GET', `/v1/${segment}`)
      expect([name, listed.status === 200]).toEqual([name, can.includes('list')])
      const made = await caller('POST', `/v1/${segment}`, { body: { '\u0000': 1 } })
      expect([name, made.status !== 403]).toEqual([name, can.includes('create')])
    }
  }
})

test('without credentials it is 401; HEAD is GET without the body', async () => {
  expect((await service.caller()('GET', '/v1/me')).status).toBe(401)
  const head = await service.caller({ user_id: 'ana' })('HEAD', '/v1/me')
  expect([head.status, head.text]).toEqual([200, undefined])
})

test.each(['POST', 'PATCH', 'DELETE', 'PUT'] as const)('%s is 405', async (method) => {
  const answer = await service.caller({ user_id: 'ana' })(method, '/v1/me')
  expect([answer.status, answer.headers['allow']]).toEqual([405, 'GET, HEAD, OPTIONS'])
})

test.each([
  ['/v1/me/', 404],
  ['/v1/Me', 404],
  ['/v1/%6de', 404],
  ['/v1/me?x=1', 400],
])('%s is %i', async (path, status) => {
  expect((await service.caller({ user_id: 'ana' })('GET', path)).status).toBe(status)
})

test('is logged as a route of its own', async () => {
  await service.caller({ user_id: 'ana' })('GET', '/v1/me')
  while (!service.log.some((line) => line.includes('"route":"/v1/me"'))) await new Promise(setImmediate)
})

test('a model cannot take its path', () => {
  const schema = a.schema({
    Post: a
      .model()
      .path('me')
      .authorization((allow) => allow.owner()),
  })
  expect(() => rulesOf(defineData({ schema }))).toThrow(
    'Post: the path /me is that of the caller himself; give it another .path()',
  )
})

describe('under other rules', () => {
  test('a guest is told what guests may do', async () => {
    const schema = a.schema({ Post: a.model().authorization((allow) => allow.guest().to(['read'])) })
    const open = await startService(defineData({ schema }))
    const { status, body } = await open.caller()('GET', '/v1/me')
    await open.stop()
    expect(status).toBe(200)
    expect(body).toEqual({
      ...{ provider: 'identityPool', identity: null, groups: [] },
      operations: [{ model: 'Post', operations: ['get', 'list'] }],
    })
  })

  test('a composite identity is told as owner fields show it; groups of every claim path, each once', async () => {
    const schema = a.schema({
      Post: a
        .model()
        .authorization((allow) => [
          allow.owner(),
          allow.owner().identityClaim('user_id').to(['read']),
          allow.group('A').withClaimIn('roles', { separator: ' ' }),
        ]),
    })
    const other = await startService(defineData({ schema }), {
      identityClaim: 'sub::username',
      alias: 'okta',
    })
    const caller = other.caller({ sub: 's', username: 'ana', user_id: 'u', groups: ['B', 'A'], roles: 'A C' })
    const me = await caller('GET', '/v1/me')
    const post = await caller('POST', '/v1/posts', { body: { postname: 'x' } })
    await other.stop()
    expect(me.body).toMatchObject({ identity: 'okta::ana', groups: ['okta::B', 'okta::A', 'okta::C'] })
    expect((post.body as { owner: string }).owner).toBe('okta::ana')
  })
})
