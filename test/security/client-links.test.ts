import { a } from '../support/relations/generated/claimstake.js'
import { startRelationsService, type RelationsService } from '../support/relations/relations-service.js'
import { call, clientOf, dump, rules, startIdsAt, told, type Rules } from './relations-attack.js'

// Links over relations that Prisma keeps a table for, written through the scoped client (SECURITY R88, R40, R41). Ana
// sees Bo's rows and may not write them; Di's are hidden from her.

let service: RelationsService
beforeAll(async () => {
  service = await startRelationsService()
})
beforeEach(async () => {
  await service.database.truncate()
  const { member, team, tag, article } = service.unscoped
  const seen = ['ana']
  await member.createMany({
    data: [
      { id: 1, owner: 'ana', name: 'Ana' },
      { id: 2, owner: 'bo', name: 'Bo', watchers: seen },
      { id: 3, owner: 'ana', name: 'Cy' },
      { id: 4, owner: 'di', name: 'Di' },
      { id: 5, owner: 'bo', name: 'Ed', watchers: seen },
    ],
  })
  await team.createMany({
    data: [
      { id: 1, owner: 'ana' },
      { id: 2, owner: 'bo' },
      { id: 3, owner: 'ana' },
      { id: 5, owner: 'bo' },
    ],
  })
  await tag.createMany({
    data: [
      { id: 2, owner: 'bo' },
      { id: 3, owner: 'ana' },
    ],
  })
  await article.create({ data: { id: 1, owner: 'ana', authorId: 1 } })
  await startIdsAt(service, 100)
})
afterAll(() => service.stop())

const watched = () =>
  a.model().authorization((allow) => [allow.owner(), allow.ownersDefinedIn('watchers').to(['read'])])
const readable = () => a.model().authorization((allow) => [allow.owner(), allow.authenticated().to(['read'])])
const byDefault = rules({ Member: watched(), Team: readable(), Tag: readable() })

/** Ana's update of her member or team 1, answered by its id. */
const update = (client: object, model: string, data: object, id = 1) =>
  told(() => call(client, model, 'update', { where: { id }, data, select: { id: true } }))
const ana = (data: Rules = byDefault) => clientOf(service, data, 'ana')
const done = { result: { id: 1 } }
const refused = (relation: string) => ({
  code: 'FORBIDDEN_FIELD',
  detail: expect.stringContaining(relation) as string,
  errors: [{ pointer: `/${relation}`, code: 'forbidden', detail: 'not writable by you' }],
})

interface Side {
  readonly title: string
  readonly model: 'member' | 'team'
  readonly relation: string
  /** The rules with the exception that opens this side. */
  readonly opened: Rules
}

const sides: readonly Side[] = [
  {
    title: "onto another's list of friends",
    model: 'member',
    relation: 'friendOf',
    opened: rules({ Member: watched().link('friendOf', 'get') }),
  },
  {
    title: 'another as a friend',
    model: 'member',
    relation: 'friends',
    opened: rules({ Member: watched().link('friends', 'get') }),
  },
  {
    title: 'into a team that one can see',
    model: 'member',
    relation: 'teams',
    opened: rules({ Member: watched().link('teams', 'get'), Team: readable() }),
  },
  {
    title: "another into one's own team",
    model: 'team',
    relation: 'members',
    opened: rules({ Member: watched(), Team: readable().link('members', 'get') }),
  },
]

/** Each way to link the row `id`, or to unlink it where it is linked. */
const linking: readonly (readonly [way: string, write: (id: number) => object])[] = [
  ['connect', (id) => ({ connect: { id } })],
  ['connect of several', (id) => ({ connect: [{ id: 3 }, { id }] })],
  ['connectOrCreate', (id) => ({ connectOrCreate: { where: { id }, create: {} } })],
  ['set', (id) => ({ set: [{ id }] })],
]
const unlinking: readonly (readonly [way: string, write: (id: number) => object])[] = [
  ['disconnect', (id) => ({ disconnect: { id } })],
  ['disconnect of several', (id) => ({ disconnect: [{ id: 3 }, { id }] })],
  ['set of nothing', () => ({ set: [] })],
  ['set of another', () => ({ set: [{ id: 3 }] })],
]

