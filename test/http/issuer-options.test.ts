import { a, defineData } from '../../src/generated/claimstake.js'
import { startService, type TestService } from '../support/service.js'

// What the configuration of an issuer says of identities and groups, over HTTP with rows in Postgres.
const data = defineData({
  schema: a.schema({
    Post: a.model().authorization((allow) => allow.owner()),
    Project: a
      .model()
      .authorization((allow) => [
        allow.groupsDefinedIn('teams').to(['read']),
        allow.group('Moderator').to(['delete']),
      ]),
  }),
})

type IssuerOptions = Parameters<typeof startService>[1]

let service: TestService
async function start(options: IssuerOptions): Promise<void> {
  service = await startService(data, options)
}
afterEach(() => service.stop())

/** The names of the rows a caller is shown. */
async function shown(path: string, claims: Readonly<Record<string, unknown>>): Promise<unknown[]> {
  const answer = await service.caller(claims)('GET', path)
  expect(answer.status).toBe(200)
  const { items } = answer.body as { readonly items: readonly { postname?: string; name?: string }[] }
  return items.map(({ postname, name }) => postname ?? name)
}

describe('J67 a username that equals the bare sub of somebody else', () => {
  const victim = { sub: 'sub-ana', username: 'ana' }
  const attacker = { sub: 'sub-eve', username: 'sub-ana' }
  const rows = async () => {
    await service.unscoped.post.create({ data: { owner: 'sub-ana', postname: 'under the bare sub' } })
    await service.unscoped.post.create({ data: { owner: 'sub-ana::ana', postname: 'under the composite' } })
  }

  test.each([
    ['as in Amplify, without a word', {}],
    ['where parts match', { matchParts: true }],
  ])('opens what is stored under that sub %s', async (_, options) => {
    await start({ provider: 'userPools', ...options })
    await rows()
    expect(await shown('/v1/posts', attacker)).toEqual(['under the bare sub'])
    expect((await shown('/v1/posts', victim)).sort()).toEqual(['under the bare sub', 'under the composite'])
  })

  test('opens nothing where parts do not match', async () => {
    await start({ provider: 'userPools', matchParts: false })
    await rows()
    expect(await shown('/v1/posts', attacker)).toEqual([])
    expect(await shown('/v1/posts', victim)).toEqual(['under the composite'])
  })
})

describe('the groups of an issuer with an alias', () => {
  const member = { sub: 'mo', groups: ['red', 'Moderator'] }
  const rows = async () => {
    await service.unscoped.project.create({ data: { name: 'bare', teams: ['red'], owners: [] } })
    await service.unscoped.project.create({ data: { name: 'aliased', teams: ['okta::red'], owners: [] } })
  }
  /** Whether the static rule for `Moderator` takes him. */
  const moderates = async () => {
    const row = await service.unscoped.project.create({ data: { name: 'doomed', teams: [], owners: [] } })
    const { status } = await service.caller(member)('DELETE', `/v1/projects/${row.id}`)
    return status === 204
  }

  test.each<[string, IssuerOptions, readonly string[], boolean]>([
    ['carry it too, without a word', {}, ['aliased'], false],
    ['carry it too where they are prefixed', { groups: 'prefixed' }, ['aliased'], false],
    ['are taken as they are where they are trusted', { groups: 'trusted' }, ['bare'], true],
  ])('%s', async (_, options, names, isModerator) => {
    await start({ alias: 'okta', ...options })
    await rows()
    expect(await shown('/v1/projects', member)).toEqual(names)
    expect(await moderates()).toBe(isModerator)
  })

  test('are ignored where they are none', async () => {
    await start({ alias: 'okta', groups: 'none' })
    await rows()
    expect((await service.caller(member)('GET', '/v1/projects')).status).toBe(403)
    expect(await moderates()).toBe(false)
  })
})

test('the alias is put before what is stored', async () => {
  await start({ alias: 'okta' })
  const created = await service.caller({ sub: 'ana' })('POST', '/v1/posts', { body: { postname: 'x' } })
  expect(created.status).toBe(201)
  expect(await service.unscoped.post.findMany()).toMatchObject([{ owner: 'okta::ana' }])
})
