import { a } from '../support/relations/generated/claimstake.js'
import { startRelationsService, type RelationsService } from '../support/relations/relations-service.js'
import { call, clientOf, dump, rules, startIdsAt, told } from './relations-attack.js'

// Writes through the scoped client that try to reach rows of another owner, or to tell what is hidden (SECURITY R31
// to R48, R66). Ana attacks; what is Bo's may not change, and a hidden row answers as a missing one.

let service: RelationsService
beforeAll(async () => {
  service = await startRelationsService()
})
beforeEach(async () => {
  await service.database.truncate()
  const { member, tag, article, profile, passport, room, label, labelling } = service.unscoped
  await member.create({ data: { id: 1, owner: 'ana', name: 'Ana', email: 'ana@x', score: 1 } })
  await member.create({
    data: { id: 2, owner: 'bo', name: 'Bo', email: 'bo@x', secret: 's3cret', score: 50 },
  })
  await member.create({ data: { id: 3, owner: 'ana', name: 'Cy', managerId: 1 } })
  await member.create({ data: { id: 4, owner: 'bo', name: 'Di', managerId: 1, mentorId: 1 } })
  await member.create({ data: { id: 5, owner: null, name: 'No', managerId: 1 } })
  await tag.createMany({
    data: [
      { id: 1, owner: 'ana' },
      { id: 2, owner: 'bo' },
      { id: 3, owner: 'ana' },
    ],
  })
  await room.createMany({
    data: [
      { building: 'A', number: 1, owner: 'ana' },
      { building: 'B', number: 2, owner: 'bo' },
    ],
  })
  const tags = { connect: [{ id: 1 }, { id: 2 }] }
  await article.create({ data: { id: 1, owner: 'ana', authorId: 1, tags } })
  await article.create({
    data: { id: 2, owner: 'bo', authorId: 1, editorId: 1, building: 'A', number: 1, tags },
  })
  await profile.create({ data: { id: 1, owner: 'bo', memberId: 1, bio: 'his' } })
  await profile.create({ data: { id: 2, owner: 'ana', memberId: 3 } })
  await passport.create({ data: { id: 1, owner: 'bo', memberId: 2 } })
  await passport.create({ data: { id: 2, owner: 'ana', memberId: 3 } })
  await label.createMany({
    data: [
      { id: 1, owner: 'ana' },
      { id: 2, owner: 'bo' },
    ],
  })
  await labelling.create({ data: { owner: 'bo', articleId: 1, labelId: 1 } })
  await startIdsAt(service, 100)
})
afterAll(() => service.stop())

const owners = rules()
const ana = (data = owners) => clientOf(service, data, 'ana')
const unscoped = () => service.unscoped
const update = (client: object, model: string, id: number, data: object) =>
  told(() => call(client, model, 'update', { where: { id }, data, select: { id: true } }))

/** A nested write on a row that `id` stands for, over every kind of relation. */
type Nested = readonly [title: string, model: string, row: number, data: (id: number) => object]

const nested: readonly Nested[] = [
  ['R40 connect one of many', 'member', 3, (id) => ({ reports: { connect: { id } } })],
  ['R40 connect a parent', 'member', 1, (id) => ({ manager: { connect: { id } } })],
  ['R40 connect over one-to-one', 'member', 3, (id) => ({ mentee: { connect: { id } } })],
  ['R40 connect over one-to-one from the other side', 'member', 3, (id) => ({ mentor: { connect: { id } } })],
  ['R40 connect a friend', 'member', 1, (id) => ({ friends: { connect: { id } } })],
  ['R40 connect whom one is a friend of', 'member', 1, (id) => ({ friendOf: { connect: { id } } })],
  ['R41 set one of many', 'member', 1, (id) => ({ reports: { set: [{ id }] } })],
  ['R41 set friends', 'member', 1, (id) => ({ friends: { set: [{ id }] } })],
  ['R41 disconnect one of many', 'member', 1, (id) => ({ reports: { disconnect: { id } } })],
  ['R41 disconnect a friend', 'member', 1, (id) => ({ friends: { disconnect: { id } } })],
  [
    'R42 update one of many',
    'member',
    1,
    (id) => ({ reports: { update: { where: { id }, data: { name: 'x' } } } }),
  ],
  [
    'R42 updateMany',
    'member',
    1,
    (id) => ({ reports: { updateMany: { where: { id }, data: { name: 'x', score: 1 } } } }),
  ],
  ['R43 delete one of many', 'member', 1, (id) => ({ reports: { delete: { id } } })],
  ['R43 deleteMany', 'member', 1, (id) => ({ reports: { deleteMany: { id } } })],
  [
    'R40 create below with a parent',
    'member',
    1,
    (id) => ({ articles: { create: { editor: { connect: { id } } } } }),
  ],
  ['R40 create below with a foreign key', 'member', 1, (id) => ({ articles: { create: { editorId: id } } })],
  ['R40 createMany below', 'member', 1, (id) => ({ articles: { createMany: { data: [{ editorId: id }] } } })],
  ['R38 a foreign key', 'member', 1, (id) => ({ managerId: id })],
]

