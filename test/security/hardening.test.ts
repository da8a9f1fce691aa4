import { generateKeyPairSync } from 'node:crypto'
import { claimstake } from '../../src/claimstake.js'
import { explain } from '../../src/rules.js'
import { principal } from '../../src/claims/principal.js'
import { parseIssuer } from '../../src/config/issuer.js'
import { a, defineData } from '../../src/generated/claimstake.js'
import { errorFacts } from '../../src/http/error-facts.js'
import { authenticator } from '../../src/identity/authenticator.js'
import { unavailableAuthorizer } from '../../src/identity/custom/unavailable-authorizer.js'
import type { Allow } from '../../src/policy/allow.js'
import type { AnyRule } from '../../src/policy/schema-builder.js'
import { startService, type TestService } from '../support/service.js'
import { forge } from './forge.js'
import { send, tokenService } from './token-service.js'

// What an attacker found once, kept: each test says what must be.

let service: TestService
beforeAll(async () => {
  service = await startService()
})
beforeEach(() => service.database.truncate())
afterAll(() => service.stop())

const eve = principal({ provider: 'oidc', issuer: 'https://id', claims: { sub: 'eve' } })

/** A misspelt constant, or a variable that is not set, as a program without types passes it. */
const unset = undefined as never

function under(rules: (allow: Allow) => AnyRule | readonly AnyRule[]) {
  const schema = a.schema({ Product: a.model().authorization(rules) as never })
  return claimstake({ prisma: service.unscoped, data: defineData({ schema }), secret: 'x'.repeat(32) }).as(
    eve,
  ).product
}
const product = { owner: 'ana', name: 'n', sku: 's', price: '1' }

describe('a rule whose argument is not there', () => {
  test.each<[string, (allow: Allow) => AnyRule | readonly AnyRule[]]>([
    ['ownerDefinedIn', (allow) => allow.ownerDefinedIn(unset)],
    ['ownersDefinedIn', (allow) => allow.ownersDefinedIn(unset)],
  ])('%s of no column is refused at boot, or at least opens nothing', async (_, rules) => {
    await service.unscoped.product.create({ data: product })
    let rows: unknown[] = []
    try {
      rows = await under(rules).findMany()
      await under(rules).deleteMany()
    } catch {
      // Refused: as it should be.
    }
    expect(rows).toEqual([])
    expect(await service.unscoped.product.count()).toBe(1)
  })

  test.each<[string, (allow: Allow) => AnyRule]>([
    ['groupDefinedIn', (allow) => allow.groupDefinedIn(unset)],
    ['groupsDefinedIn', (allow) => allow.groupsDefinedIn(unset)],
  ])('%s of no column is refused at boot, or at least lifts nothing', async (_, rule) => {
    const { id } = await service.unscoped.product.create({ data: { ...product, owner: 'eve' } })
    const mine = () => under((allow) => [allow.owner(), allow.authenticated().to(['create']), rule(allow)])
    const attempts = [
      async () => mine().create({ data: { ...product, sku: 't' } }),
      async () => mine().update({ where: { id }, data: { owner: 'bo' } }),
    ]
    for (const attempt of attempts) await attempt().catch(() => undefined)
    expect(await service.unscoped.product.findMany({ select: { owner: true } })).toEqual([{ owner: 'eve' }])
  })

  test.each<[string, (allow: Allow) => AnyRule]>([
    ['identityClaim', (allow) => allow.owner().identityClaim(unset)],
    ['withClaimIn', (allow) => allow.group('Admin').withClaimIn(unset)],
  ])('%s of no path is not the default path', (_, rule) => {
    expect(() => under(rule)).toThrow(TypeError)
  })

  test('transferable(false) transfers nothing', async () => {
    const { id } = await service.unscoped.product.create({ data: { ...product, owner: 'eve' } })
    const transferable = (allow: Allow) => (allow.owner().transferable as (on: boolean) => AnyRule)(false)
    const away = async () => under(transferable).update({ where: { id }, data: { owner: 'bo' } })
    await expect(away()).rejects.toThrow()
  })
})

describe('an issuer that parseIssuer has not seen', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const options = { issuer: 'https://id.example.com', algorithms: ['RS256'], key: publicKey }
  const accepted = async (given: object, claims: object) => {
    const app = tokenService(authenticator({ issuers: [given as never] }))
    const token = forge(
      { alg: 'RS256', typ: 'JWT' },
      { iss: options.issuer, sub: 'eve', ...claims },
      privateKey,
    )
    return (await send(app, token)).status === 200
  }
  const now = Math.floor(Date.now() / 1000)

  test('is refused, or at least its tokens expire', async () => {
    const given = { ...options, audience: ['my-api'] }
    const trying = accepted(given, { aud: 'my-api', exp: now - 86_400 })
    expect(await trying.catch(() => false)).toBe(false)
  })

  test('is refused, or at least takes no letter of its audience for the audience', async () => {
    const given = { ...options, audience: 'my-api', clockSkew: 0 }
    const trying = accepted(given, { aud: 'm', exp: now + 60 })
    expect(await trying.catch(() => false)).toBe(false)
  })
})

