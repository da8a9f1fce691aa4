import { generateKeyPairSync } from 'node:crypto'
import { Agent, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PrismaPg } from '@prisma/adapter-pg'
import type { Request } from 'express'
import fc from 'fast-check'
import { claimstake } from '../../src/claimstake.js'
import { parseIssuer, type IssuerOptions } from '../../src/config/issuer.js'
import { createPool } from '../../src/connections/create-pool.js'
import { a, defineData } from '../../src/generated/claimstake.js'
import { PrismaClient } from '../../src/generated/prisma/client.js'
import { authenticator } from '../../src/identity/authenticator.js'
import { forge } from '../security/forge.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { startServer, type TestServer } from '../support/test-server.js'
import { announce, Count, holdsAsync, patience } from './runs.js'

// Whatever a well signed token claims: never a fault of ours, never a row of somebody else, never somebody else's name on
// a new row. Random JSON stands where identities and groups are read, by name, by JSONPath and joined from two; the whole
// service answers, over rows in Postgres whose owners are what a careless reader would make of such JSON. Whose rows are
// right is worked out here, by hand for each path, without the code under test.

announce('claim-shapes')

const runs = 400
const tried = new Count('# random claims sets were tried', runs)
const identified = new Count('# of them had an identity', runs / 5)
const grouped = new Count('# of them had groups of which there were rows', runs / 20)

type Json = Readonly<Record<string, unknown>>

/** Owners and teams of the rows: what JSON turns into when it is coerced, joined or trimmed. */
const words = [
  ...[
    '',
    ' ',
    '0',
    '1',
    '-1',
    '0.5',
    'null',
    'true',
    'false',
    'undefined',
    'NaN',
    '[object Object]',
    '[]',
    '{}',
    ',',
  ],
  ...[
    'a',
    'b',
    'A',
    ' a',
    'a ',
    'a,b',
    'a b',
    'a::b',
    'b::a',
    'a::',
    '::b',
    '::',
    'a:b',
    '["a"]',
    '[["a"]]',
    '{"a":1}',
    '"a"',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'length',
    '%',
    '_',
    "'",
    '\ufffd',
    'é',
    'e\u0301',
    'function Object() { [native code] }',
  ],
]

/** Ways to read a caller, each beside the same by hand. */
interface Reading {
  readonly options: Partial<IssuerOptions>
  /** The stored values that are his; the first is what is stamped. None: he has no identity. */
  readonly identity: (claims: Json) => readonly string[]
  readonly groups: (claims: Json) => readonly string[]
}

const own = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name)
    ? (value as Json)[name]
    : undefined
const at = (value: unknown, place: number): unknown =>
  Array.isArray(value) ? (value as unknown[])[place] : undefined

/** RULES section 2, "Identity". */
function usable(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? `${value}` : undefined
  if (typeof value !== 'string' || value.length > 1024 || !/\S/u.test(value)) return undefined
  // Half a character, or NUL.
  return /[\ud800-\udfff\0]/u.test(value) ? undefined : value
}

const alone = (value: unknown) => [usable(value)].filter((each) => each !== undefined)

function joined(first: unknown, second: unknown): readonly string[] {
  const [left, right] = [usable(first), usable(second)]
  if (left === undefined || right === undefined || /::|:$/u.test(left) || right.includes('::')) return []
  return [`${left}::${right}`, left, right]
}

/** RULES section 2, "Groups". */
function named(value: unknown): readonly string[] {
  const texts = (list: readonly unknown[]) =>
    list.filter(
      (each): each is string => typeof each === 'string' && each !== '' && !/[\ud800-\udfff\0]/u.test(each),
    )
  if (Array.isArray(value)) return texts(value as unknown[])
  if (typeof value !== 'string') return []
  try {
    const list: unknown = JSON.parse(value)
    return Array.isArray(list) ? texts(list as unknown[]) : texts([value])
  } catch {
    return texts([value])
  }
}

