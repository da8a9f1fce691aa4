import { a, defineData } from '../../src/generated/claimstake.js'
import { comparable } from '../support/comparable.js'
import { startService, type TestService } from '../support/service.js'

// Amplify's default: a Cognito caller is stored as `sub::username` and shown as `username`.
const data = defineData({
  schema: a.schema({
    Post: a.model().authorization((allow) => [allow.owner(), allow.authenticated().to(['read'])]),
    Membership: a.model().authorization((allow) => allow.ownerDefinedIn('userId')),
  }),
})
const ana = { sub: 'sub-ana', username: 'ana' }
const bo = { sub: 'sub-bo', username: 'bo' }

describe.each([
  ['without an alias', '', 'ana', 'sub-ana::ana'],
  ['behind an alias', 'okta', 'okta::ana', 'okta::sub-ana::ana'],
])('a composite identity %s', (_, alias, shown, stored) => {
  let service: TestService
  beforeAll(async () => {
    service = await startService(data, { provider: 'userPools', ...(alias && { alias }) })
  })
  beforeEach(() => service.database.truncate())
  afterAll(() => service.stop())

  test('is stored whole, shown short, and found by its owner in both forms', async () => {
    const caller = service.caller(ana)
    expect((await caller('POST', '/v1/posts', { body: { postname: 'x' } })).body).toMatchObject({
      owner: shown,
    })
    expect(await service.unscoped.post.findMany()).toMatchObject([{ owner: stored }])
    for (const owner of [shown, stored]) {
      const found = await caller('GET', `/v1/posts?owner=${encodeURIComponent(owner)}`)
      expect(found.body).toMatchObject({ items: [{ owner: shown }] })
    }
  })

  test('T2 cannot be sorted by: the order would tell of the part that is not shown', async () => {
    // By what is stored, Bo's comes first; by what is shown, the other does.
    const owners = [stored, stored.replace('sub-ana::ana', 'a-sub::bo')]
    for (const owner of owners) await service.unscoped.post.create({ data: { owner, postname: 'x' } })
    const caller = service.caller(ana)
    const rows = (await caller('GET', '/v1/posts?fields=owner')).body as { items: { owner: string }[] }
    expect(rows.items.map(({ owner }) => owner).sort()).toEqual([shown, shown.replace('ana', 'bo')])
    for (const sort of ['owner', 'owner_desc']) {
      const answer = await caller('GET', `/v1/posts?sort=${sort}`)
      expect(answer.body).toMatchObject({ status: 400, errors: [{ parameter: 'sort' }] })
      expect(comparable(answer)).toEqual(comparable(await caller('GET', '/v1/posts?sort=nothing')))
      const asked = await caller('POST', '/v1/posts/query', { body: { sort: [sort] } })
      expect(asked.body).toMatchObject({ status: 400, errors: [{ pointer: '/sort' }] })
    }
    // The control: the database would have told.
    const [first] = await service.unscoped.post.findMany({ orderBy: { owner: 'asc' } })
    expect(first?.owner).toContain('a-sub::bo')
    // An id is shown whole.
    expect((await caller('GET', '/v1/memberships?sort=userId')).status).toBe(200)
  })

  test('is accepted back in the form it is shown in, and stays stored whole', async () => {
    const caller = service.caller(ana)
    const path = (await caller('POST', '/v1/posts', { body: { postname: 'x' } })).headers['location'] ?? ''
    for (const owner of [shown, stored]) {
      expect((await caller('PATCH', path, { body: { owner, postname: 'y' } })).status).toBe(200)
    }
    expect((await caller('PATCH', path, { body: { owner: 'bo' } })).status).toBe(403)
    expect(await service.unscoped.post.findMany()).toMatchObject([{ owner: stored, postname: 'y' }])
    expect((await service.caller(bo)('PATCH', path, { body: { owner: shown } })).status).toBe(403)
  })

  test('is no id, an id is shown as it is stored: it is the address of the row', async () => {
    const caller = service.caller(ana)
    const created = await caller('POST', '/v1/memberships', { body: { teamId: 't' } })
    expect(created.body).toMatchObject({ teamId: 't', userId: stored })
    expect((await caller('GET', created.headers['location'] ?? '')).status).toBe(200)
  })
})
