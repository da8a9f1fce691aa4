import { PrismaPg } from '@prisma/adapter-pg'
import fc from 'fast-check'
import { claimstake } from '../../src/claimstake.js'
import { principal, type Claims } from '../../src/claims/principal.js'
import { createPool } from '../../src/connections/create-pool.js'
import { authenticator } from '../../src/identity/authenticator.js'
import type { Data } from '../../src/policy/builder.js'
import { rulesOf } from '../../src/rules.js'
import type { Row } from '../../src/scope/row.js'
import { scopedPage } from '../../src/scope/scoped-page.js'
import { createTestIssuer } from '../../src/testing.js'
import { announce, holdsAsync, patience } from '../property/runs.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { a, defineData } from '../support/rules/generated/claimstake.js'
import { PrismaClient } from '../support/rules/generated/prisma/client.js'
import { startServer } from '../support/test-server.js'

announce('../scope/merged-pages.test.ts')

const entry = () => a.model()
const threeValues = defineData({
  schema: a.schema({ Entry: entry().authorization((allow) => allow.owner()) }),
})
const twoRules = defineData({
  schema: a.schema({
    Entry: entry().authorization((allow) => [
      allow.owner().identityClaim('user_id'),
      allow.ownerDefinedIn('author').identityClaim('user_id').to(['read']),
    ]),
  }),
})
const fourParts = defineData({
  schema: a.schema({
    Entry: a
      .model({
        dueAt: a
          .field()
          .authorization((allow) => allow.ownerDefinedIn('author').identityClaim('user_id').to(['read'])),
      })
      .authorization((allow) => [
        allow.owner(),
        allow.ownerDefinedIn('author').identityClaim('user_id').to(['read']),
      ]),
  }),
})
const sixParts = defineData({
  schema: a.schema({
    Entry: entry().authorization((allow) => [allow.owner(), allow.ownerDefinedIn('author')]),
  }),
})
const allRules = { threeValues, twoRules, fourParts, sixParts }

let database: TestDatabase
let pool: ReturnType<typeof createPool>
let prisma: PrismaClient
let sent: string[] = []
beforeAll(async () => {
  database = await createDatabase({ tables: 'rules' })
  pool = createPool({
    url: database.url,
    acquireTimeout: 30_000,
    statementTimeout: 30_000,
    onError: () => undefined,
  })
  const adapter = new PrismaPg(pool)
  const client = new PrismaClient({
    adapter,
    errorFormat: 'minimal',
    log: [{ level: 'query', emit: 'event' }],
  })
  client.$on('query', ({ query }) => sent.push(query))
  prisma = client
})
beforeEach(() => database.truncate())
afterAll(async () => {
  await prisma.$disconnect()
  await pool.end()
  await database.drop()
})

const claims: Claims = { sub: 's', username: 'ana', user_id: 'ana' }
const ana = principal({
  provider: 'oidc',
  issuer: 'https://id.example',
  identityClaim: 'sub::username',
  claims,
})

/** A page, as REST asks for it. */
async function pageOf(data: Data, args: Row, client: object = prisma): Promise<readonly Row[]> {
  const { models, policies } = rulesOf(data)
  const model = models.get('Entry')
  if (!model) throw new TypeError('no model')
  const explain = () => {
    throw new TypeError('not asked')
  }
  const caller = { principal: ana, policies, models, delegates: new Map(), explain }
  return scopedPage(caller, { client, isTransaction: false }, model, args)
}

/** The same by the scoped client's findMany, which is one statement. */
const plainly = (data: Data, args: Row): Promise<readonly Row[]> => {
  const { entry } = claimstake({ prisma, data }).as(ana)
  return (entry as unknown as { findMany: (args: Row) => Promise<readonly Row[]> }).findMany(args)
}

const uuid = (at: number) => `0199aaaa-0000-7000-8000-${String(at).padStart(12, '0')}`
const day = (at: number) => new Date(Date.UTC(2026, 0, 1 + at))
const newest = { orderBy: [{ createdAt: 'desc' }, { id: 'desc' }] }