/** The texts that `[*]` leads to: a list among them is nobody's group. */
function namedEach(value: unknown): readonly string[] {
  const list = Array.isArray(value) ? (value as unknown[]) : []
  return list.flatMap((each) => {
    const name = own(each, 'a')
    return typeof name === 'string' ? named([name]) : []
  })
}

const readings: readonly Reading[] = [
  {
    options: { identityClaim: 'c', groupClaim: 'g' },
    identity: (all) => alone(own(all, 'c')),
    groups: (all) => named(own(all, 'g')),
  },
  {
    options: { identityClaim: '$.c.a', groupClaim: '$.g.a' },
    identity: (all) => alone(own(own(all, 'c'), 'a')),
    groups: (all) => named(own(own(all, 'g'), 'a')),
  },
  {
    options: { identityClaim: '$.c[0]', groupClaim: '$.g[1]' },
    identity: (all) => alone(at(own(all, 'c'), 0)),
    groups: (all) => named(at(own(all, 'g'), 1)),
  },
  {
    options: { identityClaim: '$.c[0].a', groupClaim: '$.g[*].a' },
    identity: (all) => alone(own(at(own(all, 'c'), 0), 'a')),
    groups: (all) => namedEach(own(all, 'g')),
  },
  {
    options: { identityClaim: 'c::d', groupClaim: "$['g']['a']" },
    identity: (all) => joined(own(all, 'c'), own(all, 'd')),
    groups: (all) => named(own(own(all, 'g'), 'a')),
  },
  {
    options: { identityClaim: '$.c.a::d', groupClaim: '__proto__' },
    identity: (all) => joined(own(own(all, 'c'), 'a'), own(all, 'd')),
    groups: (all) => named(own(all, '__proto__')),
  },
  {
    options: { identityClaim: 'c::d', matchParts: false, groupClaim: 'constructor' },
    identity: (all) => joined(own(all, 'c'), own(all, 'd')).slice(0, 1),
    groups: (all) => named(own(all, 'constructor')),
  },
  {
    options: { identityClaim: '$.c.length', groupClaim: '$.g.length' },
    identity: (all) => alone(own(own(all, 'c'), 'length')),
    groups: (all) => named(own(own(all, 'g'), 'length')),
  },
]

const data = defineData({
  schema: a.schema({
    Post: a.model().authorization((allow) => allow.owner()),
    Project: a.model().authorization((allow) => allow.groupsDefinedIn('teams').to(['read'])),
  }),
})

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const common = { iss: 'https://id.example.com/', aud: 'claimstake' }
const publicKey = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()
const agent = new Agent({ keepAlive: true, maxSockets: 4 })

let database: TestDatabase
let pool: ReturnType<typeof createPool>
let prisma: PrismaClient
let server: TestServer
let posts: readonly { readonly id: string; readonly owner: string | null }[]
beforeAll(async () => {
  database = await createDatabase()
  pool = createPool({
    url: database.url,
    acquireTimeout: 10_000,
    statementTimeout: 15_000,
    onError: () => undefined,
  })
  prisma = new PrismaClient({ adapter: new PrismaPg(pool), errorFormat: 'minimal' })
  await prisma.post.createMany({ data: [...words, null].map((owner) => ({ owner, postname: 'theirs' })) })
  await prisma.project.createMany({
    data: words.map((name) => ({ name, teams: [name, 'nobody'], owners: [] })),
  })
  posts = await prisma.post.findMany({ select: { id: true, owner: true } })
  const judges = readings.map(({ options }) =>
    authenticator({
      issuers: [parseIssuer({ issuer: common.iss, audience: common.aud, publicKey, ...options })],
    }),
  )
  const authenticate = (call: Request) => {
    const judge = judges[Number(call.headers['x-reading'])]
    return judge ? judge(call) : Promise.reject(new Error('no such reading'))
  }
  const db = claimstake({ prisma, data, secret: 'a secret of the test suite, 32 long' })
  server = await startServer({ db, authenticate })
})
afterAll(async () => {
  agent.destroy()
  await server.stop()
  await prisma.$disconnect()
  await pool.end()
  await database.drop()
})

