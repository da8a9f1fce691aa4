import { principal } from '../../src/claims/principal.js'
import type { ScopedClient } from '../../src/scope/scoped-client.js'
import { a, defineData } from '../support/relations/generated/claimstake.js'
import type { Prisma, PrismaClient } from '../support/relations/generated/prisma/client.js'
import { startRelationsService, type RelationsService } from '../support/relations/relations-service.js'

const owned = () => a.model().authorization((allow) => allow.owner())
const data = defineData({
  schema: a.schema({
    Member: owned(),
    Article: owned(),
    Tag: owned(),
    Profile: owned(),
    Passport: owned(),
    Label: owned(),
    Labelling: owned(),
    Room: owned(),
  }),
})

type Client = ScopedClient<PrismaClient>
type Call = (ana: Client) => PromiseLike<unknown>

let service: RelationsService
let ana: Client
beforeAll(async () => {
  service = await startRelationsService()
  ana = service.db(data).as(principal({ provider: 'oidc', issuer: 'x', claims: { sub: 'ana' } }))
})
beforeEach(async () => {
  await service.database.truncate()
  const { member, article, tag } = service.unscoped
  await member.createMany({
    data: [
      { id: 1, owner: 'ana', name: 'Ana' },
      { id: 2, owner: 'ana', name: 'Cy', managerId: 1 },
    ],
  })
  await tag.createMany({ data: [1, 2, 3].map((id) => ({ id, owner: 'ana' })) })
  const tags = { connect: [{ id: 1 }, { id: 3 }] }
  await article.create({ data: { id: 1, owner: 'ana', authorId: 1, tags } })
  for (const table of ['members', 'Article', 'Tag'])
    await service.unscoped.$executeRawUnsafe(`SELECT setval('"${table}_id_seq"', 100)`)
})
afterAll(() => service.stop())

/** The statements of a call, BEGIN and COMMIT left out. */
async function sentBy(call: Call): Promise<string[]> {
  service.statements()
  await call(ana)
  return service.statements().filter((text) => !/^(?:BEGIN|COMMIT|ROLLBACK)/u.test(text))
}

const one = { where: { id: 1 } }
const tagging =
  (tags: Prisma.TagUpdateManyWithoutArticlesNestedInput): Call =>
  ({ article }) =>
    article.update({ ...one, data: { tags } })

/** What docs/scoped-client.md says a call costs, form by form. */
const costs: readonly (readonly [form: string, statements: number, call: Call])[] = [
  ['findUnique', 1, ({ member }) => member.findUnique(one)],
  ['findUnique of a row that is not there', 1, ({ member }) => member.findUnique({ where: { id: 9 } })],
  ['findUniqueOrThrow', 1, ({ member }) => member.findUniqueOrThrow(one)],
  ['findFirst', 1, ({ member }) => member.findFirst({ where: { name: 'Ana' } })],
  ['findMany', 1, ({ member }) => member.findMany({ orderBy: { name: 'asc' }, take: 20, skip: 0 })],
  [
    'findMany with a relation filter',
    1,
    ({ member }) => member.findMany({ where: { reports: { some: {} } } }),
  ],
  ['findMany with _count', 1, ({ member }) => member.findMany({ include: { _count: true } })],
  ['count', 1, ({ member }) => member.count()],
  ['aggregate', 1, ({ member }) => member.aggregate({ _max: { score: true }, _count: true })],
  ['groupBy', 1, ({ member }) => member.groupBy({ by: ['name'], _count: true })],
  ['create without a foreign key', 1, ({ member }) => member.create({ data: { name: 'New' } })],
  ['createMany', 1, ({ member }) => member.createMany({ data: [{ name: 'a' }, { name: 'b' }] })],
  [
    'createManyAndReturn',
    1,
    ({ member }) => member.createManyAndReturn({ data: [{ name: 'a' }, { name: 'b' }] }),
  ],
  ['update', 1, ({ member }) => member.update({ ...one, data: { name: 'x' } })],
  ['update that sends the owner back', 1, ({ member }) => member.update({ ...one, data: { owner: 'ana' } })],
  ['updateMany', 1, ({ member }) => member.updateMany({ data: { score: 1 } })],
  ['updateManyAndReturn', 1, ({ member }) => member.updateManyAndReturn({ data: { score: 1 } })],
  ['delete', 1, ({ tag }) => tag.delete(one)],
  ['deleteMany', 1, ({ profile }) => profile.deleteMany({ where: { bio: 'x' } })],
  ['include of a list', 2, ({ member }) => member.findMany({ include: { reports: true } })],
  ['include of a row', 2, ({ member }) => member.findMany({ include: { manager: true } })],
  [
    'include of two relations',
    3,
    ({ member }) => member.findMany({ include: { reports: true, articles: true } }),
  ],
  [
    'include at two levels',
    3,
    ({ member }) => member.findMany({ include: { articles: { include: { editor: true } } } }),
  ],
  ['findMany with a cursor', 2, ({ member }) => member.findMany({ cursor: { id: 1 } })],
  ['create with a foreign key', 4, ({ article }) => article.create({ data: { authorId: 1 } })],
  ['update with connect over many-to-many', 12, tagging({ connect: { id: 2 } })],
  ['update with create over many-to-many', 11, tagging({ create: { name: 'x' } })],
  ['update with disconnect over many-to-many', 12, tagging({ disconnect: { id: 1 } })],
  ['update with disconnect of two', 13, tagging({ disconnect: [{ id: 1 }, { id: 3 }] })],
  ['update with a set that changes nothing', 8, tagging({ set: [{ id: 1 }, { id: 3 }] })],
]