describe('a page is what one statement answers', () => {
  const name = fc.constantFrom('s::ana', 's', 'ana', 'bo', null)
  const rows = fc.array(
    fc.record({
      owner: name,
      author: name,
      // Postgres's collation decides: not by code, and not by upper and lower case first.
      title: fc.constantFrom('b', 'B', 'a', 'Ä', 'z', '_', ''),
      rank: fc.option(fc.integer({ min: 0, max: 3 })),
      due: fc.option(fc.integer({ min: 0, max: 3 })),
      created: fc.integer({ min: 0, max: 4 }),
      parent: fc.option(fc.nat()),
    }),
    { maxLength: 40 },
  )
  const column = fc.constantFrom('createdAt', 'title', 'rank', 'dueAt', 'version', 'owner')
  const orderBy = fc
    .tuple(fc.uniqueArray(column, { maxLength: 3 }), fc.infiniteStream(fc.constantFrom('asc', 'desc')))
    .map(([columns, directions]) =>
      [...columns, 'id'].map((key) => ({ [key]: directions.next().value as string })),
    )
  const where = fc.constantFrom<Row>(
    {},
    { rank: { gte: 1 } },
    { OR: [{ rank: null }, { title: { contains: 'b', mode: 'insensitive' } }] },
    { NOT: { owner: 's' } },
    { children: { some: { rank: { gte: 1 } } } },
    { parent: { is: { title: 'b' } } },
    { createdAt: { lte: day(2) } },
  )
  const projection = fc.constantFrom<Row>(
    {},
    { select: { title: true } },
    { select: { id: true, dueAt: true } },
    { include: { children: { orderBy: { id: 'asc' } } } },
    { omit: { createdAt: true } },
  )
  const args = fc
    .record({ orderBy, where, take: fc.integer({ min: 1, max: 12 }), projection })
    .map(({ projection: shape, ...rest }) => ({ ...rest, ...shape }))

  test.each(Object.entries(allRules))(
    'under %s',
    async (rules, data) => {
      let merged = 0
      const asked = fc.array(args, { minLength: 5, maxLength: 5 })
      const property = fc.asyncProperty(rows, asked, async (stored, calls) => {
        await store(
          stored.map(({ due, created, parent, ...row }) => ({
            ...row,
            dueAt: due === null ? null : day(due),
            createdAt: day(created),
            parentId: parent === null ? null : uuid(parent % stored.length),
          })),
        )
        for (const call of calls) {
          const expected = await outcome(() => plainly(data, call))
          const found = await outcome(() => pageOf(data, call))
          expect(found.rows).toEqual(expected.rows)
          if (found.statements > expected.statements) merged++
        }
      })
      await holdsAsync(property, 20)
      // Otherwise it was held against itself.
      if (rules === 'sixParts') expect(merged).toBe(0)
      else expect(merged).toBeGreaterThan(20)
    },
    patience,
  )
})

test.each<readonly [what: string, statements: number, rules: keyof typeof allRules, args: Row]>([
  ['three values', 3, 'threeValues', newest],
  [
    'three values, rows under two, sorted by a text: Postgres is asked where texts differ',
    4,
    'threeValues',
    { orderBy: { title: 'asc' } },
  ],
  ['two rules', 2, 'twoRules', newest],
  ['two rules, sorted by a text', 3, 'twoRules', { orderBy: { title: 'asc' } }],
  ['three values and a rule', 4, 'fourParts', newest],
  ['three values in two rules', 1, 'sixParts', newest],
  ['sorted by what no index has', 1, 'threeValues', { orderBy: { version: 'desc' } }],
  ['no order', 1, 'threeValues', {}],
  ['a place to begin at', 1, 'threeValues', { ...newest, skip: 1 }],
])('statements of a page under %s: %i', async (_, statements, rules, args) => {
  await store([
    { owner: 's::ana', author: 'bo', title: 'b' },
    { owner: 'ana', author: 'bo', title: 'a' },
    { owner: 'bo', author: 'ana', title: 'c' },
  ])
  const data = allRules[rules]
  const found = await outcome(() => pageOf(data, { ...args, take: 3 }))
  expect(found.statements).toBe(statements)
  // On the scoped client itself it stays one.
  expect((await outcome(() => plainly(data, { ...args, take: 3 }))).statements).toBe(1)
})