interface Answer {
  readonly status: number
  readonly body: Json
}

function send(reading: number, token: string, method: string, path: string, body?: Json): Promise<Answer> {
  const { port } = server.address as AddressInfo
  const headers = {
    authorization: `Bearer ${token}`,
    'x-reading': String(reading),
    'content-type': 'application/json',
  }
  return new Promise((done, failed) => {
    const call = httpRequest(
      { host: '127.0.0.1', port, agent, method, path: `/v1${path}`, headers },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (part: string) => (text += part))
        response.on('end', () =>
          done({ status: response.statusCode ?? 0, body: (text === '' ? {} : JSON.parse(text)) as Json }),
        )
      },
    )
    call.on('error', failed)
    call.end(body && JSON.stringify(body))
  })
}

const items = ({ body }: Answer) => (body['items'] ?? []) as readonly Json[]

/** Where the paths of the readings look, in their order: every other claims set has something there. */
const placed: readonly ((value: unknown) => unknown)[] = [
  ...[(value: unknown) => value, (value: unknown) => ({ a: value }), (value: unknown) => [value]],
  ...[(value: unknown) => [{ a: value }], (value: unknown) => value, (value: unknown) => ({ a: value })],
  ...[(value: unknown) => value, (value: unknown) => ({ length: value })],
]

async function tryOne(
  at: number,
  drawn: Json,
  fitting: readonly unknown[] | null,
  victim: number,
): Promise<void> {
  const reading = readings[at]
  if (!reading) return
  const [first, second] = fitting ?? []
  const fit = fitting && { c: placed[at]?.(first), d: second }
  // As it is read back: JSON knows no -0 and no undefined.
  const claims = JSON.parse(JSON.stringify({ ...drawn, ...fit })) as Json
  const text = JSON.stringify({ ...common, exp: Math.floor(Date.now() / 1000) + 600 })
  const shown = JSON.stringify(claims)
  // In text, or a claim `__proto__` would not be one.
  const token = forge(
    { alg: 'ES256' },
    shown === '{}' ? text : `${text.slice(0, -1)},${shown.slice(1)}`,
    pair.privateKey,
  )
  const [identity, groups] = [reading.identity(claims), reading.groups(claims)]
  const call = (method: string, path: string, body?: Json) => send(at, token, method, path, body)
  const say = (what: string, answer: unknown) =>
    new Error(
      `${what}: ${JSON.stringify(reading.options)} ${shown}\nidentity ${JSON.stringify(identity)}, groups ${JSON.stringify(groups)}\n=> ${JSON.stringify(answer)}`,
    )

  const row = posts[victim % posts.length]
  const isHis = row !== undefined && row.owner !== null && identity.includes(row.owner)
  const none = identity.length === 0
  const [list, one, patch, projects, created, me] = await Promise.all([
    call('GET', '/posts?limit=100'),
    call('GET', `/posts/${row?.id ?? ''}`),
    call('PATCH', `/posts/${row?.id ?? ''}`, { postname: 'theirs' }),
    call('GET', '/projects?limit=100'),
    call('POST', '/posts', { postname: 'mine' }),
    call('GET', '/me'),
  ])
  for (const answer of [list, one, patch, projects, created, me])
    if (answer.status >= 500 || answer.status === 401) throw say('a good token', answer)

  const seen = items(list).filter(({ postname }) => postname === 'theirs')
  const his = posts.filter(({ owner }) => owner !== null && identity.includes(owner))
  if (list.status !== (none ? 403 : 200)) throw say('list', list)
  if (
    seen
      .map(({ id }) => id)
      .sort()
      .join() !==
    his
      .map(({ id }) => id)
      .sort()
      .join()
  )
    throw say('list', seen)
  if (one.status !== (none ? 403 : isHis ? 200 : 404))
    throw say(`get of a row of ${JSON.stringify(row?.owner)}`, one)
  if (patch.status < 300 !== isHis) throw say(`patch of a row of ${JSON.stringify(row?.owner)}`, patch)

  if (created.status !== (none ? 403 : 201)) throw say('create', created)
  const stamped = await prisma.post.findMany({ where: { postname: 'mine' } })
  if (stamped.map(({ owner }) => owner).join('|') !== identity.slice(0, 1).join('|'))
    throw say('create', stamped)
  await prisma.post.deleteMany({ where: { postname: 'mine' } })

  const open = words.filter((word) => groups.includes(word))
  if (projects.status !== (groups.length === 0 ? 403 : 200)) throw say('projects', projects)
  if (
    items(projects)
      .map(({ name }) => name)
      .sort()
      .join('|') !== [...open].sort().join('|')
  )
    throw say('projects', projects)

  tried.add()
  if (!none) identified.add()
  if (open.length > 0) grouped.add()
}