describe('nested writes on a hidden row', () => {
  test.each(nested)(
    '%s: nothing changes, and the answer is that for a missing one',
    async (_, model, row, data) => {
      const before = await dump(service)
      const hidden = await update(ana(), model, row, data(4))
      expect(await dump(service)).toEqual(before)
      expect(hidden).toEqual(await update(ana(), model, row, data(99)))
      expect(await update(ana(), model, row, data(5))).toEqual(hidden)
    },
  )

  test.each(nested)('%s: the unscoped client does it', async (_, model, row, data) => {
    if (model === 'member' && JSON.stringify(data(4)).includes('disconnect":{"id"') && 'friends' in data(4))
      await service.unscoped.member.update({ where: { id: 1 }, data: { friends: { connect: { id: 4 } } } })
    const before = await dump(service)
    await update(unscoped(), model, row, data(4))
    expect(await dump(service)).not.toEqual(before)
  })

  test.each([
    ['R40 connectOrCreate', { reports: { connectOrCreate: { where: { id: 4 }, create: { name: 'new' } } } }],
    [
      'R42 upsert',
      { reports: { upsert: { where: { id: 4 }, create: { name: 'new' }, update: { name: 'x' } } } },
    ],
    ['R42 upsert over one-to-one', { profile: { upsert: { create: { bio: 'new' }, update: { bio: 'x' } } } }],
    ['R41 set nothing', { reports: { set: [] }, friends: { set: [] } }],
    ['R42 updateMany of all', { reports: { updateMany: { where: {}, data: { score: 9 } } } }],
    ['R43 deleteMany of all', { articles: { deleteMany: {} } }],
    ['R41 disconnect over one-to-one', { profile: { disconnect: true }, mentee: { disconnect: true } }],
    ['R43 delete over one-to-one', { profile: { delete: true } }],
    ['R41 take the place of a hidden row', { mentee: { connect: { id: 3 } } }],
    ['R40 create in the place of a hidden row', { profile: { create: { bio: 'new' } } }],
  ])('%s leaves what is not hers as it was', async (_, data) => {
    const his = async () => {
      const rows = (await dump(service)) as Record<string, readonly { owner: string | null }[]>
      return Object.values(rows).map((list) => list.filter(({ owner }) => owner !== 'ana'))
    }
    const before = await his()
    await update(ana(), 'member', 1, data)
    expect(await his()).toEqual(before)
  })

  test('R41 what one may only read is not linked or unlinked by its foreign key', async () => {
    const readable = rules({
      Member: a.model().authorization((allow) => [allow.owner(), allow.authenticated().to(['read'])]),
    })
    const before = await dump(service)
    for (const data of [
      { reports: { connect: { id: 2 } } },
      { reports: { disconnect: { id: 4 } } },
      { reports: { set: [] } },
      { mentee: { disconnect: true } },
      { mentee: { connect: { id: 3 } } },
      { mentee: { create: { name: 'new' } } },
    ])
      expect(await update(ana(readable), 'member', 1, data)).toMatchObject({ code: 'FORBIDDEN_OPERATION' })
    expect(await dump(service)).toEqual(before)
  })

  test('R38 R39 two-column foreign keys, by columns and by relation', async () => {
    const before = await dump(service)
    const room = (number: number, building = 'B') => ({ building, number })
    const hidden = await update(ana(), 'article', 1, room(2))
    expect(hidden).toMatchObject({ code: 'INVALID_INPUT' })
    expect(await update(ana(), 'article', 1, room(3))).toEqual(hidden)
    const connect = (to: object) => ({ room: { connect: { building_number: to } } })
    const connected = await update(ana(), 'article', 1, connect(room(2)))
    expect(connected).toMatchObject({ code: 'P2025' })
    expect(await update(ana(), 'article', 1, connect(room(3)))).toEqual(connected)
    expect(await update(ana(), 'article', 1, { number: 2 })).toMatchObject({ code: 'INVALID_INPUT' })
    expect(await dump(service)).toEqual(before)
    expect(await update(unscoped(), 'article', 1, room(2))).toEqual({ result: { id: 1 } })
  })

  test('R38 a foreign key is not set by its column and its relation at once', async () => {
    const before = await dump(service)
    for (const managerId of [2, null, 3]) {
      const twice = { managerId, manager: { connect: { id: 1 } } }
      expect(await update(ana(), 'member', 3, twice)).toMatchObject({ code: 'UNSUPPORTED_ARGUMENT' })
    }
    expect(await dump(service)).toEqual(before)
  })

  test('R31-R33 nested rows are created under their own rules', async () => {
    const before = await dump(service)
    const create = (data: object) => update(ana(), 'member', 1, data)
    for (const owner of ['bo', null, { set: 'bo' }]) {
      expect(await create({ articles: { create: { title: 'x', owner } } })).toMatchObject({
        code: 'FORBIDDEN_FIELD',
      })
      expect(
        await create({ articles: { createMany: { data: [{ title: 'good' }, { title: 'bad', owner }] } } }),
      ).toMatchObject({ code: 'FORBIDDEN_FIELD' })
      expect(await create({ manager: { create: { owner } } })).toMatchObject({ code: 'FORBIDDEN_FIELD' })
      expect(
        await create({ articles: { update: { where: { id: 1 }, data: { tags: { create: { owner } } } } } }),
      ).toMatchObject({ code: 'FORBIDDEN_FIELD' })
    }
    expect(await dump(service)).toEqual(before)
    await service.unscoped.member.update({
      where: { id: 1 },
      data: { articles: { create: { owner: 'bo' } } },
    })
    expect(await service.unscoped.article.count({ where: { owner: 'bo' } })).toBe(2)
  })

  test('R37 R81 rules of fields hold in nested data', async () => {
    const guarded = rules({
      Article: a
        .model({ pay: a.field().authorization((allow) => allow.group('Boss')) })
        .authorization((allow) => allow.owner()),
    })
    const before = await dump(service)
    for (const data of [
      { articles: { create: { pay: 9 } } },
      { articles: { createMany: { data: [{ pay: 9 }] } } },
      { articles: { update: { where: { id: 1 }, data: { pay: 9 } } } },
      { articles: { updateMany: { where: {}, data: { pay: 9 } } } },
      { articles: { upsert: { where: { id: 1 }, create: {}, update: { pay: 9 } } } },
    ])
      expect(await update(ana(guarded), 'member', 1, data)).toMatchObject({ code: 'FORBIDDEN_FIELD' })
    expect(await dump(service)).toEqual(before)
  })

  test('links that Prisma keeps a table for need the right of the model, not of one field', async () => {
    const titled = rules({
      Article: a
        .model({
          title: a
            .field()
            .authorization((allow) => [allow.owner(), allow.authenticated().to(['read', 'update'])]),
        })
        .authorization((allow) => allow.owner()),
    })
    const before = await dump(service)
    for (const way of [
      { set: [] },
      { connect: { id: 3 } },
      { disconnect: { id: 1 } },
      { create: {} },
      { upsert: { where: { id: 99 }, create: {}, update: {} } },
    ])
      expect(await update(ana(titled), 'article', 2, { tags: way })).toMatchObject({
        code: 'FORBIDDEN_FIELD',
      })
    expect(await dump(service)).toEqual(before)
    expect(await update(ana(titled), 'article', 1, { tags: { connect: { id: 3 } } })).toEqual({
      result: { id: 1 },
    })
  })
})