describe.each(sides)('R88 $title', ({ model, relation, opened }) => {
  const linked = (ids: readonly number[]) =>
    call(service.unscoped, model, 'update', {
      where: { id: 1 },
      data: { [relation]: { set: ids.map((id) => ({ id })) } },
    })

  test.each(linking)(
    '%s: refused by default, done by the bare client and under .link()',
    async (_, write) => {
      const before = await dump(service)
      expect(await update(ana(), model, { [relation]: write(2) })).toEqual(refused(relation))
      expect(await dump(service)).toEqual(before)
      expect(await update(service.unscoped, model, { [relation]: write(2) })).toEqual(done)
      const attacked = await dump(service)
      expect(attacked).not.toEqual(before)
      await linked([])
      expect(await update(ana(opened), model, { [relation]: write(2) })).toEqual(done)
      expect(await dump(service)).toEqual(attacked)
    },
  )

  test.each(unlinking)(
    '%s: refused by default, done by the bare client and under .link()',
    async (_, write) => {
      await linked([2, 3])
      const before = await dump(service)
      expect(await update(ana(), model, { [relation]: write(2) })).toEqual(refused(relation))
      expect(await dump(service)).toEqual(before)
      expect(await update(service.unscoped, model, { [relation]: write(2) })).toEqual(done)
      const attacked = await dump(service)
      expect(attacked).not.toEqual(before)
      await linked([2, 3])
      expect(await update(ana(opened), model, { [relation]: write(2) })).toEqual(done)
      expect(await dump(service)).toEqual(attacked)
    },
  )

  test.each([...linking, ...unlinking])('%s of rows of her own needs no exception', async (_, write) => {
    await linked([1])
    const before = await dump(service)
    expect(await update(ana(), model, { [relation]: write(3) })).toEqual(done)
    const mine = await dump(service)
    await linked([1])
    expect(await dump(service)).toEqual(before)
    expect(await update(service.unscoped, model, { [relation]: write(3) })).toEqual(done)
    expect(mine).toEqual(await dump(service))
  })
})

test('R88 a row made by the call is linked by the same rules, and by who may create it', async () => {
  const before = await dump(service)
  const made = (data: object) => told(() => call(ana(), 'member', 'create', { data, select: { name: true } }))
  expect(await made({ name: 'New', friendOf: { connect: { id: 2 } } })).toEqual(refused('friendOf'))
  expect(await made({ reports: { create: { teams: { connect: { id: 2 } } } } })).toEqual(refused('teams'))
  expect(await update(ana(), 'member', { teams: { create: { members: { connect: { id: 2 } } } } })).toEqual(
    refused('members'),
  )
  expect(
    await update(ana(), 'member', {
      teams: {
        upsert: { where: { id: 99 }, create: { members: { connect: { id: 2 } } }, update: {} },
      },
    }),
  ).toEqual(refused('members'))
  expect(await dump(service)).toEqual(before)
  const mine = { name: 'New', friendOf: { connect: { id: 3 } }, teams: { create: { name: 'Made' } } }
  expect(await made(mine)).toEqual({ result: { name: 'New' } })
  expect(
    await service.unscoped.team.count({ where: { name: 'Made', members: { some: { name: 'New' } } } }),
  ).toBe(1)
  expect(await service.unscoped.member.count({ where: { id: 3, friends: { some: { name: 'New' } } } })).toBe(
    1,
  )
})

