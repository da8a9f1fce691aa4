import type { Claims } from '../../src/claims/principal.js'
import { a, defineData } from '../../src/generated/claimstake.js'
import { startService, type TestAnswer, type TestService } from '../support/service.js'

// RFC 6750 section 3.1: a good token that lacks the scope a rule asks for.
const spaces = { separator: ' ' } as const
const authorizer = { header: 'X-Session', authorize: () => ({ isAuthorized: true }) }
const schema = a.schema({
  Post: a
    .model()
    .authorization((allow) => [
      allow.groups(['posts:read', 'posts:all']).withClaimIn('scope', spaces).to(['read']),
      allow.groups(['posts:all']).withClaimIn('scp').to(['read', 'create']),
    ]),
  Comment: a
    .model()
    .authorization((allow) => [
      allow.authenticated().to(['read']),
      allow.owner(),
      allow.group('comments:moderate').withClaimIn('scope', spaces).to(['update', 'delete']),
    ]),
  Project: a.model().authorization((allow) => allow.groupsDefinedIn('teams').withClaimIn('scp')),
  Product: a
    .model()
    .authorization((allow) => [
      allow.groups(['two words', 'quo"te', 'üml', 'back\\slash', 'a/b']).withClaimIn('scp').to(['read']),
      allow.group('HR', 'function').withClaimIn('scope').to(['create']),
    ]),
  Todo: a.model().authorization((allow) => allow.group('Admin')),
})

let service: TestService
beforeAll(async () => {
  service = await startService(defineData({ schema, authorizer }), {}, { apiKeys: true })
})
beforeEach(() => service.database.truncate())
afterAll(() => service.stop())

const get = (path: string, claims: Claims) => service.caller({ sub: 'ana', ...claims })('GET', path)
const challengeOf = ({ headers }: TestAnswer) => headers['www-authenticate']
const challenge = (scope?: string) =>
  `Bearer realm="claimstake", error="insufficient_scope"${scope === undefined ? '' : `, scope="${scope}"`}`

function expectForbidden(response: TestAnswer, expected: string | undefined): void {
  expect([response.status, (response.body as { code?: unknown }).code]).toEqual([403, 'FORBIDDEN_OPERATION'])
  expect(challengeOf(response)).toBe(expected)
}

describe('J47 a rule needs a scope that the token has not', () => {
  test.each<[string, Claims]>([
    ['no scope at all', {}],
    ['a list of others in scp', { scp: ['posts:write', 'POSTS:ALL', 'posts:all '] }],
    ['others between spaces', { scope: 'posts posts:reader openid' }],
    ['others between commas', { scope: 'posts:read,posts:all' }],
    ['the right ones in the wrong claim', { scp: ['posts:read'], groups: ['posts:all'] }],
    ['an object', { scope: { 'posts:read': true } }],
  ])('%s: 403 that says which would do', async (_, claims) => {
    expectForbidden(await get('/v1/posts', claims), challenge('posts:read posts:all'))
    expectForbidden(
      await get('/v1/posts/0190a001-0000-7000-8000-000000000001', claims),
      challenge('posts:read posts:all'),
    )
    expectForbidden(
      await service.caller({ sub: 'ana', ...claims })('POST', '/v1/posts', { body: { postname: 'x' } }),
      challenge('posts:all'),
    )
  })

  test.each<[string, Claims]>([
    ['one between spaces', { scope: 'openid posts:read' }],
    ['one alone', { scope: 'posts:all' }],
    ['a list', { scp: ['openid', 'posts:all'] }],
  ])('%s is enough', async (_, claims) => {
    const response = await get('/v1/posts', claims)
    expect([response.status, challengeOf(response)]).toEqual([200, undefined])
  })

  test('a row that he may see and not change: the same; one that he may not see is 404 without it', async () => {
    const { post, comment } = service.unscoped
    const { id: postId } = await post.create({ data: { postname: 'x' } })
    const { id } = await comment.create({ data: { postId, owner: 'bo', body: 'of bo' } })
    const ana = service.caller({ sub: 'ana' })
    expectForbidden(
      await ana('PATCH', `/v1/comments/${id}`, { body: { body: 'y' } }),
      challenge('comments:moderate'),
    )
    expectForbidden(await ana('DELETE', `/v1/comments/${id}`), challenge('comments:moderate'))
    const missing = await ana('DELETE', `/v1/comments/${postId}`)
    expect([missing.status, challengeOf(missing)]).toEqual([404, undefined])
    const moderator = service.caller({ sub: 'ana', scope: 'comments:moderate' })
    expect((await moderator('DELETE', `/v1/comments/${id}`)).status).toBe(204)
  })

  test('where the row names the scope, or none can stand in a header, none is named', async () => {
    expectForbidden(await get('/v1/projects', {}), challenge())
    expectForbidden(await get('/v1/products', {}), challenge('a/b'))
  })

  test('only for those whom the rule is about: no rule for tokens, another kind of credentials, none', async () => {
    const create = await service.caller({ sub: 'ana' })('POST', '/v1/products', {
      body: { name: 'x', sku: 'x', price: '1' },
    })
    expectForbidden(create, undefined)
    const body = { name: 'x', sku: 'x', price: '1' }
    const headers = { 'X-Session': 'x' }
    expectForbidden(await service.caller()('POST', '/v1/products', { body, headers }), undefined)
    const { key } = await service.apiKeys.create({ name: 'test', expiresInDays: 1 })
    expectForbidden(await service.caller()('GET', '/v1/posts', { headers: { 'X-Api-Key': key } }), undefined)
    const guest = await service.caller()('GET', '/v1/posts')
    expect([guest.status, challengeOf(guest)]).toEqual([401, 'Bearer realm="claimstake"'])
  })
})

test('J48 without a rule that reads a scope the 403 is the same for everybody, whatever the token holds', async () => {
  const answers: unknown[] = []
  for (const claims of [{}, { scope: 'Admin' }, { scp: ['Admin'] }, { groups: ['admin'] }]) {
    const response = await get('/v1/todos', claims)
    expectForbidden(response, undefined)
    answers.push({ ...(response.body as object), requestId: '' })
  }
  expect(new Set(answers.map((each) => JSON.stringify(each))).size).toBe(1)
})

test('scopes are named as the issuer knows them: without its alias, and not another issuer’s', async () => {
  const aliased = a.schema({
    Post: a
      .model()
      .authorization((allow) => allow.groups(['okta::read', 'entra::read', 'plain']).withClaimIn('scp')),
    Todo: a.model().authorization((allow) => allow.group('okta::todos')),
  })
  const own = await startService(defineData({ schema: aliased }), { alias: 'okta', groupClaim: 'scp' })
  try {
    const ana = own.caller({ sub: 'ana' })
    expectForbidden(await ana('GET', '/v1/posts'), challenge('read'))
    // The issuer's own place of groups is the scope.
    expectForbidden(await ana('GET', '/v1/todos'), challenge('todos'))
    expect((await own.caller({ scp: ['read'] })('GET', '/v1/posts')).status).toBe(200)
  } finally {
    await own.stop()
  }
})

test('more scopes than a header carries are not listed', async () => {
  const names = Array.from({ length: 200 }, (_, at) => `scope:${at}`)
  const many = a.schema({
    Post: a.model().authorization((allow) => allow.groups(names).withClaimIn('scope')),
  })
  const own = await startService(defineData({ schema: many }))
  try {
    expectForbidden(await own.caller({ sub: 'ana' })('GET', '/v1/posts'), challenge())
  } finally {
    await own.stop()
  }
})
