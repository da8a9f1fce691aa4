import { a as exampleA, defineData as defineExample } from '../../src/generated/claimstake.js'
import { a, defineData } from '../support/relations/generated/claimstake.js'
import { startRelationsService, type RelationsService } from '../support/relations/relations-service.js'
import { startService, type TestService } from '../support/service.js'
import type { TestAnswer, TestCaller } from '../support/test-server.js'

type Json = Readonly<Record<string, unknown>>
const rowOf = ({ body }: TestAnswer) => body as Json
const itemsOf = ({ body }: TestAnswer) => (body as { items: readonly Json[] }).items
const codeOf = ({ status, body }: TestAnswer) => [status, (body as { code?: string }).code]

/** A refusal without what differs between any two requests. */
const told = ({ status, text = '' }: TestAnswer) => [
  status,
  text.replace(/"(?:requestId|instance)":"[^"]*"/gu, ''),
]

describe('fields', () => {
  let service: TestService
  let id: string
  beforeAll(async () => {
    service = await startService()
    const row = { owner: 'ana', name: 'Ana', bio: 'plants', salary: '4200.50', notes: 'canary notes' }
    id = (await service.unscoped.employee.create({ data: row })).id
    await service.unscoped.employee.create({
      data: { owner: 'bo', name: 'Bo', salary: '3900', notes: 'canary' },
    })
    await service.unscoped.membership.create({ data: { teamId: 't', userId: 'ana' } })
  })
  afterAll(() => service.stop())
  const ana = () => service.caller({ user_id: 'ana' })
  const other = () => service.caller({ sub: 'somebody' })

  test('answers what was asked for, and nothing else', async () => {
    const one = await ana()('GET', `/v1/employees/${id}?fields=name&fields=bio`)
    expect(one.body).toEqual({ name: 'Ana', bio: 'plants' })
    expect((await ana()('GET', `/v1/employees/${id}?fields=bio,name`)).text).toBe(one.text)
    expect((await ana()('GET', '/v1/employees?fields=name&sort=name')).body).toEqual({
      items: [{ name: 'Ana' }, { name: 'Bo' }],
      nextCursor: null,
    })
    expect((await ana()('GET', '/v1/memberships?fields=role')).body).toMatchObject({
      items: [{ role: 'member' }],
    })
  })

  test('pages by fields that are not asked for', async () => {
    const first = await ana()('GET', '/v1/employees?fields=bio&sort=name&limit=1')
    expect(itemsOf(first)).toEqual([{ bio: 'plants' }])
    const { nextCursor } = first.body as { nextCursor: string }
    const second = await ana()(
      'GET',
      `/v1/employees?fields=name&sort=name&limit=1&cursor=${encodeURIComponent(nextCursor)}`,
    )
    expect(second.body).toEqual({ items: [{ name: 'Bo' }], nextCursor: null })
  })

  test('keeps the version in the ETag, and tells one body from another', async () => {
    const whole = await ana()('GET', `/v1/employees/${id}`)
    const some = await ana()('GET', `/v1/employees/${id}?fields=name`)
    const [all = '', part = ''] = [whole.headers['etag'], some.headers['etag']]
    expect(part).toMatch(/^"1-[\w-]{22}"$/u)
    expect(part).not.toBe(all)
    const again = (path: string, etag: string) => ana()('GET', path, { headers: { 'If-None-Match': etag } })
    expect((await again(`/v1/employees/${id}?fields=name`, part)).status).toBe(304)
    expect((await again(`/v1/employees/${id}?fields=name`, all)).status).toBe(200)
    expect((await again(`/v1/employees/${id}`, part)).status).toBe(200)
    const changed = await ana()('PATCH', `/v1/employees/${id}`, {
      body: { bio: 'plants' },
      headers: { 'If-Match': part },
    })
    expect([changed.status, changed.headers['etag']?.slice(0, 3)]).toEqual([200, '"2-'])
  })

  test('R63 the tag of a body one caller may read is no copy for another', async () => {
    const path = `/v1/employees/${id}?fields=name,notes`
    const mine = await ana()('GET', path)
    expect(mine.body).toEqual({ name: 'Ana', notes: 'canary notes' })
    const headers = { 'If-None-Match': mine.headers['etag'] ?? '' }
    const bos = await service.caller({ user_id: 'bo' })('GET', path, { headers })
    expect([bos.status, bos.body]).toEqual([200, { name: 'Ana' }])
    // The control: who may read the same has the same copy.
    expect((await service.caller({ user_groups: ['HR'] })('GET', path, { headers })).status).toBe(304)
  })

  test('R81 leaves a field out of the rows that hide it, whoever names it', async () => {
    const rows = await ana()('GET', '/v1/employees?fields=name,salary,notes&sort=name')
    expect(itemsOf(rows)).toEqual([{ name: 'Ana', salary: '4200.5', notes: 'canary notes' }, { name: 'Bo' }])
    expect((await ana()('GET', '/v1/employees?fields=salary&sort=name_desc')).body).toMatchObject({
      items: [{}, { salary: '4200.5' }],
    })
    const hidden = await other()('GET', '/v1/employees?fields=name&sort=name')
    expect(itemsOf(hidden)).toEqual([{ name: 'Ana' }, { name: 'Bo' }])
    expect((await other()('GET', `/v1/employees/${id}`)).text).not.toMatch(/canary|4200/u)
  })

  test.each(['a list', 'a row'])(
    'R18 T2 of %s, a hidden field reads like one that does not exist',
    async (of) => {
      const path = of === 'a row' ? `/v1/employees/${id}` : '/v1/employees'
      for (const [hidden, unknown] of [
        ['salary', 'sallry'],
        ['name,salary', 'name,sallry'],
        ['salary,name&fields=bio', '__proto__,name&fields=bio'],
        ['salary', 'constructor'],
      ]) {
        const [first, second] = [
          await other()('GET', `${path}?fields=${hidden}`),
          await other()('GET', `${path}?fields=${unknown}`),
        ]
        expect(codeOf(first)).toEqual([400, 'INVALID_PARAMETER'])
        expect(told(first)).toEqual(told(second))
      }
      // The control: to somebody who reads it on some row it is a field like any other.
      expect((await ana()('GET', `${path}?fields=salary`)).status).toBe(200)
    },
  )

  test.each(['fields=', 'fields=name,', 'fields=,', 'fields=Name', 'fields=*', 'include=', 'include=owner'])(
    'nothing is ignored: %s is 400',
    async (query) => {
      for (const path of ['/v1/employees', `/v1/employees/${id}`])
        expect(codeOf(await ana()('GET', `${path}?${query}`))).toEqual([400, 'INVALID_PARAMETER'])
    },
  )

  test.each(['fields=name', 'include=comments'])('%s is no parameter of a write', async (query) => {
    const body = { body: { postname: 'x' } }
    expect(codeOf(await ana()('POST', `/v1/posts?${query}`, body))).toEqual([400, 'UNKNOWN_PARAMETER'])
    expect(codeOf(await ana()('PATCH', `/v1/employees/${id}?${query}`, { body: {} }))).toEqual([
      ...[400, 'UNKNOWN_PARAMETER'],
    ])
    expect(
      codeOf(await service.caller({ user_groups: ['HR'] })('DELETE', `/v1/employees/${id}?${query}`)),
    ).toEqual([400, 'UNKNOWN_PARAMETER'])
  })
})

