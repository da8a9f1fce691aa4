import { principal } from '../../src/claims/principal.js'
import { a, defineData } from '../support/relations/generated/claimstake.js'
import type { Prisma } from '../support/relations/generated/prisma/client.js'
import { startRelationsService, type RelationsService } from '../support/relations/relations-service.js'

const owned = () => a.model().authorization((allow) => allow.owner())
const data = defineData({
  schema: a.schema({
    Member: a.model().authorization((allow) => [allow.owner(), allow.group('Reader').to(['read'])]),
    Article: owned(),
    Tag: owned(),
    Profile: owned(),
    Passport: owned(),
    Label: owned(),
    Labelling: owned(),
    Room: owned(),
    Badge: owned(),
  }),
})

let service: RelationsService
beforeAll(async () => {
  service = await startRelationsService()
})
beforeEach(async () => {
  await service.database.truncate()
  const { member, article, tag } = service.unscoped
  await member.create({ data: { id: 1, owner: 'ana', name: 'Ana' } })
  await member.create({ data: { id: 2, owner: 'bo', name: 'Bo', managerId: 1 } })
  await member.create({ data: { id: 3, owner: 'ana', name: 'Cy', managerId: 1 } })
  await tag.create({ data: { id: 1, owner: 'ana' } })
  await tag.create({ data: { id: 2, owner: 'bo' } })
  const tags = { connect: [{ id: 1 }, { id: 2 }] }
  await article.create({ data: { id: 1, owner: 'ana', authorId: 2, editorId: 2, tags } })
  await article.create({ data: { id: 2, owner: 'bo', authorId: 1, tags } })
  await article.create({ data: { id: 3, owner: 'ana', authorId: 1 } })
  for (const table of ['members', 'Article', 'Tag', 'Profile'])
    await service.unscoped.$executeRawUnsafe(`SELECT setval('"${table}_id_seq"', 100)`)
})
afterAll(() => service.stop())

const as = (sub: string, groups: readonly string[] = []) =>
  service.db(data).as(principal({ provider: 'oidc', issuer: 'x', claims: { sub, groups } }))

const ids = { select: { id: true }, orderBy: { id: 'asc' } } as const

describe('reads', () => {
  test('R21 a list of related rows is those of the caller', async () => {
    const member = await as('ana').member.findUnique({
      where: { id: 1 },
      select: { reports: ids, articles: ids, _count: { select: { reports: true, articles: true } } },
    })
    expect(member).toEqual({
      reports: [{ id: 3 }],
      articles: [{ id: 3 }],
      _count: { reports: 1, articles: 1 },
    })
  })

  test('R22 a hidden related row is null, also where the schema requires one', async () => {
    const articles = await as('ana').article.findMany({
      ...ids,
      select: { id: true, author: { select: { name: true } }, editor: true },
    })
    expect(articles).toEqual([
      { id: 1, author: null, editor: null },
      { id: 3, author: { name: 'Ana' }, editor: null },
    ])
  })

  test('R15 a relation filter is over visible rows', async () => {
    const ana = as('ana').member
    const found = async (where: Parameters<typeof ana.findMany>[0] & object) =>
      (await ana.findMany({ ...where, ...ids })).map(({ id }) => id)
    expect(await found({ where: { reports: { some: { name: 'Bo' } } } })).toEqual([])
    expect(await found({ where: { reports: { some: { name: 'Cy' } } } })).toEqual([1])
    expect(await found({ where: { reports: { none: { name: 'Bo' } } } })).toEqual([1, 3])
    expect(await found({ where: { reports: { every: { name: 'Cy' } } } })).toEqual([1, 3])
    expect(await found({ where: { NOT: { reports: { every: { name: 'Cy' } } } } })).toEqual([])
    expect(
      await found({ where: { NOT: { articles: { some: { tags: { some: { owner: 'bo' } } } } } } }),
    ).toEqual([1, 3])
  })

  test('a relation filter on one row is over visible rows', async () => {
    const ana = as('ana').article
    const found = async (where: Parameters<typeof ana.findMany>[0] & object) =>
      (await ana.findMany({ ...where, ...ids })).map(({ id }) => id)
    expect(await found({ where: { author: { is: { name: 'Bo' } } } })).toEqual([])
    expect(await found({ where: { author: { isNot: { name: 'Bo' } } } })).toEqual([1, 3])
    expect(await found({ where: { NOT: { author: { name: 'Ana' } } } })).toEqual([1])
    expect(await found({ where: { author: { name: 'Ana' } } })).toEqual([3])
  })

  test('a cursor on a hidden row is a cursor on a missing one', async () => {
    const list = (cursor: { id: number }) => as('ana').member.findMany({ ...ids, cursor })
    expect(await list({ id: 1 })).toEqual([{ id: 1 }, { id: 3 }])
    expect(await list({ id: 2 })).toEqual([])
    expect(await list({ id: 99 })).toEqual([])
    const nested = await as('ana').member.findMany({
      where: { id: 1 },
      select: { reports: { ...ids, cursor: { id: 2 } } },
    })
    expect(nested).toEqual([{ reports: [] }])
  })

  test.each(['update', 'upsert', 'delete'] as const)('and so it is in the answer of %s', async (method) => {
    await service.unscoped.article.deleteMany()
    const { member } = as('ana')
    const where = { id: 1 }
    // Row 1 is visible and no report; row 2 is hidden, and 3 comes after both.
    for (const id of method === 'delete' ? [2] : [1, 2, 3]) {
      const select = { reports: { ...ids, cursor: { id } } }
      const read = await member.findUnique({ where, select })
      expect(read).toEqual({ reports: id === 2 ? [] : [{ id: 3 }] })
      if (method === 'update') expect(await member.update({ where, data: {}, select })).toEqual(read)
      if (method === 'delete') expect(await member.delete({ where, select })).toEqual(read)
      if (method === 'upsert')
        expect(await member.upsert({ where, create: { name: 'Ana' }, update: {}, select })).toEqual(read)
    }
  })
})