describe('what others do between the statements', () => {
  const secret = { owner: 'bo', author: 'bo', title: 'his secret' }
  const byTitle = { orderBy: [{ title: 'asc' as const }, { id: 'asc' as const }] }
  beforeEach(() =>
    store([
      { owner: 'ana', title: 'a' },
      { author: 'ana', title: 'b' },
      { owner: 'ana', title: 'c' },
      { author: 'ana', title: 'd' },
      { owner: 'ana', title: 'e' },
    ]),
  )
  const take = { take: 2 }
  const titles = (rows: readonly Row[]) => rows.map((row) => row['title'])
  const change = (at: number, data: Row) => prisma.entry.update({ where: { id: uuid(at) }, data })

  test('a row that leaves between its list and the next is answered as it was', async () => {
    const rows = await pageOf(
      twoRules,
      { ...newest, take: 9 },
      between(1, () => change(4, secret)),
    )
    expect(titles(rows)).toEqual(['e', 'd', 'c', 'b', 'a'])
  })

  test('a row that leaves before its list is read is not there', async () => {
    const rows = await pageOf(
      twoRules,
      { ...newest, take: 9 },
      between(1, () => change(3, secret)),
    )
    expect(titles(rows)).toEqual(['e', 'c', 'b', 'a'])
  })

  test.each([
    ['leaves', () => change(0, secret), ['b', 'c']],
    ['is deleted', () => prisma.entry.delete({ where: { id: uuid(0) } }), ['b', 'c']],
    ['moves to the end', () => change(0, { title: 'z' }), ['b', 'c']],
  ])('a row that %s before the places are asked for makes no page short', async (_, act, expected) => {
    const rows = await pageOf(twoRules, { ...byTitle, ...take }, between(2, act))
    expect(titles(rows)).toEqual(expected)
  })

  test('control: rows found by id and read without the scope do leak', async () => {
    const client = between(2, () => change(0, secret))
    const mine = [{ owner: 'ana' }, { author: 'ana' }]
    const lists = mine.map((where) => client.entry.findMany({ where, ...byTitle, ...take }))
    const ids = (await Promise.all(lists)).flat().map(({ id }) => id)
    const rows = await client.entry.findMany({ where: { id: { in: ids } }, ...byTitle })
    expect(titles(rows)).toContain('his secret')
  })

  test('control: of what was found, those that are left are not the first of what there is', async () => {
    const [owner, author] = [{ owner: 'ana' }, { author: 'ana' }]
    const rows = () =>
      store([
        { ...owner, title: 'a' },
        { ...owner, title: 'b' },
        { ...owner, title: 'c' },
        { ...author, title: 'x' },
        { ...author, title: 'y' },
      ])
    const gone = () => prisma.entry.deleteMany({ where: { title: { in: ['a', 'b'] } } })
    await rows()
    const client = between(2, gone)
    const lists = [owner, author].map((where) => client.entry.findMany({ where, ...byTitle, ...take }))
    const ids = (await Promise.all(lists)).flat().map(({ id }) => id)
    const left = { where: { id: { in: ids }, OR: [owner, author] }, ...byTitle, ...take }
    // A page that goes on behind y never comes to c.
    expect(titles(await client.entry.findMany(left))).toEqual(['x', 'y'])
    await rows()
    expect(titles(await pageOf(twoRules, { ...byTitle, ...take }, between(2, gone)))).toEqual(['c', 'x'])
  })
})

