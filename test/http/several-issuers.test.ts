import { claimstake } from '../../src/claimstake.js'
import type { Claims } from '../../src/claims/principal.js'
import { settingsFrom } from '../../src/config/env.js'
import { a, defineData } from '../../src/generated/claimstake.js'
import { authenticator } from '../../src/identity/authenticator.js'
import type { Data } from '../../src/policy/builder.js'
import { checkRules } from '../../src/rules.js'
import { createTestIssuer, type TestIssuer } from '../../src/testing.js'
import { startService, type TestCaller, type TestService } from '../support/service.js'
import { startServer, type TestServer } from '../support/test-server.js'
import * as rules from '../support/rules/generated/claimstake.js'

// RULES section 2, several issuers: from the text of ISSUERS to rows in Postgres. That nobody forges an alias is held by
// test/security/providers.test.ts too.

const data: Data = defineData({
  schema: a.schema({
    Post: a.model().authorization((allow) => allow.owner()),
    // Owners in a list, groups in another, and a group by name.
    Project: a
      .model()
      .authorization((allow) => [
        allow.ownersDefinedIn('owners'),
        allow.groupsDefinedIn('teams').to(['read']),
        allow.groups(['Moderator', 'okta::Moderator']).to(['delete']),
      ]),
  }),
})

/** The service's own users, as they are; those of two partners, and a machine that is in no group. */
const own = createTestIssuer({ issuer: 'https://own.invalid', alias: '' })
const okta = createTestIssuer({ issuer: 'https://okta.invalid', alias: 'okta' })
const entra = createTestIssuer({ issuer: 'https://entra.invalid', alias: 'entra', groups: 'trusted' })
const robot = createTestIssuer({ issuer: 'https://robot.invalid', alias: 'robot', groups: 'none' })
const all = [own, okta, entra, robot]

let service: TestService
let server: TestServer
beforeAll(async () => {
  service = await startService(data)
  server = await serve(all)
})
beforeEach(() => service.database.truncate())
afterAll(async () => {
  await server.stop()
  await service.stop()
})

/** As server.ts does it: what ISSUERS says is whom the service believes. */
function believing(issuers: readonly TestIssuer[]) {
  const ISSUERS = JSON.stringify(issuers.map(({ options }) => options))
  return authenticator({ issuers: settingsFrom({ ISSUERS }).issuers })
}

function serve(issuers: readonly TestIssuer[]): Promise<TestServer> {
  const db = claimstake({ prisma: service.unscoped, data, secret: 'x'.repeat(32) })
  return startServer({ db, authenticate: believing(issuers) })
}

const as = (issuer: TestIssuer, claims: Claims): TestCaller => server.caller(() => issuer.token(claims))
const items = (body: unknown) => (body as { items: Readonly<Record<string, unknown>>[] }).items

async function posts(caller: TestCaller): Promise<unknown[]> {
  const answer = await caller('GET', '/v1/posts?sort=postname')
  return answer.status === 200 ? items(answer.body).map(({ postname }) => postname) : [answer.status]
}

describe('identities', () => {
  test('ana of one issuer is not ana of another: each creates, sees and changes her own', async () => {
    for (const issuer of all) {
      const body = { postname: issuer.settings.issuer }
      expect((await as(issuer, { sub: 'ana' })('POST', '/v1/posts', { body })).status).toBe(201)
    }
    const rows = await service.unscoped.post.findMany({ orderBy: { owner: 'asc' } })
    expect(rows.map(({ owner }) => owner)).toEqual(['ana', 'entra::ana', 'okta::ana', 'robot::ana'])
    for (const issuer of all) {
      const ana = as(issuer, { sub: 'ana' })
      expect(await posts(ana)).toEqual([issuer.settings.issuer])
      for (const { id, postname } of rows.filter((row) => row.postname !== issuer.settings.issuer)) {
        expect([postname, (await ana('GET', `/v1/posts/${id}`)).status]).toEqual([postname, 404])
        expect((await ana('PATCH', `/v1/posts/${id}`, { body: { postname: 'x' } })).status).toBe(404)
        expect((await ana('DELETE', `/v1/posts/${id}`)).status).toBe(404)
      }
    }
    expect(await service.unscoped.post.findMany({ orderBy: { owner: 'asc' } })).toEqual(rows)
  })

  test('answers, filters and owners that are sent carry the alias', async () => {
    const ana = as(okta, { sub: 'ana' })
    const created = await ana('POST', '/v1/posts', { body: { postname: 'a', owner: 'okta::ana' } })
    expect([created.status, created.body]).toMatchObject([201, { owner: 'okta::ana' }])
    expect(items((await ana('GET', '/v1/posts?owner=okta::ana')).body)).toHaveLength(1)
    expect(items((await ana('GET', '/v1/posts?owner=ana')).body)).toEqual([])
    for (const owner of ['ana', 'entra::ana', '::ana', 'okta::bo']) {
      const refused = await ana('POST', '/v1/posts', { body: { postname: 'b', owner } })
      expect([owner, refused.status]).toEqual([owner, 403])
    }
    expect((await ana('GET', '/v1/me')).body).toMatchObject({
      issuer: 'https://okta.invalid',
      identity: 'okta::ana',
    })
  })

  test.each(['okta::ana', 'entra::ana', 'robot::', 'okta::'])(
    'an issuer as is whose sub is %j pretends: it is nobody, and a value of its own it has not',
    async (sub) => {
      await service.unscoped.post.create({ data: { owner: sub, postname: 'of another' } })
      const forger = as(own, { sub })
      expect(await posts(forger)).toEqual([403])
      expect((await forger('POST', '/v1/posts', { body: { postname: 'x' } })).status).toBe(403)
      expect((await forger('GET', '/v1/me')).body).toMatchObject({ identity: null })
      expect(await service.unscoped.post.count()).toBe(1)
    },
  )

  test('the same sub is a name like any other where no such alias is configured', async () => {
    await service.unscoped.post.create({ data: { owner: 'okta::ana', postname: 'of another' } })
    const alone = await serve([own, entra])
    try {
      const call = alone.caller(() => own.token({ sub: 'okta::ana' }))
      expect(await posts(call)).toEqual(['of another'])
    } finally {
      await alone.stop()
    }
  })

  test.each(['okta', 'okta:', 'okta:ana', 'Okta::ana', ' okta::ana', 'oktaa::ana', 'ana::okta'])(
    'a sub that only looks like an alias is a name: %j',
    async (sub) => {
      const caller = as(own, { sub })
      expect((await caller('POST', '/v1/posts', { body: { postname: 'mine' } })).status).toBe(201)
      expect(await posts(caller)).toEqual(['mine'])
      expect(await service.unscoped.post.findMany()).toMatchObject([{ owner: sub }])
    },
  )
})

