import type { AddressInfo } from 'node:net'
import { PrismaPg } from '@prisma/adapter-pg'
import type { Request } from 'express'
import { claimstake } from '../../src/claimstake.js'
import { createPool } from '../../src/connections/create-pool.js'
import { a, defineData } from '../../src/generated/claimstake.js'
import { PrismaClient } from '../../src/generated/prisma/client.js'
import { authenticator } from '../../src/identity/authenticator.js'
import { createTestIssuer } from '../../src/testing.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { startServer, type TestServer } from '../support/test-server.js'

// SECURITY J62 to J75: what a well signed token may claim, over HTTP with rows in Postgres. The expectations are written
// out by hand: whoever is not listed as seeing a row must not see it.

const data = defineData({
  schema: a.schema({
    // The owner by the issuer's default path.
    Post: a.model().authorization((allow) => allow.owner()),
    // By paths of the rule: a name with a URL, a name with a dot, a name of the prototype.
    Comment: a
      .model()
      .authorization((allow) => [allow.group('Nobody'), allow.owner().identityClaim('https://x/y')]),
    Todo: a.model().authorization((allow) => allow.owner().identityClaim('a.b')),
    Employee: a.model().authorization((allow) => allow.owner().identityClaim('__proto__')),
    // Groups: by name, by a list in the row, by one name in the row.
    Product: a.model().authorization((allow) => allow.group('Admin')),
    Project: a.model().authorization((allow) => allow.groupsDefinedIn('teams')),
    Membership: a.model().authorization((allow) => allow.groupDefinedIn('teamId')),
  }),
})

type Json = Readonly<Record<string, unknown>>

/** Every issuer of this file, by what it is told. */
const issuers = {
  plain: createTestIssuer(),
  composite: createTestIssuer({ identityClaim: 'sub::username' }),
  nested: createTestIssuer({ identityClaim: '$.who.name', groupClaim: '$.realm_access.roles' }),
  everyOrg: createTestIssuer({ groupClaim: '$.orgs[*].name' }),
  throughList: createTestIssuer({ identityClaim: '$.list.id' }),
  throughIndex: createTestIssuer({ identityClaim: '$.list[0].id' }),
  throughText: createTestIssuer({ identityClaim: '$.sub.length', groupClaim: '$.sub[0]' }),
  throughNothing: createTestIssuer({ identityClaim: '$.nothing.x', groupClaim: '$.number.x' }),
  cognito: createTestIssuer({ provider: 'userPools' }),
  dotted: createTestIssuer({ identityClaim: 'toString', groupClaim: 'cognito:groups' }),
}
type Name = keyof typeof issuers

let database: TestDatabase
let pool: ReturnType<typeof createPool>
let prisma: PrismaClient
let server: TestServer
let url = ''
beforeAll(async () => {
  database = await createDatabase()
  pool = createPool({ url: database.url, acquireTimeout: 10_000, onError: () => undefined })
  prisma = new PrismaClient({ adapter: new PrismaPg(pool), errorFormat: 'minimal' })
  const db = claimstake({ prisma, data, secret: 'a secret of the test suite, 32 long' })
  const each = new Map(
    Object.entries(issuers).map(([name, { settings }]) => [name, authenticator({ issuers: [settings] })]),
  )
  // One app for all of them: a header says which issuer it trusts.
  const authenticate = (request: Request) => {
    const chosen = each.get(String(request.headers['x-issuer']))
    return chosen ? chosen(request) : Promise.reject(new Error('no such issuer'))
  }
  server = await startServer({ db, authenticate })
  url = `http://127.0.0.1:${(server.address as AddressInfo).port}/v1`
})
beforeEach(() => database.truncate())
afterAll(async () => {
  await server.stop()
  await prisma.$disconnect()
  await pool.end()
  await database.drop()
})

/** Claims by their text: no object literal has a key `__proto__` of its own. */
const parsed = (json: string) => JSON.parse(json) as Json

interface Answer {
  readonly status: number
  readonly body: Json
  readonly text: string
}