test('R88 who may create rows and not update them links new ones, and no others', async () => {
  const creating = rules({
    Member: watched(),
    Team: a.model().authorization((allow) => allow.authenticated().to(['create', 'read'])),
  })
  expect(await update(ana(creating), 'member', { teams: { create: { name: 'Made' } } })).toEqual(done)
  const team = { name: 'Born', members: { connect: { id: 1 } } }
  expect(await told(() => ana(creating).team.create({ data: team, select: { name: true } }))).toEqual({
    result: { name: 'Born' },
  })
  const before = await dump(service)
  const [made] = await service.unscoped.team.findMany({ where: { name: 'Made' } })
  for (const way of ['connect', 'disconnect'])
    expect(await update(ana(creating), 'member', { teams: { [way]: { id: made?.id } } })).toEqual(
      refused('teams'),
    )
  expect(await dump(service)).toEqual(before)
})

test('R88 the exception opens the side that it names, and rows of this model to nobody', async () => {
  const friends = rules({ Member: watched().link('friends', 'get') })
  const before = await dump(service)
  expect(await update(ana(friends), 'member', { friendOf: { connect: { id: 2 } } })).toEqual(
    refused('friendOf'),
  )
  // From the side of Bo's row it is an update of that.
  expect(await update(ana(friends), 'member', { friends: { connect: { id: 1 } } }, 2)).toMatchObject({
    code: 'FORBIDDEN_OPERATION',
  })
  // Another relation of the same models.
  expect(await update(ana(friends), 'member', { teams: { connect: { id: 2 } } })).toMatchObject({
    code: 'P2025',
  })
  expect(await dump(service)).toEqual(before)
})

test('R88 the right of one field of the other row is not that of the row', async () => {
  const named = rules({
    Member: watched(),
    Team: a
      .model({
        name: a
          .field()
          .authorization((allow) => [allow.owner(), allow.authenticated().to(['create', 'read', 'update'])]),
      })
      .authorization((allow) => [allow.owner(), allow.authenticated().to(['read'])]),
  })
  const before = await dump(service)
  expect(await update(ana(named), 'team', { name: 'Bo’s' }, 2)).toEqual({ result: { id: 2 } })
  await service.unscoped.team.update({ where: { id: 2 }, data: { name: '' } })
  expect(await update(ana(named), 'member', { teams: { connect: { id: 2 } } })).toEqual(refused('teams'))
  expect(await dump(service)).toEqual(before)
  const closed = rules({
    Team: a
      .model({ name: a.field().authorization((allow) => allow.authenticated()) })
      .authorization((allow) => allow.authenticated().to(['read'])),
  })
  const nested = { teams: { create: { name: 'New' } } }
  expect(await update(ana(closed), 'member', nested)).toEqual(refused('teams'))
  expect(await dump(service)).toEqual(before)
  expect(await update(ana(named), 'member', nested)).toEqual(done)
})

describe('R88 a hidden row answers as a missing one', () => {
  const opened = rules({ Member: watched().link('friendOf', 'get').link('friends', 'get') })
  const updatable = rules({
    Member: a.model().authorization((allow) => [allow.owner(), allow.authenticated().to(['update'])]),
  })
  test.each([
    ['by default', byDefault],
    ['under .link()', opened],
    ['and where it could be updated', updatable],
  ])('%s', async (_, data) => {
    await service.unscoped.member.update({
      where: { id: 1 },
      data: { friends: { connect: [{ id: 4 }] }, friendOf: { connect: [{ id: 4 }] } },
    })
    const before = await dump(service)
    for (const relation of ['friends', 'friendOf']) {
      for (const [way, write] of [...linking, ...unlinking]) {
        if (way === 'connectOrCreate' || way.endsWith('of several') || way === 'set of another') continue
        const hidden = await update(ana(data), 'member', { [relation]: write(4) })
        expect(await dump(service)).toEqual(before)
        expect(hidden).toEqual(await update(ana(data), 'member', { [relation]: write(99) }))
        expect(await dump(service)).toEqual(before)
      }
    }
  })

  test('of several, what is hidden stays and what is hers goes', async () => {
    const friends = (ids: readonly number[]) => ({ friends: { set: ids.map((id) => ({ id })) } })
    const stored = async () =>
      (await service.unscoped.member.findUnique({ where: { id: 1 }, include: { friends: true } }))?.friends
        .map(({ id }) => id)
        .sort()
    await service.unscoped.member.update({ where: { id: 1 }, data: friends([1, 2, 3, 4]) })
    // Bo's link is one that she sees and may not take away; kept, it is not written.
    expect(await update(ana(), 'member', friends([3]))).toEqual(refused('friends'))
    expect(await stored()).toEqual([1, 2, 3, 4])
    expect(await update(ana(), 'member', friends([2]))).toEqual(done)
    expect(await stored()).toEqual([2, 4])
    expect(await update(ana(), 'member', friends([2, 3]))).toEqual(done)
    expect(await stored()).toEqual([2, 3, 4])
    expect(await update(ana(opened), 'member', friends([]))).toEqual(done)
    expect(await stored()).toEqual([4])
  })
})