describe('a value one may not read is not guessed by writing it', () => {
  const writing = defineData({
    schema: a.schema({
      Post: a.model().authorization((allow) => [allow.owner(), allow.authenticated().to(['update'])]),
    }),
  })
  const client = () =>
    claimstake({ prisma: service.unscoped, data: writing, secret: 'x'.repeat(32) }).as(eve).post

  test('who may neither get nor list does not learn the owner of a row from which owner is accepted', async () => {
    const { id } = await service.unscoped.post.create({ data: { owner: 'ana', postname: 'p' } })
    const guess = (owner: string | null) =>
      client()
        .update({ where: { id }, data: { owner } })
        .then(
          () => 'accepted',
          () => 'refused',
        )
    expect(await guess('ana')).toBe(await guess('bo'))
  })

  test('nor how many rows an owner has, or which, by a mass write', async () => {
    await service.unscoped.post.createMany({
      data: ['ana', 'ana', null].map((owner) => ({ owner, postname: 'p' })),
    })
    const count = async (owner: string) =>
      (
        await client()
          .updateMany({ data: { owner } })
          .catch(() => ({ count: 0 }))
      ).count
    expect(await count('ana')).toBe(await count('bo'))
  })
})

describe('logs', () => {
  test('a key server with a password in its URL is refused: the password comes to stand in the log', () => {
    const given = {
      issuer: 'https://id.example.com',
      audience: 'api',
      jwksUrl: 'https://u:hunter2@id.example.com/',
    }
    expect(() => parseIssuer(given)).toThrow(TypeError)
  })

  test('a Prisma error says nothing of its message, whatever the message looks like', () => {
    const error = new Error('invalid value: "x\n    at canary"')
    error.name = 'PrismaClientKnownRequestError'
    error.stack = `${error.name}: ${error.message}\n    at real (file.ts:1:1)`
    expect(JSON.stringify(errorFacts(error))).not.toContain('canary')
  })

  test('credentials of one letter do not blow up what is logged', () => {
    const cause = new Error('the session store did not answer')
    const size = (credentials: string) =>
      JSON.stringify(errorFacts(unavailableAuthorizer(cause, credentials))).length
    expect(size('e')).toBeLessThan(2 * size('a-session-nobody-has'))
  })
})

describe('what is blank or belongs elsewhere', () => {
  const schema = a.schema({ Product: a.model().authorization((allow) => allow.owner('function')) })
  const authorizer = { header: 'X-Session', authorize: () => ({ isAuthorized: true }) }

  const secrets: readonly { readonly secret: string | readonly string[] }[] = [
    ...['', 'x'.repeat(31)].map((secret) => ({ secret })),
    ...[[], [''], ['x'.repeat(32), '']].map((secret) => ({ secret })),
  ]
  test.each(secrets)(
    '$secret is no secret: cursors would be sealed with what everybody knows',
    ({ secret }) => {
      const data = defineData({ schema, authorizer })
      expect(() => claimstake({ prisma: service.unscoped, data, secret })).toThrow(
        new TypeError('each secret must have 32 characters or more'),
      )
    },
  )

  test('an authorizer that only the authenticator knows is refused: the document would not name its header', () => {
    const authenticate = authenticator({ authorizer })
    const db = claimstake({ prisma: service.unscoped, data: defineData({ schema }) })
    expect(() => db.router({ authenticate })).toThrow('the authorizer belongs in defineData({ authorizer })')
    const known = claimstake({ prisma: service.unscoped, data: defineData({ schema, authorizer }) })
    expect(() => known.router({ authenticate })).not.toThrow()
  })

  test('explain() refuses what is no principal, operation or model, and names those that are', () => {
    const data = defineData({ schema, authorizer })
    expect(() => explain(data, { claims: {} } as never, 'get', 'Product')).toThrow('needs a principal')
    expect(() => explain(data, eve, 'read' as never, 'Product')).toThrow(
      'there is no operation "read"; there are create, get, list, update, delete, listen',
    )
    expect(() => explain(data, eve, 'get', 'Prodct')).toThrow(/no model Prodct \(it has Post, /u)
    expect(explain(data, eve, 'get', 'Post')).toEqual({
      ...{ model: 'Post', operation: 'get', allowed: false, rules: [] },
    })
  })
})