describe('half of a write', () => {
  test('R66 an upsert whose nested write fails does not create a row beside the changed one', async () => {
    const before = await dump(service)
    for (const nested of [{ connect: { id: 4 } }, { delete: { id: 99 } }, { set: [{ id: 2 }] }]) {
      const upsert = {
        where: { id: 1 },
        create: { name: 'made' },
        update: { name: 'changed', reports: nested },
      }
      expect(await told(() => call(ana(), 'member', 'upsert', upsert))).toMatchObject({ code: 'P2025' })
    }
    expect(await dump(service)).toEqual(before)
  })

  test('R66 a nested write that fails takes those before it along', async () => {
    const before = await dump(service)
    const half = {
      name: 'half',
      manager: { create: { name: 'new' } },
      articles: { create: [{ title: 'one' }, { title: 'two', tags: { connect: { id: 2 } } }] },
    }
    expect(await told(() => ana().member.create({ data: half }))).toMatchObject({ code: 'P2025' })
    expect(await update(ana(), 'member', 3, { ...half, manager: {} })).toMatchObject({ code: 'P2025' })
    expect(await dump(service)).toEqual(before)
  })

  test('R66 the second call of a transaction denied, the first is undone', async () => {
    const before = await dump(service)
    const both = ana().$transaction(async (tx) => {
      await tx.member.update({ where: { id: 1 }, data: { name: 'half' } })
      await tx.member.update({ where: { id: 2 }, data: { name: 'half' } })
    })
    await expect(both).rejects.toMatchObject({ code: 'P2025' })
    expect(await dump(service)).toEqual(before)
  })

  test('the array form of a transaction refuses calls of several statements before any is sent', async () => {
    const before = await dump(service)
    const client = ana()
    const first = () => client.member.update({ where: { id: 1 }, data: { name: 'half' } })
    const several: readonly (() => Promise<unknown>)[] = [
      () =>
        client.member.update({
          where: { id: 1 },
          data: { reports: { updateMany: { where: {}, data: {} } } },
        }),
      () => client.member.create({ data: { articles: { create: {} } } }),
      () => client.member.update({ where: { id: 1 }, data: { managerId: 3 } }),
      () => client.member.upsert({ where: { id: 1 }, create: {}, update: {} }),
      () => client.member.update({ where: { id: 1 }, data: {}, include: { reports: true } }),
      () => client.tag.delete({ where: { id: 1 }, include: { articles: true } }),
      () => client.member.findMany({ cursor: { id: 1 } }),
      () => service.unscoped.member.deleteMany(),
    ]
    for (const call of several) {
      await expect(client.$transaction([first(), call()] as never)).rejects.toMatchObject({
        code: 'UNSUPPORTED_ARGUMENT',
      })
      expect(await dump(service)).toEqual(before)
    }
    expect(await client.$transaction([first(), client.member.count()])).toMatchObject([{ name: 'half' }, 2])
  })

  test('arguments changed after the call change nothing', async () => {
    const where = { id: 1 }
    const data: { name: string; reports?: object } = { name: 'meant' }
    const call = ana().member.update({ where, data })
    Object.assign(where, { id: 2 })
    Object.assign(data, { name: 'late', owner: 'bo' })
    await call
    expect(
      await service.unscoped.member.findMany({ where: { name: { in: ['meant', 'late'] } } }),
    ).toMatchObject([{ id: 1, name: 'meant', owner: 'ana' }])
  })
})