/** A caller with a token of exactly these claims, beside those that make a token good. */
function as(claims: Json, name: Name = 'plain') {
  const { settings, sign } = issuers[name]
  const now = Math.floor(Date.now() / 1000)
  const use =
    settings.provider === 'userPools' ? { token_use: 'access', client_id: settings.audience[0] } : {}
  const all = { iss: settings.issuer, aud: settings.audience[0], exp: now + 600, ...use }
  const token = sign(
    parsed(`${JSON.stringify(all).slice(0, -1)},${JSON.stringify(claims).slice(1)}`.replace(',}', '}')),
  )
  return async (method: string, path: string, body?: Json): Promise<Answer> => {
    const headers = {
      Authorization: `Bearer ${await token}`,
      'X-Issuer': name,
      'Content-Type': 'application/json',
    }
    const answer = await fetch(`${url}${path}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return { status: answer.status, body: (text === '' ? {} : JSON.parse(text)) as Json, text }
  }
}

const gone = '0199aaaa-0000-7000-8000-00000000ffff'
const items = ({ body }: Answer) => (body['items'] ?? []) as readonly Json[]

/** Posts of these owners. */
async function posts(...owners: readonly (string | null)[]): Promise<void> {
  await prisma.post.createMany({ data: owners.map((owner) => ({ owner, postname: `of ${String(owner)}` })) })
}

/** Whose posts a caller is shown, by list and one by one; he must be shown the same both ways. */
async function seen(caller: ReturnType<typeof as>): Promise<(string | null)[]> {
  const listed = items(await caller('GET', '/posts?limit=100')).map(({ id }) => id)
  const all = await prisma.post.findMany()
  const statuses = await Promise.all(all.map(async ({ id }) => (await caller('GET', `/posts/${id}`)).status))
  const gettable = all.filter((_, at) => statuses[at] === 200).map(({ id }) => id)
  expect([...listed].sort()).toEqual([...gettable].sort())
  return all.filter(({ id }) => gettable.includes(id)).map(({ owner }) => owner)
}

/** A caller whose identity is absent: owner rules neither match nor stamp, for any operation, whatever rows there are. */
async function expectAbsent(claims: Json, name: Name = 'plain'): Promise<void> {
  const caller = as(claims, name)
  const before = await prisma.post.findMany({ orderBy: { id: 'asc' } })
  const id = before[0]?.id ?? gone
  // None of them may change anything, so they may go side by side.
  const answers = await Promise.all([
    caller('GET', '/posts'),
    caller('GET', '/posts?owner__eq=&count=exact'),
    caller('GET', `/posts/${id}`),
    caller('GET', `/posts/${gone}`),
    caller('PATCH', `/posts/${id}`, { postname: 'x' }),
    caller('DELETE', `/posts/${id}`),
    caller('POST', '/posts', { postname: 'x' }),
    caller('POST', '/posts', { postname: 'x', owner: 'ana' }),
    caller('POST', '/posts', { postname: 'x', owner: null }),
  ])
  expect([claims, answers.map(({ status }) => status)]).toEqual([claims, Array(9).fill(403)])
  for (const { text } of answers) expect(text).not.toContain('of ')
  expect(await prisma.post.findMany({ orderBy: { id: 'asc' } })).toEqual(before)
}

/** A caller with an ordinary identity of exactly this text. */
async function expectIdentity(text: string): Promise<void> {
  const caller = as({ sub: text })
  const created = await caller('POST', '/posts', { postname: 'mine' })
  expect([text, created.status]).toEqual([text, 201])
  expect(await prisma.post.findFirst({ where: { postname: 'mine', owner: text } })).not.toBeNull()
  expect(await seen(caller)).toEqual([text])
  await prisma.post.deleteMany({ where: { postname: 'mine' } })
}

describe('J62 nothing of a prototype', () => {
  test.each([
    '$.__proto__.x',
    '$.constructor.name',
    '$.a.prototype',
    "$['__proto__']",
    '$["constructor"]["name"]',
    'sub::$.__proto__.x',
  ])('%s is refused at start, for an issuer and in a rule', (path) => {
    expect(() => createTestIssuer({ identityClaim: path })).toThrow(TypeError)
    expect(() => createTestIssuer({ groupClaim: path.replace('sub::', '') })).toThrow(TypeError)
    const schema = () =>
      a.schema({ Post: a.model().authorization((allow) => allow.owner().identityClaim(path)) })
    expect(() => claimstake({ prisma, data: defineData({ schema: schema() }) })).toThrow(/claim path/u)
  })

  test('without $ such names are keys, of the token itself only', async () => {
    await prisma.employee.create({ data: { owner: '[object Object]', name: 'n' } })
    await prisma.employee.create({ data: { owner: 'ana', name: 'n' } })
    const nobody = as({ sub: 'ana', constructor: 'ana' })
    expect((await nobody('GET', '/employees')).status).toBe(403)
    const named = as(parsed('{"sub":"x","__proto__":"ana"}'))
    expect(items(await named('GET', '/employees')).map(({ owner }) => owner)).toEqual(['ana'])
    expect((await as(parsed('{"__proto__":{"sub":"ana"}}'))('GET', '/employees')).status).toBe(403)
    await posts('ana', 'function toString() { [native code] }')
    await expectAbsent(parsed('{"__proto__":{"sub":"ana"}}'))
    await expectAbsent({ sub: 'ana' }, 'dotted')
    expect(await seen(as({ toString: 'ana' }, 'dotted'))).toEqual(['ana'])
  })
})

describe('J63 a path that leads through what has no such member is absent', () => {
  test.each<[Name, Json]>([
    ['throughList', { sub: 'ana', list: [{ id: 'ana' }] }],
    ['throughList', { list: 'ana' }],
    ['throughIndex', { list: [] }],
    ['throughIndex', { list: { 0: { id: 'ana' } } }],
    ['throughIndex', { list: 'ana' }],
    ['throughText', { sub: 'ana' }],
    ['throughText', { sub: 3 }],
    ['throughNothing', { nothing: null, number: 3 }],
    ['throughNothing', { nothing: 5, number: { x: [] } }],
    ['throughNothing', {}],
    ['nested', { who: { name: null } }],
    ['nested', { who: ['name'] }],
    ['nested', { 'who.name': 'ana', '$.who.name': 'ana' }],
  ])('%s %j', async (name, claims) => {
    await posts('ana', '3', 'a', '1', 'null', 'undefined', 'id', 'name', '[object Object]', '')
    await expectAbsent(claims, name)
  })

  test('and one that leads somewhere is not', async () => {
    await posts('ana', 'bo')
    expect(await seen(as({ list: [{ id: 'ana' }, { id: 'bo' }] }, 'throughIndex'))).toEqual(['ana'])
    expect(await seen(as({ who: { name: 'bo' } }, 'nested'))).toEqual(['bo'])
  })
})

describe('J64 a name without $ is a key of the token, whatever it looks like', () => {
  test('https://x/y', async () => {
    const post = await prisma.post.create({ data: { postname: 'p' } })
    for (const owner of ['ana', 'bo'])
      await prisma.comment.create({ data: { owner, body: 'b', postId: post.id } })
    const owners = async (claims: Json) =>
      items(await as(claims)('GET', '/comments')).map(({ owner }) => owner)
    expect(await owners({ 'https://x/y': 'ana' })).toEqual(['ana'])
    expect(await owners({ 'https://x/': { y: 'ana' }, 'https:': { x: { y: 'ana' } } })).toEqual([])
  })

  test('a.b', async () => {
    for (const owner of ['ana', 'bo']) await prisma.todo.create({ data: { owner, title: 't' } })
    const owners = async (claims: Json) => items(await as(claims)('GET', '/todos')).map(({ owner }) => owner)
    expect(await owners({ 'a.b': 'ana', a: { b: 'bo' } })).toEqual(['ana'])
    expect((await as({ a: { b: 'bo' } })('GET', '/todos')).status).toBe(403)
  })

  test('cognito:groups', async () => {
    await prisma.product.create({ data: { name: 'n', sku: 's', price: 1 } })
    const status = async (claims: Json) => (await as(claims, 'dotted')('GET', '/products')).status
    expect(await status({ 'cognito:groups': ['Admin'] })).toBe(200)
    expect(await status({ cognito: { groups: ['Admin'] }, groups: ['Admin'] })).toBe(403)
  })
})

describe('identities', () => {
  const unusable: readonly unknown[] = [
    '',
    ' ',
    '   ',
    '\t',
    '\n',
    '\u00a0',
    '\0',
    null,
    0.5,
    -0.5,
    1e21,
    false,
    true,
    [],
    {},
    ['u'],
    [['u']],
    { sub: 'u' },
    { toString: 'u' },
    { length: 1, 0: 'u' },
  ]

  test.each(unusable.map((sub) => [JSON.stringify(sub), sub] as const))(
    'J65 %s is absent',
    async (_, sub) => {
      await posts(
        ...[
          '',
          ' ',
          '   ',
          '\t',
          '\n',
          '\u00a0',
          'null',
          '0.5',
          '-0.5',
          '1e+21',
          'false',
          'true',
          '[]',
          '{}',
          'u',
          '["u"]',
        ],
        ...['0', '1', 'undefined', '[object Object]', 'NaN', null],
      )
      await expectAbsent({ sub })
      await expectAbsent({ who: { name: sub } }, 'nested')
      await expectAbsent({ sub: 'u', username: sub }, 'composite')
      await expectAbsent({ sub, username: 'u' }, 'composite')
      await expectAbsent({ sub: 'u', username: sub }, 'cognito')
    },
  )

  test('J65 without the claim it is absent too', async () => {
    await posts('', 'undefined', 'null', null)
    await expectAbsent({})
    await expectAbsent({ who: {} }, 'nested')
  })

  test('J65 a safe integer counts as its decimal text', async () => {
    await posts('1', '-7', '0', '01', '1.0')
    expect(await seen(as({ sub: 1 }))).toEqual(['1'])
    expect(await seen(as({ sub: -7 }))).toEqual(['-7'])
    expect(await seen(as({ sub: 0 }))).toEqual(['0'])
    await expectAbsent(parsed('{"sub":9007199254740993}'))
  })

  test.each<[string, Json]>([
    ['in the first part', { sub: 'a::b', username: 'c' }],
    ['in the last part', { sub: 'a', username: 'b::c' }],
    ['across the seam, before', { sub: 'a:', username: 'c' }],
    ['alone', { sub: '::', username: 'c' }],
    ['of another caller', { sub: 's-ana::ana', username: 'eve' }],
    ['of another caller, in the username', { sub: 'eve', username: 's-ana::ana' }],
  ])('J66 :: %s is absent', async (_, claims) => {
    await posts('a::b::c', 'a', 'c', 'a::b', 'b::c', 'a:::c', 's-ana::ana', 's-ana', 'ana')
    await expectAbsent(claims, 'composite')
    await expectAbsent(claims, 'cognito')
  })

  test('J66 no two callers have one composite', async () => {
    const parts = ['a', 'b', 'a:', ':b', ':', 'a:b', 'a::', '::b', 'ab', '::']
    const stamped = new Set<unknown>()
    let callers = 0
    for (const sub of parts)
      for (const username of parts) {
        const { status } = await as({ sub, username }, 'composite')('POST', '/posts', { postname: 'x' })
        if (status === 201) callers++
      }
    for (const { owner } of await prisma.post.findMany()) stamped.add(owner)
    expect(callers).toBeGreaterThan(20)
    expect(stamped.size).toBe(callers)
  })

  test.each<[string, unknown]>([
    ['of 1,025 characters', 'x'.repeat(1025)],
    ['of 1,025 characters, of which some are spaces', ` ${'x'.repeat(1024)}`],
    ['with half a character', 'a\ud800'],
    ['with the other half', '\udc00a'],
    ['with halves in the wrong order', 'a\udc00\ud800'],
    ['with NUL', 'ana\0'],
    ['with NUL alone', '\0'],
  ])('J68 an identity %s is absent', async (_, sub) => {
    await posts('x'.repeat(1024), 'x'.repeat(1025), 'a\ufffd', '\ufffda', 'a\ufffd\ufffd', 'ana', 'a')
    await expectAbsent({ sub })
  })

  test.each([
    'x'.repeat(1024),
    '\u{1f600}'.repeat(512),
    'a\u0001b',
    'a\u001bb',
    'a\u007fb',
    'a\u202eb',
    'a\u200eb',
    'a\u2066b',
    '\ufeffana',
    'a\nb',
  ])('J68 %j is an ordinary identity', async (sub) => {
    await posts('ana', 'ab', 'ba', 'x', 'a b')
    await expectIdentity(sub)
  })

  test('J69 whatever looks the same is another caller, pairwise', async () => {
    const lookalikes = [
      ...[
        'Alice',
        'alice',
        'ALICE',
        'alice ',
        ' alice',
        'alice\u00a0',
        'alice\t',
        'a lice',
        'aliсe',
        'alice\u200b',
        'alice\u200d',
      ],
      ...[
        '\u00e9',
        'e\u0301',
        '\u00c9',
        'I',
        'i',
        '\u0130',
        '\u0131',
        '\u00df',
        'ss',
        'SS',
        '\u1e9e',
        '\u017f\u017f',
      ],
      ...[
        '\uff41lice',
        '\u{1d44e}lice',
        '\u212b',
        '\u00c5',
        'A\u030a',
        '\ufb01',
        'fi',
        '\u2460',
        '1',
        '\u00b5',
        '\u03bc',
        '\u03c3',
        '\u03c2',
      ],
    ]
    expect(new Set(lookalikes).size).toBe(lookalikes.length)
    await posts(...lookalikes)
    for (const sub of lookalikes) expect(await seen(as({ sub }))).toEqual([sub])
  })

  const words = [
    ...[
      '%',
      '_',
      '*',
      "'",
      '"',
      '\\',
      '\\%',
      'null',
      'undefined',
      'true',
      '1',
      '{"not":""}',
      '{"contains":""}',
      '[]',
    ],
    ...[
      '%%',
      'a%',
      '?',
      '.*',
      '^',
      '$1',
      '--',
      "' OR 1=1 --",
      '\'; DROP TABLE "Post"; --',
      '{{7*7}}',
      '${7*7}',
      '\u2019',
      'NaN',
      'Infinity',
      '__proto__',
      'constructor',
    ],
  ]
  test.each(words)('J70 %s is a text like any other', async (sub) => {
    await posts(...words.filter((word) => word !== sub), 'ana', 'aa', '', null)
    await expectIdentity(sub)
  })
})

describe('groups', () => {
  /** What a group claim opens: by name, by the lists of rows, by the name in rows. */
  async function opened(claims: Json, name: Name = 'plain') {
    const caller = as(claims, name)
    const { status } = await caller('GET', '/products')
    expect([200, 401, 403]).toContain(status)
    const product = await prisma.product.findFirst()
    expect((await caller('GET', `/products/${product?.id ?? gone}`)).status).toBe(status)
    const write = await caller('POST', '/products', { name: 'x', sku: 'mine', price: '1' })
    expect(write.status).toBe(status === 200 ? 201 : status)
    await prisma.product.deleteMany({ where: { sku: 'mine' } })
    const lists = items(await caller('GET', '/projects?limit=100')).map((row) => row['name'])
    const names = items(await caller('GET', '/memberships?limit=100')).map((row) => row['teamId'])
    expect([...lists].sort()).toEqual([...names].sort())
    return { isAdmin: status === 200, opens: [...lists].sort() }
  }

  const stored = [
    ...[
      'Admin',
      'admin',
      'Admin ',
      ' Admin',
      'Admin,User',
      'Admin User',
      'User',
      '["Admin"]',
      '[["Admin"]]',
      '',
      ' ',
      '*',
      '%',
      '_',
    ],
    ...[
      'null',
      'undefined',
      '{}',
      '[]',
      '[object Object]',
      'true',
      '1',
      '0',
      '__proto__',
      'constructor',
      'length',
      '\u0410dmin',
      'NotAdmin',
      'A',
      '{"Admin":true}',
      'name',
    ],
  ]
  beforeEach(async () => {
    await prisma.product.create({ data: { name: 'n', sku: 's', price: 1 } })
    await prisma.project.createMany({
      data: stored.map((name) => ({ name, teams: [name, 'Other'], owners: [] })),
    })
    await prisma.membership.createMany({ data: stored.map((teamId) => ({ teamId, userId: 'u' })) })
  })
  const nothing = { isAdmin: false, opens: [] }

  test.each([undefined, null, '', [], {}, [[]], [''], ['', null], 0, 1, true, false, ' []', '[]'])(
    'J71 %j is no group',
    async (groups) => {
      expect(await opened({ sub: 'ana', groups })).toEqual(nothing)
      expect(await opened({ sub: 'ana', realm_access: { roles: groups } }, 'nested')).toEqual(nothing)
      expect((await as({ sub: 'ana', groups })('GET', '/projects')).status).toBe(403)
    },
  )

  test.each<[string, unknown, boolean, readonly string[]]>([
    ['J72', 'Admin', true, ['Admin']],
    ['J72', 'Admin,User', false, ['Admin,User']],
    ['J72', 'Admin User', false, ['Admin User']],
    ['J72', '["Admin"]', true, ['Admin']],
    ['J72', ' ["Admin","User"] ', true, ['Admin', 'User']],
    ['J72', '["Admin"', false, []],
    ['J72', '{"Admin":true}', false, ['{"Admin":true}']],
    ['J72', '[["Admin"]]', false, []],
    ['J73', [['Admin']], false, []],
    ['J73', [{ name: 'Admin' }], false, []],
    ['J73', [1, null, 'Admin'], true, ['Admin']],
    ['J73', [1, null, true, {}, []], false, []],
    ['J74', ['admin'], false, ['admin']],
    ['J74', ['Admin '], false, ['Admin ']],
    ['J74', [' Admin'], false, [' Admin']],
    ['J74', ['\u0410dmin'], false, ['\u0410dmin']],
    ['J74', ['Admin\u200d'], false, []],
    ['J74', ['Admin\0'], false, []],
    ['J74', ['*'], false, ['*']],
    ['J74', ['%', '_'], false, ['%', '_']],
    ['J74', ['__proto__'], false, ['__proto__']],
    ['J74', ['constructor', 'length'], false, ['constructor', 'length']],
    ['J74', ['NotAdmin', 'Administrators'], false, ['NotAdmin']],
    ['J74', ['["Admin"]'], false, ['["Admin"]']],
    ['J74', ['Admin,User', 'A'], false, ['A', 'Admin,User']],
    ['J75', { Admin: true }, false, []],
    ['J75', { 0: 'Admin', length: 1 }, false, []],
    ['J75', { roles: ['Admin'] }, false, []],
  ])('%s %j: Admin %s, opens %j', async (_id, groups, isAdmin, opens) => {
    const expected = { isAdmin, opens: [...opens].sort() }
    expect(await opened({ sub: 'ana', groups })).toEqual(expected)
    expect(await opened({ sub: 'ana', realm_access: { roles: groups } }, 'nested')).toEqual(expected)
    expect(await opened({ sub: 'ana', username: 'ana', 'cognito:groups': groups }, 'cognito')).toEqual(
      expected,
    )
  })

  test('J73 at the limit a list is read, beyond it the token is refused', async () => {
    const groups = (size: number) => [...Array<string>(size - 1).fill('x'), 'A']
    expect(await opened({ groups: groups(1000) })).toEqual({ isAdmin: false, opens: ['A'] })
    const answer = await as({ groups: groups(1001) })('GET', '/products')
    expect([answer.status, answer.body['code']]).toEqual([401, 'INVALID_TOKEN'])
  })

  test('J73 [*] over a list takes its texts, and nothing that is nested in them', async () => {
    const names = [
      { name: 'A' },
      { name: ['Admin'] },
      { name: '["Admin"]' },
      { name: null },
      'Admin',
      ['Admin'],
    ]
    expect(await opened({ orgs: names }, 'everyOrg')).toEqual({
      isAdmin: false,
      opens: ['A', '["Admin"]'].sort(),
    })
    expect(await opened({ orgs: { name: 'Admin' } }, 'everyOrg')).toEqual(nothing)
    expect(await opened({ orgs: 'Admin' }, 'everyOrg')).toEqual(nothing)
  })
})