test.each(costs)('%s: %i', async (_, statements, call) => {
  const sent = await sentBy(call)
  expect({ sent, count: sent.length }).toEqual({ sent, count: statements })
})

test('calls of two callers at one moment are two statements, each with its own condition', async () => {
  const bo = service.db(data).as(principal({ provider: 'oidc', issuer: 'x', claims: { sub: 'bo' } }))
  const ask = (client: Client) => client.member.findUnique(one).then((row) => row?.id)
  const owners = () => {
    const { unscoped } = service
    const bare = (owner: string) => unscoped.member.findUnique({ where: { id: 1, owner } }).then((row) => row)
    return Promise.all([bare('ana'), bare('bo')])
  }
  // Prisma itself makes one of them, and deals the rows out afterwards.
  expect(await sentBy(owners)).toHaveLength(1)
  const sent = await sentBy((own) => Promise.all([ask(own), ask(bo)]))
  expect(sent).toHaveLength(2)
  expect(sent.every((text) => (text.match(/"owner" = /gu) ?? []).length === 1)).toBe(true)
})

test('a write that hits no row asks once more, to say why', async () => {
  expect(
    await sentBy(({ member }) =>
      member.update({ where: { id: 9 }, data: { name: 'x' } }).catch(() => undefined),
    ),
  ).toHaveLength(2)
  expect(await sentBy(({ tag }) => tag.delete({ where: { id: 9 } }).catch(() => undefined))).toHaveLength(2)
})

/** Everything that could be answered by fetching hidden rows, or by naming them. */
const reads: readonly (readonly [form: string, call: Call])[] = [
  ...costs
    .filter(([form]) => !/create|update|delete/u.test(form))
    .map(([form, , call]) => [form, call] as const),
  [
    'filters at depth',
    ({ member }) =>
      member.findMany({
        where: {
          OR: [
            { reports: { some: { articles: { none: { tags: { every: { owner: 'ana' } } } } } } },
            {
              NOT: {
                articles: { every: { author: { is: { name: 'x' } }, editor: { isNot: { name: 'x' } } } },
              },
            },
          ],
        },
      }),
  ],
  [
    'counts with filters',
    ({ member }) =>
      member.findMany({
        select: { _count: { select: { reports: { where: { name: 'x' } }, articles: true, friends: true } } },
      }),
  ],
  [
    'include at depth, with filters and pages',
    ({ member }) =>
      member.findMany({
        include: {
          reports: { take: 5, orderBy: { id: 'asc' }, where: { score: { gt: 0 } } },
          articles: { include: { tags: true, author: true } },
          friends: true,
        },
      }),
  ],
]
const writes: readonly (readonly [form: string, call: Call])[] = [
  ['updateMany', ({ member }) => member.updateMany({ where: { name: { not: 'x' } }, data: { score: 1 } })],
  ['deleteMany', ({ tag }) => tag.deleteMany({ where: { name: 'x' } })],
  ['update', ({ member }) => member.update({ ...one, data: { score: 1 } })],
  ['update that sets links', tagging({ set: [{ id: 1 }, { id: 3 }] })],
]

/** Rows of another owner, on every relation of the caller's own rows. */
async function hide(count: number): Promise<void> {
  const { member, article, tag } = service.unscoped
  const ids = Array.from({ length: count }, (_, at) => 1000 + at)
  await member.createMany({ data: ids.map((id) => ({ id, owner: 'bo', managerId: 1, score: 1 })) })
  await article.createMany({ data: ids.map((id) => ({ id, owner: 'bo', authorId: 1, editorId: 1 })) })
  await tag.createMany({ data: ids.map((id) => ({ id, owner: 'bo' })) })
  const known = ids.map((id) => ({ id }))
  await article.update({ where: { id: 1 }, data: { tags: { connect: known } } })
  await member.update({ where: { id: 1 }, data: { friends: { connect: known } } })
}

/** Statements with their placeholders: how many values are bound, as long as none is written into the text. */
const shapeOf = (sent: readonly string[]) =>
  // Prisma loads relations side by side: in which order is chance.
  [...sent].sort().map((text) => ({ text, bound: new Set(text.match(/\$\d+/gu)).size }))

describe('no statement grows with what is hidden: 0 rows and 500 send the same', () => {
  test.each([...reads, ...writes])('%s', async (_, call) => {
    const without = shapeOf(await sentBy(call))
    await hide(500)
    expect(shapeOf(await sentBy(call))).toEqual(without)
  })
})