describe('writes as oracles', () => {
  test('T1 what a write searches by is what the caller may read, though he may write more', async () => {
    const writing = rules({
      Member: a
        .model()
        .authorization((allow) => [allow.owner(), allow.authenticated().to(['update', 'delete'])]),
    })
    const before = await dump(service)
    const wheres = [
      { id: 2, secret: { startsWith: 's3' } },
      { id: 2, secret: { startsWith: 'zz' } },
      { id: 2, NOT: { secret: { startsWith: 's3' } } },
      { email: 'bo@x' },
      { email: 'nobody@x' },
      { id: 2, reports: { none: {} } },
    ]
    for (const where of wheres) {
      const tried = (method: string, more: object) =>
        told(() => call(ana(writing), 'member', method, { where, ...more }))
      expect(await tried('update', { data: { name: 'x' } })).toMatchObject({ code: 'P2025' })
      expect(await tried('update', { data: { reports: { updateMany: [] } } })).toMatchObject({
        code: 'P2025',
      })
      expect(await tried('delete', {})).toMatchObject({ code: 'P2025' })
    }
    expect(await dump(service)).toEqual(before)
    expect(await update(ana(writing), 'member', 2, { name: 'x' })).toEqual({ result: { id: 2 } })
    const found = { where: { id: 2, secret: { startsWith: 's3' } }, data: { name: 'y' } }
    expect(await service.unscoped.member.update(found)).toMatchObject({ name: 'y' })
  })

  test('T1 arithmetic on a field one may write but not read is refused: a result out of range would tell it', async () => {
    const scored = (...read: ('read' | 'update')[]) =>
      rules({
        Member: a
          .model({
            score: a.field().authorization((allow) => [allow.owner(), allow.group('Scorer').to(read)]),
          })
          .authorization((allow) => [allow.owner(), allow.authenticated().to(['read'])]),
      })
    const before = await dump(service)
    const scorer = clientOf(service, scored('update'), 'ana', ['Scorer'])
    for (const score of [
      { increment: 2147483647 - 50 },
      { increment: 2147483647 - 49 },
      { decrement: 0 },
      { multiply: 2 },
      { divide: 0 },
    ]) {
      expect(await update(scorer, 'member', 2, { score })).toMatchObject({ code: 'FORBIDDEN_FIELD' })
      expect(await told(() => scorer.member.updateMany({ where: { id: 2 }, data: { score } }))).toEqual({
        result: { count: 0 },
      })
      const writer = clientOf(
        service,
        rules({ Member: a.model().authorization((allow) => allow.owner().to(['update'])) }),
        'bo',
      )
      expect(await update(writer, 'member', 2, { score })).toMatchObject({ code: 'UNSUPPORTED_ARGUMENT' })
    }
    expect(await dump(service)).toEqual(before)
    expect(await update(scorer, 'member', 2, { score: 3 })).toEqual({ result: { id: 2 } })
    const reader = clientOf(service, scored('read', 'update'), 'ana', ['Scorer'])
    expect(await update(reader, 'member', 2, { score: { increment: 1 } })).toEqual({ result: { id: 2 } })
    await service.unscoped.member.update({ where: { id: 2 }, data: { score: 50 } })
    const add = (n: number) => update(unscoped(), 'member', 2, { score: { increment: 2147483647 - n } })
    expect(await add(49)).toMatchObject({ code: 'P2020' })
    expect(await add(50)).toEqual({ result: { id: 2 } })
  })

  test('T1 a foreign key to a hidden column is refused as one to a missing value', async () => {
    const hiding = rules({
      Member: a
        .model({ email: a.field().authorization((allow) => allow.owner()) })
        .authorization((allow) => [allow.owner(), allow.authenticated().to(['read'])]),
    })
    await service.unscoped.badge.create({ data: { id: 1, owner: 'ana' } })
    const before = await dump(service)
    const badge = (memberEmail: string) => told(() => ana(hiding).badge.create({ data: { memberEmail } }))
    const refused = await badge('bo@x')
    expect(refused).toMatchObject({ code: 'INVALID_INPUT' })
    expect(await badge('nobody@x')).toEqual(refused)
    // Linked by the row's id, the foreign key would say what the column holds.
    expect(await update(ana(hiding), 'badge', 1, { member: { connect: { id: 2 } } })).toEqual(refused)
    expect(await dump(service)).toEqual(before)
    expect(await update(ana(hiding), 'badge', 1, { member: { connect: { id: 1 } } })).toEqual({
      result: { id: 1 },
    })
    expect(await update(unscoped(), 'badge', 1, { memberEmail: 'bo@x' })).toEqual({ result: { id: 1 } })
    expect(await update(unscoped(), 'badge', 1, { memberEmail: 'nobody@x' })).toMatchObject({ code: 'P2003' })
  })

  test('R39 foreign keys to points in time are told apart to the millisecond', async () => {
    const [his, hers] = [new Date(1000), new Date(1001)]
    await service.unscoped.slot.createMany({
      data: [
        { at: his, owner: 'bo' },
        { at: hers, owner: 'ana' },
      ],
    })
    const book = (client: object, at: readonly Date[]) =>
      told(() => call(client, 'booking', 'createMany', { data: at.map((slotAt) => ({ slotAt })) }))
    for (const both of [
      [his, hers],
      [hers, his],
      [his, his],
    ])
      expect(await book(ana(), both)).toMatchObject({ code: 'INVALID_INPUT' })
    expect(await service.unscoped.booking.count()).toBe(0)
    expect(await book(ana(), [hers, hers])).toEqual({ result: { count: 2 } })
    expect(await book(unscoped(), [his, hers])).toEqual({ result: { count: 2 } })
  })
})