describe('include over composite owners', () => {
  test('shows the owner of every row by the rules of its own model', async () => {
    const data = defineExample({
      schema: exampleA.schema({
        Post: exampleA.model().authorization((allow) => allow.owner()),
        Comment: exampleA
          .model()
          .authorization((allow) => [
            allow.owner().identityClaim('username'),
            allow.authenticated('userPools').to(['read']),
          ]),
      }),
    })
    const service = await startService(data, { provider: 'userPools' })
    try {
      const post = await service.unscoped.post.create({ data: { owner: 'sub-ana::ana', postname: 'x' } })
      await service.unscoped.comment.create({
        data: { postId: post.id, owner: 'x::y', body: 'kept as it is: its owner has one part' },
      })
      const ana = service.caller({ sub: 'sub-ana', username: 'ana' })
      const answer = await ana('GET', `/v1/posts/${post.id}?include=comments.post`)
      expect(answer.body).toMatchObject({
        owner: 'ana',
        comments: [{ owner: 'x::y', post: { owner: 'ana', postname: 'x' } }],
      })
    } finally {
      await service.stop()
    }
  })
})

const owned = () => a.model().authorization((allow) => allow.owner())
const readable = () => a.model().authorization((allow) => [allow.owner(), allow.authenticated().to(['read'])])
/** Everybody may get a member, and list his own only. */
const gettable = () => a.model().authorization((allow) => [allow.owner(), allow.authenticated().to(['get'])])

