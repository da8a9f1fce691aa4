import { randomUUID } from 'node:crypto'
import { comparable } from '../support/comparable.js'
import { startService, type TestService } from '../support/service.js'
import { createTestIssuer } from '../../src/testing.js'

let service: TestService
beforeAll(async () => {
  service = await startService()
})
beforeEach(() => service.database.truncate())
afterAll(() => service.stop())

const post = { postname: 'Hello', content: 'the secret words of Ana' }

describe('the scenario of the README', () => {
  const caller = (claims?: Record<string, unknown>) => service.caller(claims)
  const ana = () => caller({ sub: 's-ana', user_id: 'ana' })
  const bo = () => caller({ sub: 's-bo', user_id: 'bo' })
  const mo = () => caller({ sub: 's-mo', user_groups: ['Moderator'] })

  async function anasPost(): Promise<string> {
    const created = await ana()('POST', '/v1/posts', { body: post })
    expect(created.status).toBe(201)
    return (created.body as { id: string }).id
  }

  test('Ana creates a post without sending an owner, and owns it', async () => {
    const created = await ana()('POST', '/v1/posts', { body: post })
    expect(created.status).toBe(201)
    expect(created.body).toMatchObject({ ...post, owner: 'ana', version: 1 })
    const { id } = created.body as { id: string }
    expect(created.headers['location']).toBe(`/v1/posts/${id}`)
    expect(created.headers['etag']).toMatch(/^"1-[\w-]{22}"$/u)
    expect(await service.unscoped.post.findUnique({ where: { id } })).toMatchObject({ owner: 'ana', ...post })
  })

  test.each(['GET', 'PATCH', 'DELETE'] as const)(
    'R01-R04 to Bo, %s of it is the 404 of a random id',
    async (method) => {
      const id = await anasPost()
      const options = method === 'PATCH' ? { body: { postname: 'mine' } } : {}
      const hidden = await bo()(method, `/v1/posts/${id}`, options)
      const missing = await bo()(method, `/v1/posts/${randomUUID()}`, options)
      expect(hidden.status).toBe(404)
      expect(hidden.body).toMatchObject({ code: 'NOT_FOUND' })
      expect(comparable(hidden)).toEqual(comparable(missing))
      expect(await service.unscoped.post.findUnique({ where: { id } })).toMatchObject({
        owner: 'ana',
        ...post,
      })
    },
  )

  test('the attack works on the unscoped client, so it is the scope that stops it', async () => {
    const id = await anasPost()
    expect(await service.unscoped.post.findUnique({ where: { id } })).toMatchObject({ owner: 'ana' })
    const bosClient = service.db.as(service.principal({ user_id: 'bo' }))
    expect(await bosClient.post.findUnique({ where: { id } })).toBeNull()
  })

  test('R08 Bo lists nothing, Ana one', async () => {
    await anasPost()
    expect((await bo()('GET', '/v1/posts')).body).toEqual({ items: [], nextCursor: null })
    const { body } = await ana()('GET', '/v1/posts')
    expect(body).toMatchObject({ items: [{ owner: 'ana', ...post }], nextCursor: null })
  })

  test('Ana patches her post', async () => {
    const id = await anasPost()
    const patched = await ana()('PATCH', `/v1/posts/${id}`, { body: { postname: 'Changed', content: null } })
    expect(patched.status).toBe(200)
    expect(patched.body).toMatchObject({ postname: 'Changed', content: null, owner: 'ana', version: 2 })
  })

  test('R36 Ana cannot give it to Bo', async () => {
    const id = await anasPost()
    const given = await ana()('PATCH', `/v1/posts/${id}`, { body: { owner: 'bo', postname: 'x' } })
    expect(given.status).toBe(403)
    expect(given.body).toMatchObject({ code: 'FORBIDDEN_FIELD', errors: [{ pointer: '/owner' }] })
    expect(await service.unscoped.post.findUnique({ where: { id } })).toMatchObject({
      owner: 'ana',
      ...post,
      version: 1,
    })
  })

  test('Mo moderates: reads, patches, deletes', async () => {
    const id = await anasPost()
    expect((await mo()('GET', `/v1/posts/${id}`)).body).toMatchObject({ owner: 'ana', ...post })
    const patched = await mo()('PATCH', `/v1/posts/${id}`, { body: { content: 'moderated' } })
    expect(patched.body).toMatchObject({ owner: 'ana', content: 'moderated' })
    expect((await mo()('DELETE', `/v1/posts/${id}`)).status).toBe(204)
    expect(await service.unscoped.post.count()).toBe(0)
  })

  test.each([
    ['neither claim', { sub: 'x' }],
    ['a group that only contains the name', { sub: 'x', user_groups: 'NotModerator' }],
    ['an empty identity', { sub: 'x', user_id: ' ' }],
  ])('a caller with %s is refused everything', async (_, claims) => {
    const id = await anasPost()
    const stranger = caller(claims)
    const answers = [
      await stranger('POST', '/v1/posts', { body: post }),
      await stranger('GET', '/v1/posts'),
      await stranger('GET', `/v1/posts/${id}`),
      await stranger('PATCH', `/v1/posts/${id}`, { body: { postname: 'x' } }),
      await stranger('DELETE', `/v1/posts/${id}`),
    ]
    for (const answer of answers) {
      expect(answer.status).toBe(403)
      expect(answer.body).toMatchObject({ code: 'FORBIDDEN_OPERATION' })
      expect(answer.text).not.toContain('secret words')
    }
    expect(await service.unscoped.post.count()).toBe(1)
  })

  test('J01 no token is 401 with a challenge that names no error', async () => {
    const answer = await caller()('GET', '/v1/posts')
    expect(answer.status).toBe(401)
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="claimstake"')
    expect(answer.body).toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  test('R70 without a token, an unknown model answers as a known one does', async () => {
    const known = await caller()('GET', '/v1/posts')
    expect(comparable(await caller()('GET', '/v1/nopes'))).toEqual(comparable(known))
    expect(comparable(await caller()('PUT', '/v1/posts'))).toEqual(comparable(known))
  })

  test('an expired, a forged and a wrong-audience token are 401', async () => {
    const { issuer } = service
    const now = Math.floor(Date.now() / 1000)
    const tokens = [
      await issuer.token({ user_id: 'ana', exp: now - 60 }),
      await createTestIssuer().token({ user_id: 'ana' }),
      await issuer.token({ user_id: 'ana', aud: 'another service' }),
    ]
    for (const token of tokens) {
      const answer = await caller()('GET', '/v1/posts', { headers: { Authorization: `Bearer ${token}` } })
      expect(answer.status).toBe(401)
      expect(answer.headers['www-authenticate']).toContain('error="invalid_token"')
      expect(answer.body).toMatchObject({ code: 'INVALID_TOKEN' })
    }
  })

  test('an unknown key is 422 with a pointer, malformed JSON is 400', async () => {
    const unknown = await ana()('POST', '/v1/posts', { body: { ...post, role: 'admin' } })
    expect(unknown.status).toBe(422)
    expect(unknown.body).toMatchObject({ code: 'INVALID_INPUT', errors: [{ pointer: '/role' }] })
    const malformed = await ana()('POST', '/v1/posts', { body: '{"postname":' })
    expect(malformed.status).toBe(400)
    expect(malformed.body).toMatchObject({ code: 'MALFORMED_JSON' })
    expect(await service.unscoped.post.count()).toBe(0)
  })
})
