import { a } from '../support/relations/generated/claimstake.js'
import { startRelationsService, type RelationsService } from '../support/relations/relations-service.js'
import { call, clientOf, rules } from '../security/relations-attack.js'

// R90: above 32,766 values Prisma splits a list and unites what the parts find, which under a NOT is every row.

const all = a.model().authorization((allow) => [allow.owner(), allow.groupsDefinedIn('watchers')])
const data = rules({ Member: all })
let service: RelationsService
let ana: object
const rows = [1, 2, 3, 4]

beforeAll(async () => {
  service = await startRelationsService()
  ana = clientOf(service, data, 'ana')
  await service.unscoped.member.createMany({ data: rows.map((id) => ({ id, owner: 'ana' })) })
  await service.unscoped.article.createMany({ data: rows.map((id) => ({ id, owner: 'ana', authorId: 1 })) })
  await service.unscoped.member.update({ where: { id: 2 }, data: { managerId: 1 } })
})
afterAll(() => service.stop())

const ids = (count: number) => Array.from({ length: count }, (_, at) => at + 1)
const many = ids(40_003)
const kept = { NOT: { id: { in: many } } }

class Undone extends Error {}

/** What a call of the bare client answers; nothing of it stays. */
async function undone(work: (tx: typeof service.unscoped) => Promise<unknown>): Promise<unknown> {
  let answer: unknown
  const done = service.unscoped.$transaction(async (tx) => {
    answer = await work(tx as typeof service.unscoped)
    throw new Undone()
  })
  await expect(done).rejects.toThrow(Undone)
  return answer
}

test('the bare client deletes and finds what it is told to keep', async () => {
  expect(await undone((tx) => tx.article.deleteMany({ where: kept }))).toEqual({ count: 4 })
  const { member } = service.unscoped
  expect(await member.findMany({ where: kept })).toHaveLength(4)
  expect(await member.findUnique({ where: { id: 1, ...kept } })).not.toBeNull()
  const select = { _count: { select: { articles: { where: kept } } } }
  expect(await member.findMany({ where: { id: 1 }, select })).toContainEqual({ _count: { articles: 4 } })
  // The ids of the rows that an include belongs to stand in the same statement: so this one is split too.
  const include = { articles: { where: { NOT: { id: { in: ids(32_765) } } } } }
  const [first] = await member.findMany({ where: { id: 1 }, include })
  expect(first?.articles).toHaveLength(4)
})

test.each<[argument: string, method: string, args: object]>([
  ['where', 'findMany', { where: kept }],
  ['where', 'findMany', { where: { id: { notIn: many } } }],
  ['where', 'findMany', { where: { id: { not: { in: many } } } }],
  ['where', 'findMany', { where: { id: { in: many } } }],
  [
    'where',
    'findMany',
    { where: { AND: [{ id: { notIn: ids(16_001) } }, { score: { notIn: ids(16_001) } }] } },
  ],
  ['where', 'findMany', { where: { OR: many.map((id) => ({ id })) } }],
  ['where', 'findMany', { where: { NOT: { watchers: { hasSome: many.map(String) } } } }],
  ['where', 'findMany', { where: { reports: { none: { id: { in: many } } } } }],
  ['where', 'findMany', { where: { manager: { isNot: { id: { in: many } } } } }],
  ['where', 'findFirst', { where: kept }],
  ['where', 'findUnique', { where: { id: 1, ...kept } }],
  ['where', 'count', { where: kept }],
  ['where', 'aggregate', { where: kept, _count: true }],
  ['where', 'groupBy', { where: kept, by: ['id'] }],
  ['having', 'groupBy', { having: kept, by: ['id'] }],
  ['reports', 'findMany', { select: { reports: { where: { NOT: { id: { in: ids(16_001) } } } } } }],
  ['reports', 'findMany', { include: { reports: { where: { NOT: { id: { in: ids(16_001) } } } } } }],
  ['_count', 'findMany', { select: { _count: { select: { reports: { where: kept } } } } }],
  ['where', 'update', { where: { id: 1, ...kept }, data: {} }],
  ['where', 'updateMany', { where: kept, data: {} }],
  ['where', 'updateManyAndReturn', { where: kept, data: {} }],
  ['where', 'delete', { where: { id: 1, ...kept } }],
  ['where', 'deleteMany', { where: kept }],
  ['where', 'upsert', { where: { id: 1, ...kept }, create: {}, update: {} }],
  ['where', 'update', { where: { id: 1 }, data: { reports: { deleteMany: kept } } }],
  ['where', 'update', { where: { id: 1 }, data: { reports: { updateMany: { where: kept, data: {} } } } }],
  ['data', 'createMany', { data: ids(8_001).map((id) => ({ id, owner: 'ana', name: 'x', email: null })) }],
])('more values in %s of %s than one statement takes are refused', async (argument, method, args) => {
  const limit = argument === 'reports' || argument === '_count' ? '16,000' : '32,000'
  await expect(call(ana, 'member', method, args)).rejects.toMatchObject({
    code: 'UNSUPPORTED_ARGUMENT',
    message: expect.stringMatching(
      new RegExp(`more than ${limit} values in one statement; it is "${argument}"`, 'u'),
    ) as string,
  })
  expect(await service.unscoped.member.count()).toBe(rows.length)
})