const leaf = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...words) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<unknown>(
      null,
      true,
      false,
      0,
      1,
      -1,
      0.5,
      1e21,
      2 ** 53,
      [],
      {},
      '\0',
      'a\0',
      '\ud800',
      'x'.repeat(1025),
      'x'.repeat(1024),
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
)
const name = fc.oneof(
  { weight: 3, arbitrary: fc.constant('a') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'b',
      '0',
      'length',
      '__proto__',
      'constructor',
      'toString',
      'valueOf',
      'toJSON',
      'then',
    ),
  },
)
/** An object whose key `__proto__` is a key. */
const objectOf = (value: fc.Arbitrary<unknown>) =>
  fc.array(fc.tuple(name, value), { minLength: 1, maxLength: 4 }).map((entries): unknown => {
    const unique = [...new Map(entries)]
    return JSON.parse(
      `{${unique.map(([key, each]) => `${JSON.stringify(key)}:${JSON.stringify(each)}`).join()}}`,
    )
  })
const shape = fc.oneof(
  { weight: 4, arbitrary: leaf },
  { weight: 2, arbitrary: fc.array(leaf, { maxLength: 4 }) },
  { weight: 3, arbitrary: objectOf(leaf) },
  { weight: 2, arbitrary: fc.array(objectOf(leaf), { minLength: 1, maxLength: 3 }) },
  { weight: 1, arbitrary: objectOf(fc.array(leaf, { maxLength: 3 })) },
  { weight: 1, arbitrary: fc.array(leaf, { maxLength: 3 }).map((list): unknown => JSON.stringify(list)) },
)
/** Where identities and groups are read, and claims that other parts of the service look at. */
const claimNames = [
  'c',
  'd',
  'g',
  '__proto__',
  'constructor',
  'sub',
  'username',
  'typ',
  'scope',
  'jti',
  'email',
  'realm',
]
const claimsSet = fc
  .tuple(
    ...claimNames.map((each) => fc.option(shape, { freq: /^[cdg]$/u.test(each) ? 20 : 2, nil: undefined })),
  )
  .map((drawn) => {
    const entries = claimNames.flatMap((each, place) =>
      drawn[place] === undefined ? [] : [[each, drawn[place]] as const],
    )
    // What a token says it is for is not what is tried here: one that says it is for something else is 401, rightly.
    const text = entries
      .filter(([key, value]) => key !== 'typ' || typeof value !== 'string')
      .map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)
    return JSON.parse(`{${text.join()}}`) as Json
  })

test(
  'whatever is claimed, no fault is ours, no row is somebody else’s, and no new row carries another name',
  async () => {
    await holdsAsync(
      fc.asyncProperty(
        fc.nat(readings.length - 1),
        claimsSet,
        fc.option(fc.tuple(leaf, leaf), { freq: 2 }),
        fc.nat(),
        tryOne,
      ),
      runs,
    )
  },
  patience,
)

test('enough were tried', () => {
  for (const count of [tried, identified, grouped]) count.expectEnough()
})