const data = defineData({
  schema: a.schema({
    Member: a
      .model({ secret: a.field().authorization((allow) => allow.group('HR')) })
      .authorization((allow) => allow.owner()),
    Profile: owned(),
    Passport: owned(),
    Article: owned(),
    Tag: owned(),
    Label: owned(),
    Labelling: owned(),
    Room: owned(),
    Badge: owned(),
    Slot: owned(),
    Booking: owned(),
  }),
})

let service: RelationsService
let as: (sub: string) => TestCaller
let ana: TestCaller
let bo: TestCaller
beforeAll(async () => {
  service = await startRelationsService()
  as = await service.serve(data)
  ;[ana, bo] = [as('ana'), as('bo')]
})
beforeEach(() => service.database.truncate())
afterAll(() => service.stop())

/** Rows of both owners on both sides of every kind of relation. */
async function fill(): Promise<void> {
  const { unscoped } = service
  const at = new Date('2026-01-01T00:00:00.123Z')
  await unscoped.room.createMany({
    data: [
      { building: 'a', number: 1, owner: 'ana' },
      { building: 'a', number: 2, owner: 'ana' },
      { building: 'b', number: 1, owner: 'bo' },
    ],
  })
  await unscoped.slot.create({ data: { at, owner: 'ana' } })
  await unscoped.booking.createMany({
    data: ['ana', 'bo', 'ana'].map((owner) => ({ owner, slotAt: at })),
  })
  const member = (id: number, owner: string, more: object = {}) => ({
    ...{ id, owner, name: `member ${id} of ${owner}`, email: `${id}@x`, secret: `canary ${id}` },
    ...more,
  })
  await unscoped.member.createMany({
    data: [
      member(1, 'ana'),
      member(2, 'ana', { managerId: 1, mentorId: 1 }),
      member(3, 'bo', { managerId: 1 }),
      member(4, 'ana', { managerId: 3, mentorId: 3 }),
    ],
  })
  await unscoped.badge.createMany({
    data: [1, 2, 3, 4].map((id) => ({
      ...{ id, owner: id % 2 === 0 ? 'bo' : 'ana', memberEmail: `${Math.ceil(id / 2)}@x` },
    })),
  })
  await unscoped.profile.createMany({
    data: [
      { owner: 'bo', memberId: 1, bio: 'canary bio' },
      { owner: 'ana', memberId: 2 },
    ],
  })
  await unscoped.passport.create({ data: { owner: 'ana', memberId: 1 } })
  await unscoped.article.createMany({
    data: [
      { id: 1, owner: 'ana', title: 'one', authorId: 1, editorId: 3, building: 'a', number: 1 },
      { id: 2, owner: 'bo', title: 'canary two', authorId: 1, editorId: 1, building: 'a', number: 1 },
      { id: 3, owner: 'ana', title: 'three', authorId: 3, building: 'b', number: 1 },
      { id: 4, owner: 'ana', title: 'four', authorId: 2, building: 'a', number: 2 },
    ],
  })
  await unscoped.tag.createMany({
    data: ['ana', 'bo', 'ana'].map((owner, index) => ({ id: index + 1, owner })),
  })
  for (const id of [1, 2, 3])
    await unscoped.article.update({
      where: { id },
      data: { tags: { connect: [1, 2, 3].filter((tag) => tag >= id).map((tag) => ({ id: tag })) } },
    })
  await unscoped.member.update({ where: { id: 1 }, data: { friends: { connect: [{ id: 2 }, { id: 3 }] } } })
  await unscoped.member.update({ where: { id: 4 }, data: { friends: { connect: [{ id: 1 }] } } })
  await unscoped.member.update({ where: { id: 3 }, data: { friends: { connect: [{ id: 1 }] } } })
  await unscoped.label.createMany({
    data: [
      { id: 1, owner: 'ana' },
      { id: 2, owner: 'bo' },
    ],
  })
  await unscoped.labelling.createMany({
    data: [
      { articleId: 1, labelId: 1, owner: 'ana' },
      { articleId: 1, labelId: 2, owner: 'ana' },
      { articleId: 4, labelId: 1, owner: 'bo' },
    ],
  })
}

