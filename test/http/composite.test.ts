import { a, defineData } from '../../src/generated/claimstake.js'
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