test('what the rules add counts', async () => {
  const groups = ids(1_000).map(String)
  const member = clientOf(service, data, 'ana', groups).member
  const where = { NOT: { id: { in: ids(31_500) } } }
  await expect(member.deleteMany({ where })).rejects.toMatchObject({ code: 'UNSUPPORTED_ARGUMENT' })
  expect(await clientOf(service, data, 'ana').member.deleteMany({ where })).toEqual({ count: 0 })
})

test('so many are taken, in one statement', async () => {
  service.statements()
  const most = { NOT: { id: { in: ids(31_990) } } }
  expect(await call(ana, 'member', 'deleteMany', { where: most })).toEqual({ count: 0 })
  expect(service.statements()).toHaveLength(1)
  const beside = { include: { reports: { where: { NOT: { id: { in: ids(15_990) } } } } }, where: { id: 1 } }
  expect(await call(ana, 'member', 'findMany', beside)).toMatchObject([{ reports: [] }])
  expect(service.statements()).toHaveLength(2)
})

test('a list, and JSON, that is written is one value', async () => {
  const watchers = many.map(String)
  expect(await call(ana, 'member', 'update', { where: { id: 4 }, data: { watchers } })).toMatchObject({
    id: 4,
  })
})

test('rows that come along with many others are found, however the list of those is split', async () => {
  const { label, labelling } = service.unscoped
  await label.createMany({ data: ids(33_000).map((id) => ({ id, owner: 'cy' })) })
  await labelling.createMany({ data: rows.map((id) => ({ articleId: id, labelId: 33_000, owner: 'cy' })) })
  const where = { NOT: { articleId: { in: [1, ...ids(15_990).map((id) => id + 100)] } } }
  const select = { labellings: { where, select: { articleId: true } } }
  const found = await clientOf(service, data, 'cy').label.findMany({ select })
  const articles = found.flatMap(({ labellings }) => labellings).map(({ articleId }) => articleId)
  expect(articles.sort()).toEqual([2, 3, 4])
}, 60_000)

test('statements of ours name rows in parts: of an answer, of foreign keys, of links', async () => {
  const { unscoped } = service
  const count = 1_201
  await unscoped.tag.createMany({ data: ids(count).map((id) => ({ id, owner: 'di' })) })
  await unscoped.member.createMany({ data: ids(count).map((id) => ({ id: 20_000 + id, owner: 'di' })) })
  const di = clientOf(service, data, 'di')
  // The row that each refers to is looked up, locked and looked up again.
  const articles = ids(count).map((id) => ({ id: 20_000 + id, authorId: 20_000 + id }))
  const include = { author: { select: { id: true } } }
  const created = await di.article.createManyAndReturn({ data: articles, include })
  expect(created.map(({ author }) => author?.id)).toEqual(articles.map(({ id }) => id))
  const hers = [...articles, { id: 20_000, authorId: 1 }]
  await expect(
    di.article.createMany({ data: hers.map((row) => ({ ...row, id: row.id + 50_000 })) }),
  ).rejects.toMatchObject({
    code: 'INVALID_INPUT',
  })
  const where = { id: 20_001 }
  await unscoped.article.update({ where, data: { tags: { connect: ids(count).map((id) => ({ id })) } } })
  await di.article.update({ where, data: { tags: { set: [] } } })
  expect(await unscoped.tag.count({ where: { articles: { some: {} } } })).toBe(0)
}, 60_000)