describe('groups', () => {
  const groups = ['red', 'Moderator', 'okta::red', 'okta::Moderator']

  test.each<[string, TestIssuer, readonly string[], readonly string[]]>([
    ['as they are, but none that pretends', own, ['Moderator', 'red'], ['bare']],
    [
      'prefixed',
      okta,
      ['okta::Moderator', 'okta::okta::Moderator', 'okta::okta::red', 'okta::red'],
      ['okta'],
    ],
    ['trusted, but none that pretends', entra, ['Moderator', 'red'], ['bare']],
    ['none', robot, [], []],
  ])('%s', async (_, issuer, expected, seen) => {
    for (const [name, team] of [
      ['bare', 'red'],
      ['okta', 'okta::red'],
      ['entra', 'entra::red'],
    ] as const)
      await service.unscoped.project.create({ data: { name, owners: [], teams: [team] } })
    const member = as(issuer, { sub: 'mo', groups })
    const me = (await member('GET', '/v1/me')).body as { readonly groups: readonly string[] }
    expect([...me.groups].sort()).toEqual(expected)
    const answer = await member('GET', '/v1/projects')
    expect(items(answer.body).map(({ name }) => name)).toEqual(seen)
    // Moderator, or okta's: both by the one rule that names them.
    const { id } = await service.unscoped.project.findFirstOrThrow({ where: { name: 'entra' } })
    const deleted = await member('DELETE', `/v1/projects/${id}`)
    expect(deleted.status === 204).toBe(expected.some((group) => /^(?:okta::)?Moderator$/u.test(group)))
  })
})

describe('choosing', () => {
  const now = Math.floor(Date.now() / 1000)
  const claims = (issuer: TestIssuer) => ({
    iss: issuer.settings.issuer,
    aud: 'claimstake',
    sub: 'ana',
    iat: now,
    exp: now + 600,
  })
  const status = async (token: Promise<string>) =>
    (await server.caller(() => token)('GET', '/v1/posts')).status

  test('J43 by iss, never by trial: a token of one that another signed is 401, whatever its kid', async () => {
    for (const issuer of all)
      for (const signer of all)
        for (const header of [{}, { kid: 'one' }])
          expect(await status(signer.sign(claims(issuer), header))).toBe(issuer === signer ? 200 : 401)
  })

  test.each(['https://own.invalid/', 'https://OWN.invalid', 'https://none.invalid', 'own', ''])(
    'the issuer %j is nobody',
    async (iss) => {
      expect(await status(own.sign({ ...claims(own), iss }))).toBe(401)
    },
  )
})

describe('refused at start', () => {
  const holders = (column: 'int' | 'uuid' | 'text') =>
    rules.defineData({
      schema: rules.a.schema({
        Holder: rules.a.model().authorization((allow) => allow.ownerDefinedIn(column)),
      }),
    }) as Data
  // As server.ts and db.router() do it, with models that the example has not.
  const start = (column: 'int' | 'uuid' | 'text', issuers: readonly TestIssuer[]) =>
    checkRules(holders(column), believing(issuers).kinds)

  test.each([
    ['int', 'Int'],
    ['uuid', 'a uuid'],
  ] as const)('an alias that an owner column of type %s cannot hold', (column, type) => {
    expect(() => start(column, [own, okta])).toThrow(
      `"${column}" is ${type} and cannot hold the alias "okta::" that is put before the callers of https://okta.invalid`,
    )
    expect(() => start(column, [own])).not.toThrow()
    expect(() => start('text', [own, okta])).not.toThrow()
  })

  test('two issuers of which one has no alias, or that share one', () => {
    const bare = createTestIssuer({ issuer: 'https://bare.invalid' })
    const twin = createTestIssuer({ issuer: 'https://twin.invalid', alias: 'okta' })
    expect(() => believing([bare])).not.toThrow()
    expect(() => believing([own, bare])).toThrow('ISSUERS[1].alias is missing')
    expect(() => believing([okta, twin])).toThrow('ISSUERS[1].alias is that of ISSUERS[0]')
    expect(() => believing([own, own])).toThrow('ISSUERS[1].issuer is that of ISSUERS[0]')
  })
})