describe('nested writes', () => {
  test('a tree is created, each row stamped by its own rules', async () => {
    const made = await as('ana').member.create({
      data: {
        name: 'New',
        profile: { create: { bio: 'hi' } },
        manager: { connect: { id: 1 } },
        articles: { create: [{ title: 'one', tags: { create: { name: 't' }, connect: { id: 1 } } }] },
      },
      include: { profile: true, articles: { include: { tags: { orderBy: { id: 'asc' } } } } },
    })
    expect(made).toMatchObject({
      owner: 'ana',
      managerId: 1,
      profile: { owner: 'ana', bio: 'hi' },
      articles: [{ owner: 'ana', title: 'one', tags: [{ id: 1 }, { owner: 'ana', name: 't' }] }],
    })
  })

  const steals: readonly (readonly [string, object])[] = [
    ['connect', { reports: { connect: { id: 2 } } }],
    ['connectOrCreate', { reports: { connectOrCreate: { where: { id: 2 }, create: { id: 2 } } } }],
    ['update', { reports: { update: { where: { id: 2 }, data: { name: 'stolen' } } } }],
    ['delete', { reports: { delete: { id: 2 } } }],
    ['set', { reports: { set: [{ id: 2 }] } }],
    [
      'connect over many-to-many',
      { articles: { update: { where: { id: 3 }, data: { tags: { connect: { id: 2 } } } } } },
    ],
  ]
  test.each(steals)('R40-R43 %s of a hidden row changes nothing', async (_, nested) => {
    const all = () =>
      service.unscoped.member.findMany({
        orderBy: { id: 'asc' },
        include: { articles: { include: { tags: true } } },
      })
    const before = await all()
    await expect(
      as('ana').member.update({ where: { id: 1 }, data: { name: 'x', ...nested } }),
    ).rejects.toMatchObject({
      code: expect.stringMatching(/^P20(25|02)$/u) as string,
    })
    expect(await all()).toEqual(before)
  })

  test('mass writes leave hidden rows alone', async () => {
    await as('ana').member.update({
      where: { id: 1 },
      data: { reports: { updateMany: { where: {}, data: { score: 7 } }, disconnect: { id: 2 } } },
    })
    expect(
      await service.unscoped.member.findMany({ ...ids, select: { id: true, score: true, managerId: true } }),
    ).toEqual([
      { id: 1, score: null, managerId: null },
      { id: 2, score: null, managerId: 1 },
      { id: 3, score: 7, managerId: 1 },
    ])
    await as('ana').member.update({ where: { id: 1 }, data: { reports: { set: [] } } })
    expect((await service.unscoped.member.findMany({ where: { managerId: 1 } })).map(({ id }) => id)).toEqual(
      [2],
    )
  })

  test('who may only read the other row cannot link what refers to it', async () => {
    await expect(
      as('cy', ['Reader']).member.update({ where: { id: 1 }, data: { reports: { connect: { id: 2 } } } }),
    ).rejects.toMatchObject({ code: 'FORBIDDEN_OPERATION' })
  })

  test('upsert updates the row or creates it, and never another', async () => {
    const upsert = (id: number) =>
      as('ana').tag.upsert({ where: { id }, create: { name: 'made' }, update: { name: 'changed' } })
    expect(await upsert(1)).toMatchObject({ id: 1, name: 'changed' })
    expect(await upsert(50)).toMatchObject({ owner: 'ana', name: 'made' })
    expect(await upsert(2)).toMatchObject({ owner: 'ana', name: 'made' })
    expect(await service.unscoped.tag.findUnique({ where: { id: 2 } })).toMatchObject({
      owner: 'bo',
      name: '',
    })
  })

  test('rows that refer to nothing are linked to no row, not to one without the value', async () => {
    await service.unscoped.badge.createMany({ data: [{ owner: 'ana' }, { owner: 'ana' }] })
    const write = (badges: Prisma.BadgeUpdateManyWithoutMemberNestedInput) =>
      as('ana').member.update({ where: { id: 1 }, data: { badges } })
    await write({ deleteMany: {} })
    await write({ updateMany: { where: {}, data: { owner: 'ana' } } })
    await write({ set: [] })
    await expect(write({ delete: { id: 1 } })).rejects.toMatchObject({ code: 'P2025' })
    expect(await service.unscoped.badge.count()).toBe(2)
  })

  test('an upsert that is overtaken by another creation of its row updates that', async () => {
    const email = 'new@x'
    const upsert = () =>
      as('ana').member.upsert({
        ...{ where: { email }, select: { name: true, score: true } },
        ...{ create: { name: 'Late', email }, update: { score: 7 } },
      })
    const overtaken = async (owner: string) => {
      const begun = await service.unscoped.$transaction(async (tx) => {
        await tx.member.create({ data: { owner, name: 'First', email } })
        const late = upsert().catch((error: unknown) => error)
        await service.someoneWaits()
        return { late }
      })
      return begun.late
    }
    expect(await overtaken('ana')).toEqual({ name: 'First', score: 7 })
    await service.unscoped.member.deleteMany({ where: { email } })
    // What a hidden row holds stays taken, however often it is tried.
    expect(await overtaken('bo')).toMatchObject({ code: 'P2002' })
  })

  test('upsert does not take what is missing in its update for a row to create', async () => {
    const upsert = as('ana').article.upsert({
      where: { id: 1 },
      update: { title: 'x', tags: { connect: { id: 2 } } },
      create: { title: 'made', authorId: 1 },
    })
    await expect(upsert).rejects.toMatchObject({ code: 'P2025' })
    expect(await service.unscoped.article.count({ where: { title: { in: ['x', 'made'] } } })).toBe(0)
  })

  test('the answer of a write shows related rows by their own rules', async () => {
    const select = { title: true, tags: ids, author: { select: { name: true } } } as const
    const updated = await as('ana').article.update({ where: { id: 1 }, data: { title: 'x' }, select })
    expect(updated).toEqual({ title: 'x', tags: [{ id: 1 }], author: null })
    const many = await as('ana').article.updateManyAndReturn({
      data: { title: 'y' },
      select: { title: true, author: { select: { name: true } } },
    })
    expect(many).toHaveLength(2)
    expect(many).toEqual(
      expect.arrayContaining([
        { title: 'y', author: null },
        { title: 'y', author: { name: 'Ana' } },
      ]),
    )
    const deleted = await as('ana').article.delete({ where: { id: 1 }, select })
    expect(deleted).toEqual({ title: 'y', tags: [{ id: 1 }], author: null })
  })

  const failing = {
    data: { name: 'half', articles: { create: [{ id: 70 }, { id: 71, tags: { connect: { id: 2 } } }] } },
  }

  test('R66 a tree that fails leaves nothing, also where the caller goes on with his transaction', async () => {
    await expect(as('ana').member.create(failing)).rejects.toMatchObject({ code: 'P2025' })
    await as('ana').$transaction(async (tx) => {
      const calls = [
        tx.tag.create({ data: { id: 60 } }),
        tx.member.create(failing),
        tx.tag.create({ data: { id: 61 } }),
      ]
      const results = await Promise.allSettled(calls)
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    })
    expect(await service.unscoped.member.count({ where: { name: 'half' } })).toBe(0)
    expect(await service.unscoped.article.count({ where: { id: { in: [70, 71] } } })).toBe(0)
    expect(await service.unscoped.tag.count({ where: { id: { in: [60, 61] } } })).toBe(2)
  })

  test('R66 with the savepoint away the same transaction commits half of it', async () => {
    await service.unscoped.$transaction(async (tx) => {
      await tx.member.create({ data: { name: 'half' } })
      await tx.tag.update({ where: { id: 999 }, data: {} }).catch(() => undefined)
    })
    expect(await service.unscoped.member.count({ where: { name: 'half' } })).toBe(1)
  })
})