test.each([
  ['threeValues', 'createdAt_desc'],
  ['twoRules', 'createdAt_desc'],
  ['twoRules', 'title'],
  ['twoRules', 'rank_desc'],
  ['twoRules', 'rank,title'],
] as const)(
  'a walk under %s by %s meets every row that stays once, whatever others do',
  async (rules, sort) => {
    const names = ['s::ana', 's', 'ana']
    const title = (at: number) => `${'aBcÄ'[at % 4] ?? ''}${at % 17}`
    const row = (at: number) => ({
      ...(at % 2 === 0 || rules === 'threeValues'
        ? {
            owner: rules === 'threeValues' ? (names[at % 3] ?? null) : 'ana',
            author: at % 6 === 0 ? 'ana' : null,
          }
        : { owner: null, author: 'ana' }),
      ...{ title: title(at), rank: at % 3 === 0 ? null : at % 5, createdAt: day(at % 11) },
    })
    await store(Array.from({ length: 120 }, (_, at) => row(at)))
    // Every fourth row stays as it is.
    const stays = (at: number) => at % 4 === 0
    const steady = Array.from({ length: 120 }, (_, at) => at).filter(stays)
    const issuer = createTestIssuer({ identityClaim: 'sub::username' })
    const db = claimstake({ prisma, data: allRules[rules], secret: 'a secret of the tests of merged pages' })
    const server = await startServer({ db, authenticate: authenticator({ issuers: [issuer.settings] }) })
    const call = server.caller(() => issuer.token(claims))

    let walking = true
    const others = async () => {
      for (let at = 1; walking; at = (at * 7 + 3) % 120) {
        const moving = stays(at) ? at + 1 : at
        const where = { id: uuid(moving) }
        const turn = at % 3
        if (turn === 0) await prisma.entry.deleteMany({ where })
        else if (turn === 1)
          await prisma.entry.updateMany({ where, data: { owner: 'bo', author: 'bo', title: 'his' } })
        else
          await prisma.entry.upsert({
            where,
            create: { ...where, ...row(moving) },
            update: row((at * 5) % 120),
          })
      }
    }
    const storm = Promise.all([others(), others()])
    const met: string[] = []
    for (let cursor = ''; ;) {
      const { body, status } = await call(
        'GET',
        `/v1/entries?limit=7&sort=${sort}${cursor && `&cursor=${cursor}`}`,
      )
      expect(status).toBe(200)
      const { items, nextCursor } = body as { items: Row[]; nextCursor: string | null }
      met.push(...items.map((item) => String(item['id'])))
      expect(items.filter((item) => item['title'] === 'his')).toEqual([])
      if (nextCursor === null) break
      cursor = nextCursor
    }
    walking = false
    await storm
    await server.stop()
    const times = steady.map((at) => met.filter((id) => id === uuid(at)).length)
    expect(times).toEqual(steady.map(() => 1))
  },
)

/** The table holds these rows, newest last. */
async function store(rows: readonly Row[]): Promise<void> {
  await database.truncate()
  const given = rows.map((row, at) => ({ title: '', createdAt: day(at), ...row, id: uuid(at) }))
  await prisma.entry.createMany({ data: given })
}

/** What a call answers, or the code of its refusal, and how many statements it sent. */
async function outcome(call: () => Promise<readonly Row[]>) {
  sent = []
  const rows: unknown = await call().catch((error: unknown) => (error as { code: unknown }).code)
  return { rows, statements: sent.length }
}

/** The client, where something happens after the answer to its n-th findMany, and before the next is sent. */
function between(count: number, act: () => Promise<unknown>): PrismaClient {
  let last: Promise<unknown> = Promise.resolve()
  let called = 0
  const findMany = (args: object) => {
    const turn = ++called
    const answer = last.then(() => prisma.entry.findMany(args))
    last = answer.then(() => (turn === count ? act() : undefined))
    return last.then(() => answer)
  }
  return { entry: { findMany } } as unknown as PrismaClient
}