describe('R88 a row that changes hands while the call waits for it', () => {
  test.each([
    ['connect', { connect: { id: 3 } }],
    ['connectOrCreate', { connectOrCreate: { where: { id: 3 }, create: {} } }],
    ['disconnect', { disconnect: { id: 3 } }],
    ['set of nothing', { set: [] }],
  ])('%s is refused, and under .link() goes on as long as it is seen', async (way, write) => {
    const isLinked = !way.startsWith('connect')
    const opened = rules({ Member: watched().link('teams', 'get'), Team: readable() })
    const links = () => service.unscoped.team.count({ where: { id: 3, members: { some: { id: 1 } } } })
    for (const [data, answer] of [
      [byDefault, refused('teams')],
      [opened, done],
    ] as const) {
      const [mine, linked] = [{ where: { id: 3 }, data: { owner: 'ana' } }, isLinked ? [{ id: 1 }] : []]
      await service.unscoped.team.update({ ...mine, data: { ...mine.data, members: { set: linked } } })
      const late = await service.unscoped.$transaction(async (tx) => {
        await tx.team.update({ where: { id: 3 }, data: { owner: 'bo' } })
        const answered = update(ana(data), 'member', { teams: write })
        await service.someoneWaits()
        return { answered }
      })
      expect(await late.answered).toEqual(answer)
      expect(await links()).toBe(isLinked === (data === byDefault) ? 1 : 0)
    }
  })

  test('no call waits for a row that is hidden, nor for one that it is refused anyway', async () => {
    await service.unscoped.$transaction(async (tx) => {
      await tx.member.updateMany({ where: { id: { in: [2, 4] } }, data: { name: 'busy' } })
      expect(await update(ana(), 'member', { friendOf: { connect: { id: 2 } } })).toEqual(refused('friendOf'))
      expect(await update(ana(), 'member', { friendOf: { connect: { id: 4 } } })).toMatchObject({
        code: 'P2025',
      })
    })
  })
})

test('R88 nested at depth it is the same', async () => {
  const before = await dump(service)
  const attacks: readonly (readonly [object, string])[] = [
    [{ articles: { update: { where: { id: 1 }, data: { tags: { connect: { id: 2 } } } } } }, 'tags'],
    [{ articles: { create: { tags: { connect: { id: 2 } } } } }, 'tags'],
    [{ manager: { create: { teams: { connect: { id: 2 } } } } }, 'teams'],
    [{ mentee: { create: { friendOf: { connectOrCreate: { where: { id: 2 }, create: {} } } } } }, 'friendOf'],
    [{ friends: { create: { friends: { connect: { id: 2 } } } } }, 'friends'],
  ]
  for (const [data, relation] of attacks) {
    expect(await update(ana(), 'member', data)).toEqual(refused(relation))
    const upsert = { where: { id: 1 }, create: {}, update: data }
    expect(await told(() => call(ana(), 'member', 'upsert', upsert))).toEqual(refused(relation))
    expect(await dump(service)).toEqual(before)
  }
  for (const [data] of attacks) expect(await update(service.unscoped, 'member', data)).toEqual(done)
})