const idsOf: Readonly<Record<string, readonly string[]>> = {
  labellings: ['articleId', 'labelId'],
  rooms: ['building', 'number'],
  slots: ['at'],
}
const pathOf = (collection: string, row: Json) =>
  [
    '/v1',
    collection,
    ...(idsOf[collection] ?? ['id']).map((name) => encodeURIComponent(String(row[name]))),
  ].join('/')

describe('include', () => {
  beforeEach(fill)

  /** Where each relation leads, and by which columns: told here once more, from the schema and not by our code. */
  const links: readonly (readonly [
    string,
    string,
    'one' | 'many',
    string,
    (row: Json, other: Json) => boolean,
  ])[] = [
    ['members', 'manager', 'one', 'members', (row, other) => other['id'] === row['managerId']],
    ['members', 'reports', 'many', 'members', (row, other) => other['managerId'] === row['id']],
    ['members', 'mentor', 'one', 'members', (row, other) => other['id'] === row['mentorId']],
    ['members', 'mentee', 'one', 'members', (row, other) => other['mentorId'] === row['id']],
    ['members', 'profile', 'one', 'profiles', (row, other) => other['memberId'] === row['id']],
    ['members', 'passport', 'one', 'passports', (row, other) => other['memberId'] === row['id']],
    ['members', 'articles', 'many', 'articles', (row, other) => other['authorId'] === row['id']],
    ['members', 'edited', 'many', 'articles', (row, other) => other['editorId'] === row['id']],
    ['members', 'badges', 'many', 'badges', (row, other) => other['memberEmail'] === row['email']],
    ['badges', 'member', 'one', 'members', (row, other) => other['email'] === row['memberEmail']],
    ['articles', 'author', 'one', 'members', (row, other) => other['id'] === row['authorId']],
    ['articles', 'labellings', 'many', 'labellings', (row, other) => other['articleId'] === row['id']],
    ['labellings', 'label', 'one', 'labels', (row, other) => other['id'] === row['labelId']],
    [
      ...(['articles', 'room', 'one', 'rooms'] as const),
      (row, other) => other['building'] === row['building'] && other['number'] === row['number'],
    ],
    [
      ...(['rooms', 'articles', 'many', 'articles'] as const),
      (row, other) => other['building'] === row['building'] && other['number'] === row['number'],
    ],
    ['slots', 'bookings', 'many', 'bookings', (row, other) => other['slotAt'] === row['at']],
    ['bookings', 'slot', 'one', 'slots', (row, other) => other['at'] === row['slotAt']],
  ]

  test.each(links)(
    "R21 R22 %s with %s (%s) shows what the related model's own list shows",
    async (collection, field, kind, target, isLinked) => {
      for (const caller of [ana, bo, as('nobody')]) {
        const others = itemsOf(await caller('GET', `/v1/${target}`))
        const rows = itemsOf(await caller('GET', `/v1/${collection}?include=${field}`))
        const plain = itemsOf(await caller('GET', `/v1/${collection}`))
        const expected = plain.map((row) => {
          const related = others.filter((other) => isLinked(row, other))
          return { ...row, [field]: kind === 'many' ? related : (related[0] ?? null) }
        })
        expect(rows).toEqual(expected)
        for (const [at, row] of expected.entries()) {
          const one = await caller('GET', `${pathOf(collection, row)}?include=${field}`)
          expect(one.body).toEqual(expected[at])
        }
      }
    },
  )

  test.each([
    ['articles', 'tags', 'tags'],
    ['tags', 'articles', 'articles'],
    ['members', 'friends', 'members'],
    ['members', 'friendOf', 'members'],
  ])('R21 many-to-many: %s with %s', async (collection, field, target) => {
    const { unscoped } = service
    const name = collection.slice(0, -1) as 'article' | 'tag' | 'member'
    const table = unscoped[name] as unknown as { findMany(args: object): Promise<Json[]> }
    const linked = await table.findMany({ include: { [field]: true } })
    // The control: without the rules Ana's rows lead to rows that are not hers.
    const reached = linked.filter(({ owner }) => owner === 'ana').flatMap((row) => row[field] as Json[])
    expect(new Set(reached.map(({ owner }) => owner))).toEqual(new Set(['ana', 'bo']))
    for (const caller of [ana, bo, as('nobody')]) {
      const others = itemsOf(await caller('GET', `/v1/${target}`))
      const plain = itemsOf(await caller('GET', `/v1/${collection}`))
      const expected = plain.map((row) => {
        const all = linked.find(({ id }) => id === row['id'])?.[field] as Json[]
        return { ...row, [field]: others.filter(({ id }) => all.some((each) => each['id'] === id)) }
      })
      expect(itemsOf(await caller('GET', `/v1/${collection}?include=${field}`))).toEqual(expected)
      for (const row of expected)
        expect((await caller('GET', `${pathOf(collection, row)}?include=${field}`)).body).toEqual(row)
    }
    expect((await ana('GET', `/v1/${collection}?include=${field}`)).text).not.toContain('canary')
  })

  test('goes two steps: to rows that rows refer to, and to lists', async () => {
    const answer = await ana(
      'GET',
      '/v1/members/1?fields=name&include=articles.room&include=manager,reports.profile,articles.tags',
    )
    expect(answer.body).toMatchObject({
      name: 'member 1 of ana',
      articles: [{ id: 1, room: { building: 'a', number: 1 }, tags: [{ id: 1 }, { id: 3 }] }],
      manager: null,
      reports: [{ id: 2, profile: { owner: 'ana' } }],
    })
    expect(Object.keys(rowOf(answer))).toEqual(
      ['name', 'articles', 'reports', 'manager'].sort(byOrder(answer)),
    )
    const lists = await ana('GET', '/v1/articles?fields=id&include=author.badges')
    expect(itemsOf(lists)).toMatchObject([
      { id: 1, author: { id: 1, badges: [{ id: 1 }] } },
      { id: 3, author: null },
      { id: 4, author: { id: 2, badges: [{ id: 3 }] } },
    ])
  })

  test('leads back, as far as it goes', async () => {
    const answer = await ana('GET', '/v1/articles/1?include=tags.articles')
    expect(rowOf(answer)['tags']).toMatchObject([
      { id: 1, articles: [{ id: 1 }] },
      { id: 3, articles: [{ id: 1 }, { id: 3 }] },
    ])
  })

  test('two to-many relations on a path are for one row', async () => {
    expect((await ana('GET', '/v1/members/1?include=articles.tags')).status).toBe(200)
    expect(codeOf(await ana('GET', '/v1/members?include=articles.tags'))).toEqual([400, 'INVALID_PARAMETER'])
    expect((await ana('GET', '/v1/members?include=articles.author,mentor.articles')).status).toBe(200)
    const { schemas } = service.db(data).openApi().components
    expect(schemas['MemberItemInclude']?.enum).toContain('articles.tags')
    expect(schemas['MemberInclude']?.enum).not.toContain('articles.tags')
    expect(schemas['MemberInclude']?.enum).toContain('articles.author')
  })

  test.each([
    Array.from({ length: 10 }, () => 'reports.manager').join('.'),
    'reports.manager.reports',
    'articles.',
    '.articles',
    'articles..author',
    'Articles',
    'name',
    'secret',
    '_count',
    '__proto__',
    'constructor',
    'articles.constructor',
  ])('R20 include=%s is 400, in the bytes of a relation that does not exist', async (path) => {
    for (const at of ['/v1/members', '/v1/members/1']) {
      const answer = await ana('GET', `${at}?include=${path}`)
      expect(codeOf(answer)).toEqual([400, 'INVALID_PARAMETER'])
      expect(told(answer)).toEqual(told(await ana('GET', `${at}?include=nothing`)))
    }
  })

  test('takes 20 relations at most', async () => {
    const { schemas } = service.db(data).openApi().components
    const all = (schemas['MemberItemInclude']?.enum ?? []) as string[]
    expect((await ana('GET', `/v1/members/1?include=${all.slice(0, 20).join(',')}`)).status).toBe(200)
    expect((await ana('GET', `/v1/members/1?include=${all.slice(0, 21).join(',')}`)).status).toBe(400)
  })

  test('half a foreign key of two columns is 422, and told by both', async () => {
    const answer = await ana('PATCH', '/v1/articles/1', { body: { number: 2 } })
    expect([answer.status, answer.body]).toMatchObject([
      422,
      {
        code: 'INVALID_INPUT',
        errors: [
          { pointer: '/building', code: 'required' },
          { pointer: '/number', code: 'required' },
        ],
      },
    ])
  })

  test('takes 3 to-many relations at most in a list, however they are reached', async () => {
    const three = 'articles,articles.author,edited,reports'
    expect((await ana('GET', `/v1/members?include=${three}`)).status).toBe(200)
    const more = await ana('GET', `/v1/members?include=${three},badges`)
    expect(codeOf(more)).toEqual([400, 'INVALID_PARAMETER'])
    expect(more.text).toContain('takes 3 to-many relations at most in a list')
    expect((await ana('GET', `/v1/members/1?include=${three},badges`)).status).toBe(200)
  })

  test('hides a field of related rows as it does of rows', async () => {
    for (const path of ['/v1/articles?include=author', '/v1/members/1?include=reports.manager']) {
      const { text } = await ana('GET', path)
      expect(text).toContain('member 1 of ana')
      expect(text).not.toContain('canary')
    }
  })

  test('R63 changes the ETag with what the caller sees of related rows', async () => {
    const path = '/v1/articles/1?include=tags'
    const etag = (await ana('GET', path)).headers['etag'] ?? ''
    expect(etag).toMatch(/^"1-/u)
    const again = () => ana('GET', path, { headers: { 'If-None-Match': etag } })
    expect((await again()).status).toBe(304)
    await service.unscoped.tag.update({ where: { id: 2 }, data: { name: 'of another owner' } })
    expect((await again()).status).toBe(304)
    await service.unscoped.tag.update({ where: { id: 1 }, data: { owner: 'bo' } })
    const changed = await again()
    expect([changed.status, rowOf(changed)['tags']]).toEqual([200, [expect.objectContaining({ id: 3 })]])
  })
})

/** Related rows stand in the order of the request: this one only brings the names into the answer's. */
function byOrder(answer: TestAnswer) {
  const order = Object.keys(rowOf(answer))
  return (left: string, right: string) => order.indexOf(left) - order.indexOf(right)
}

describe('include across rules', () => {
  beforeEach(fill)

  test('R19 a model this caller cannot read leads to nobody, and costs no statement', async () => {
    const closed = await service.serve(
      defineData({
        schema: a.schema({
          Member: readable(),
          Profile: a.model().authorization((allow) => allow.group('HR')),
          Article: a.model().authorization((allow) => allow.group('HR')),
          Tag: a.model().authorization((allow) => allow.group('HR')),
        }),
      }),
    )
    service.statements()
    const answer = await closed('ana')('GET', '/v1/members?include=articles,profile&fields=id')
    expect(itemsOf(answer)).toEqual([1, 2, 3, 4].map((id) => ({ id, articles: [], profile: null })))
    expect(service.statements()).toHaveLength(1)
    // One without rules is as unknown as one that does not exist.
    const unknown = await closed('ana')('GET', '/v1/members?include=badges')
    expect(told(unknown)).toEqual(told(await closed('ana')('GET', '/v1/members?include=bodges')))
    expect(unknown.status).toBe(400)
  })

  test('a key that is hidden leads nowhere, on either side', async () => {
    const keyed = await service.serve(
      defineData({
        schema: a.schema({
          Member: a
            .model({ email: a.field().authorization((allow) => allow.owner().to(['read'])) })
            .authorization((allow) => allow.authenticated()),
          Badge: a.model().authorization((allow) => allow.authenticated()),
          Article: a
            .model({ authorId: a.field().authorization((allow) => allow.owner().to(['read'])) })
            .authorization((allow) => allow.authenticated()),
        }),
      }),
    )
    const shown = itemsOf(await keyed('ana')('GET', '/v1/members?include=badges&include=articles&fields=id'))
    const ids = (value: unknown) => (value as Json[]).map(({ id }) => id)
    expect(shown.map((row) => [row['id'], ids(row['badges']), ids(row['articles'])])).toEqual([
      [1, [1, 2], [1]],
      [2, [3, 4], [4]],
      [3, [], [3]],
      [4, [], []],
    ])
    const badges = itemsOf(await keyed('bo')('GET', '/v1/badges?include=member&fields=id'))
    expect(badges.map(({ member }) => member)).toEqual([null, null, null, null])
  })

  test('R22 a single row is shown to whoever may get it, listed or not: its own call is the oracle', async () => {
    const single = await service.serve(
      defineData({ schema: a.schema({ Article: readable(), Member: gettable(), Tag: owned() }) }),
    )
    const closed = await service.serve(
      defineData({ schema: a.schema({ Article: readable(), Member: owned(), Tag: owned() }) }),
    )
    for (const caller of [single('ana'), single('bo'), closed('ana'), closed('bo'), closed('nobody')]) {
      for (const row of itemsOf(await caller('GET', '/v1/articles?include=author,editor'))) {
        for (const [field, key] of [
          ['author', 'authorId'],
          ['editor', 'editorId'],
        ] as const) {
          const own = await caller('GET', `/v1/members/${String(row[key])}`)
          expect(row[field]).toEqual(own.status === 200 ? own.body : null)
        }
      }
    }
  })

  test('many-to-many of a row the caller may get but not list', async () => {
    const single = await service.serve(
      defineData({ schema: a.schema({ Article: gettable(), Tag: readable(), Member: readable() }) }),
    )
    const answer = await single('bo')('GET', '/v1/articles/1?include=tags')
    expect(answer.body).toMatchObject({ id: 1, tags: [{ id: 1 }, { id: 2 }, { id: 3 }] })
    expect(itemsOf(await single('bo')('GET', '/v1/articles'))).toMatchObject([{ id: 2 }])
    // From the other side the articles are a list, and his are what he may list.
    expect(itemsOf(await single('bo')('GET', '/v1/tags?include=articles&fields=id'))).toMatchObject([
      { id: 1, articles: [] },
      { id: 2, articles: [{ id: 2 }] },
      { id: 3, articles: [{ id: 2 }] },
    ])
  })
})

describe('what include costs', () => {
  beforeEach(fill)

  /** The statements of a call, told apart by the table they read. */
  async function sentBy(path: string): Promise<string[]> {
    service.statements()
    expect((await ana('GET', path)).status).toBe(200)
    return service.statements()
  }

  test.each([
    ['/v1/members', 1],
    ['/v1/members?fields=name', 1],
    ['/v1/members?include=articles', 2],
    ['/v1/members/1?include=articles', 2],
    ['/v1/members?include=manager', 2],
    ['/v1/members?include=articles,reports,badges', 4],
    ['/v1/members?include=articles.editor', 3],
    ['/v1/members/1?include=articles.labellings', 3],
    ['/v1/rooms?include=articles', 2],
    ['/v1/articles?include=author.badges', 3],
    ['/v1/articles?include=tags', 3],
    ['/v1/articles/1?include=tags', 3],
  ])('%s: %i statements', async (path, count) => {
    const sent = await sentBy(path)
    expect({ sent, count: sent.length }).toEqual({ sent, count })
  })

  test.each([
    ['/v1/members?include=articles&limit=2', 'Article'],
    ['/v1/members/1?include=articles', 'Article'],
    ['/v1/articles?include=tags&limit=2', 'Tag'],
    ['/v1/articles/1?include=tags', 'Tag'],
    ['/v1/members/1?include=articles.tags', 'Tag'],
  ])('%s fetches no more than it could show of 500 children, and shows 100', async (path, table) => {
    const { article, tag } = service.unscoped
    const ids = Array.from({ length: 500 }, (_, at) => 1000 + at)
    if (table === 'Article')
      await article.createMany({ data: ids.map((id) => ({ id, owner: 'ana', authorId: 1 })) })
    else {
      await tag.createMany({ data: ids.map((id) => ({ id, owner: 'ana' })) })
      await article.update({ where: { id: 1 }, data: { tags: { connect: ids.map((id) => ({ id })) } } })
    }
    service.limits()
    await sentBy(path)
    const sent = service.limits().filter(([text]) => text.includes(`FROM "public"."${table}"`))
    expect(sent.length).toBeGreaterThan(0)
    // One parent is asked for 100; two together for what both could show and one more, then each on its own.
    for (const [, limit] of sent) expect(limit).toBeLessThanOrEqual(path.includes('/1?') ? 101 : 201)
    const rows = path.includes('/1?') ? [rowOf(await ana('GET', path))] : itemsOf(await ana('GET', path))
    const lists = rows.map((row) =>
      table === 'Article' || !path.includes('articles.tags') ? row : (row['articles'] as Json[])[0],
    )
    const [first] = lists
    expect((first?.[table === 'Article' ? 'articles' : 'tags'] as Json[]).length).toBe(100)
    // The other rows have theirs, whatever the first one has.
    if (!path.includes('/1?')) expect(rows[1]?.[table === 'Article' ? 'articles' : 'tags']).not.toEqual([])
  })
})
