import { builder } from '../../src/index.js'
import { catalog } from '../../src/generated/catalog.js'
import { comparable } from '../support/comparable.js'
import { startService, type TestAnswer, type TestService } from '../support/service.js'

let service: TestService
beforeAll(async () => {
  service = await startService()
  await service.unscoped.todo.createMany({
    data: Array.from({ length: 30 }, (_, at) => ({
      owner: at % 3 === 0 ? 'bo' : 'ana',
      title: `t${at % 4}`,
      done: at % 2 === 0,
      dueAt: at % 5 === 0 ? null : new Date(Date.UTC(2026, 0, 1 + at)),
    })),
  })
  for (const owner of ['ana', 'bo']) {
    for (const at of [1, 2, 3]) {
      const { id } = await service.unscoped.post.create({ data: { owner, postname: `${owner} ${at}` } })
      await service.unscoped.comment.createMany({
        data: [
          { postId: id, owner: 'ana', body: `ana on ${owner} ${at}` },
          { postId: id, owner: 'bo', body: `bo on ${owner} ${at}` },
        ].slice(0, at),
      })
    }
  }
})
afterAll(() => service.stop())

interface Page {
  items: Record<string, unknown>[]
  nextCursor: string | null
  count?: number
}
const ana = () => service.caller({ user_id: 'ana' })
const ask = (path: string, body: unknown, caller = ana()) => caller('POST', `/v1/${path}/query`, { body })

async function found(path: string, where: unknown): Promise<Record<string, unknown>[]> {
  const answer = await ask(path, { where, limit: 100 })
  expect([answer.status, answer.text]).toEqual([200, expect.anything()])
  return (answer.body as Page).items
}

const faultsOf = ({ status, body }: TestAnswer) => {
  const { code, errors = [] } = body as {
    code: string
    errors?: { pointer?: string; parameter?: string; code: string }[]
  }
  return [status, code, ...errors.map((fault) => `${fault.pointer ?? fault.parameter ?? ''} ${fault.code}`)]
}

describe('R23 count=exact', () => {
  test('counts the rows that paging to the end meets, on every page, and no others', async () => {
    let seen = 0
    for (let cursor = ''; ;) {
      const { body } = await ana()('GET', `/v1/todos?title=t1&limit=3&count=exact${cursor}`)
      const { items, nextCursor, count } = body as Page
      expect(count).toBe(6)
      seen += items.length
      if (nextCursor === null) break
      cursor = `&cursor=${nextCursor}`
    }
    expect(seen).toBe(6)
    expect(await service.unscoped.todo.count({ where: { title: 't1' } })).toBe(8)
  })

  test('in a query too', async () => {
    const { body } = await ask('todos', { where: { title: { in: ['t1', 't2'] } }, limit: 2, count: 'exact' })
    expect(body).toMatchObject({ count: 11 })
    expect((body as Page).items).toHaveLength(2)
  })

  test('nothing is counted unless asked for, and nothing else can be asked', async () => {
    expect((await ana()('GET', '/v1/todos')).body).not.toHaveProperty('count')
    for (const count of ['', 'true', 'exact&count=exact', '1']) {
      const answer = await ana()('GET', `/v1/todos?count=${count}`)
      expect(answer.body).toMatchObject({ status: 400, errors: [{ parameter: 'count' }] })
    }
    expect(faultsOf(await ask('todos', { count: true }))).toEqual([
      400,
      'INVALID_PARAMETER',
      '/count invalid',
    ])
  })
})

describe('a query', () => {
  test('without a filter lists what the list lists, page by page', async () => {
    const whole = (await ana()('GET', '/v1/todos?limit=100&sort=title')).body as Page
    const rows: unknown[] = []
    for (let cursor: string | null | undefined; cursor !== null;) {
      const { body } = await ask('todos', { sort: ['title'], limit: 7, ...(cursor && { cursor }) })
      rows.push(...(body as Page).items)
      cursor = (body as Page).nextCursor
    }
    expect(rows).toEqual(whole.items)
    expect((await ask('todos', {})).body).toEqual((await ana()('GET', '/v1/todos')).body)
  })

  test.each([
    [
      'or',
      { or: [{ title: { eq: 't1' } }, { done: { eq: true } }] },
      (t: string, d: boolean) => t === 't1' || d,
    ],
    [
      'and',
      { and: [{ title: { ne: 't1' } }, { done: { eq: false } }] },
      (t: string, d: boolean) => t !== 't1' && !d,
    ],
    [
      'not',
      { not: { or: [{ title: { eq: 't1' } }, { done: { eq: true } }] } },
      (t: string, d: boolean) => !(t === 't1' || d),
    ],
    [
      'several at once',
      { title: { ne: 't1', startsWith: 't' }, not: { done: { eq: true } } },
      (t: string, d: boolean) => t !== 't1' && !d,
    ],
    ['an empty condition', {}, () => true],
    ['not an empty condition', { not: {} }, () => false],
    ['or with an empty condition', { or: [{}, { title: { eq: 't1' } }] }, () => true],
    ['not or with an empty condition', { not: { or: [{}, { title: { eq: 't1' } }] } }, () => false],
    [
      'five levels',
      { not: { not: { not: { not: { not: { title: { eq: 't1' } } } } } } },
      (t: string) => t !== 't1',
    ],
    ['nin', { title: { nin: ['t1', 't2'] } }, (t: string) => !['t1', 't2'].includes(t)],
    ['null on what is never null', { title: { null: true } }, () => false],
    ['not null on what is never null', { not: { title: { null: true } } }, () => true],
  ] as const)('%s', async (_, where, holds) => {
    const all = (await found('todos', {})) as { id: number; title: string; done: boolean }[]
    expect(all).toHaveLength(20)
    const expected = all.filter(({ title, done }) => holds(title, done))
    expect(await found('todos', where)).toEqual(expected)
  })

  test('NULL is neither equal nor unequal', async () => {
    const at = '2026-01-02T00:00:00Z'
    const due = async (filter: unknown) => (await found('todos', { dueAt: filter })).length
    const [all, none, same] = [20, await due({ null: true }), await due({ eq: at })]
    expect([none > 0, same]).toEqual([true, 1])
    expect(await due({ ne: at })).toBe(all - none - same)
    expect((await found('todos', { not: { dueAt: { eq: at } } })).length).toBe(all - none - same)
    expect(await due({ null: false })).toBe(all - none)
  })
})

describe('fields and include of a query', () => {
  test('are those of the list', async () => {
    const where = { body: { startsWith: 'ana' } }
    const answer = await ask('comments', {
      where,
      sort: ['body'],
      fields: ['body'],
      include: ['post'],
      limit: 2,
    })
    const url = '/v1/comments?body__startsWith=ana&sort=body&fields=body&include=post&limit=2'
    const listed = (await ana()('GET', url)).body as Page
    expect(answer.status).toBe(200)
    expect((answer.body as Page).items).toEqual(listed.items)
    expect(listed.items[0]).toMatchObject({ body: 'ana on ana 1', post: { postname: 'ana 1' } })
  })

  test('go on from page to page, whatever is answered of them', async () => {
    const rows: unknown[] = []
    for (let cursor: string | null | undefined; cursor !== null;) {
      const { body } = await ask('todos', {
        sort: ['title'],
        fields: ['id'],
        limit: 7,
        ...(cursor && { cursor }),
      })
      rows.push(...(body as Page).items)
      cursor = (body as Page).nextCursor
    }
    const whole = (await ana()('GET', '/v1/todos?limit=100&sort=title&fields=id')).body as Page
    expect(rows).toEqual(whole.items)
  })

  test('R21 R22 show no related row that is hidden', async () => {
    const { body } = await ask('posts', { include: ['comments'], sort: ['postname'] })
    const owners = (body as Page).items.map(({ comments }) =>
      (comments as { owner: string }[]).map(({ owner }) => owner),
    )
    expect(owners).toEqual([['ana'], ['ana'], ['ana']])
    const single = (await ask('comments', { include: ['post'] })).body as Page
    expect(single.items.filter(({ post }) => post === null)).toHaveLength(3)
    // The control: without the rules there is more of both.
    expect(await service.unscoped.comment.count({ where: { post: { owner: 'ana' } } })).toBe(5)
  })

  test.each<[string, unknown, ...string[]]>([
    ['an unknown field', { fields: ['nothing'] }, '/fields/0 invalid'],
    ['several', { fields: ['body', 'nothing', 'a,b'] }, '/fields/1 invalid', '/fields/2 invalid'],
    ['a relation as a field', { fields: ['body', 'post'] }, '/fields/1 invalid'],
    ['no field', { fields: [] }, '/fields invalid'],
    ['fields in a text', { fields: 'body' }, '/fields invalid'],
    ['a number', { fields: [1] }, '/fields/0 invalid'],
    ['101 fields', { fields: Array.from({ length: 101 }, () => 'body') }, '/fields invalid'],
    ['an unknown relation', { include: ['post', 'nothing'] }, '/include/1 invalid'],
    ['R20 a loop', { include: ['post.comments.post'] }, '/include/0 invalid'],
    ['a column as a relation', { include: ['body'] }, '/include/0 invalid'],
    ['no relation', { include: [] }, '/include invalid'],
    ['both', { fields: ['x'], include: ['y'], limit: 0 }, '/limit invalid'],
    ['both, with a good limit', { fields: ['x'], include: ['y'] }, '/fields/0 invalid', '/include/0 invalid'],
  ])('%s is 400 with a pointer', async (_, body, ...faults) => {
    expect(faultsOf(await ask('comments', body))).toEqual([400, 'INVALID_PARAMETER', ...faults])
  })
})

describe('R10 no tree leads out of the scope', () => {
  const bos = { owner: { eq: 'bo' } }
  const everything = { or: [{ id: { gt: 0 } }, { id: { lte: 0 } }, bos] }
  const nested = (depth: number, inner: unknown): unknown =>
    depth === 0
      ? inner
      : depth % 2
        ? { not: nested(depth - 1, inner) }
        : { or: [bos, nested(depth - 1, inner)] }

  test.each([1, 2, 3, 4])('at depth %i', async (depth) => {
    for (const inner of [bos, everything, { not: bos }]) {
      const answer = await ask('todos', { where: nested(depth, inner), limit: 100, count: 'exact' })
      if (answer.status === 400) continue
      const { items, count } = answer.body as Page
      expect(new Set(items.map((row) => row['owner']))).not.toContain('bo')
      expect(count).toBe(items.length)
    }
  })

  test('R09 asking for another owner finds nothing', async () => {
    expect(await found('todos', bos)).toEqual([])
    expect(await found('todos', { owner: { in: ['bo', 'cy'] } })).toEqual([])
    // Without the scope it would.
    expect(await service.unscoped.todo.count({ where: { owner: 'bo' } })).toBe(10)
  })
})

describe('R15 a hop is under the scope of the related model', () => {
  test('to one', async () => {
    expect(await found('comments', { post: { postname: { startsWith: 'ana' } } })).toHaveLength(3)
    // Ana has comments on Bo's posts, which she may not list.
    expect(await found('comments', { post: { postname: { startsWith: 'bo' } } })).toEqual([])
    expect(await found('comments', { not: { post: { postname: { startsWith: 'ana' } } } })).toHaveLength(3)
    expect(await found('comments', { post: {} })).toHaveLength(3)
    expect(
      await service.unscoped.comment.count({
        where: { owner: 'ana', post: { postname: { startsWith: 'bo' } } },
      }),
    ).toBe(3)
  })

  test('some and none of many', async () => {
    expect(await found('posts', { comments: { some: { body: { startsWith: 'ana' } } } })).toHaveLength(3)
    // Bo's remarks on her posts are his.
    expect(await found('posts', { comments: { some: { body: { startsWith: 'bo' } } } })).toEqual([])
    expect(await found('posts', { comments: { none: { body: { startsWith: 'bo' } } } })).toHaveLength(3)
    expect(await found('posts', { comments: { some: {}, none: { body: { contains: '2' } } } })).toHaveLength(
      2,
    )
    expect(
      await service.unscoped.post.count({ where: { owner: 'ana', comments: { some: { owner: 'bo' } } } }),
    ).toBe(2)
  })

  test('is one hop, no more', async () => {
    const answer = await ask('posts', { where: { comments: { some: { post: { id: { null: false } } } } } })
    expect(faultsOf(answer)).toEqual([400, 'UNKNOWN_PARAMETER', '/where/comments/some/post unknown'])
  })
})

describe('a body is read strictly', () => {
  const deep = (depth: number): unknown => (depth === 0 ? {} : { not: deep(depth - 1) })
  const many = (count: number) => ({ or: Array.from({ length: count }, () => ({ title: { eq: 'x' } })) })

  test.each<[string, unknown, ...string[]]>([
    ['an unknown member', { filter: {} }, '/filter unknown'],
    ['an unknown field', { where: { nothing: { eq: 1 } } }, '/where/nothing unknown'],
    ['an unknown operator', { where: { title: { like: 'x' } } }, '/where/title/like unknown'],
    ['an operator of another type', { where: { done: { contains: 'x' } } }, '/where/done/contains unknown'],
    ['a value without operator', { where: { title: 'x' } }, '/where/title invalid'],
    ['no operator', { where: { title: {} } }, '/where/title invalid'],
    ['null', { where: { title: { eq: null } } }, '/where/title/eq invalid'],
    ['a wrong type', { where: { id: { eq: '1' } } }, '/where/id/eq invalid'],
    ['out of range', { where: { id: { in: [1, 2 ** 31] } } }, '/where/id/in/1 invalid'],
    ['R12 an operator of Prisma', { where: { title: { not: '' } } }, '/where/title/not unknown'],
    ['R12 an object as value', { where: { title: { eq: { not: '' } } } }, '/where/title/eq invalid'],
    [
      'R12 a reference',
      { where: { title: { eq: { _ref: 'owner', _container: 'Todo' } } } },
      '/where/title/eq invalid',
    ],
    ['R12 set', { where: { title: { set: 'x' } } }, '/where/title/set unknown'],
    ['AND in capitals', { where: { AND: [{ title: { eq: 'x' } }] } }, '/where/AND unknown'],
    ['T4 an empty list', { where: { title: { in: [] } } }, '/where/title/in invalid'],
    ['T4 an empty nin', { where: { title: { nin: [] } } }, '/where/title/nin invalid'],
    ['an empty and', { where: { and: [] } }, '/where/and invalid'],
    ['or of one', { where: { or: {} } }, '/where/or invalid'],
    ['not of a list', { where: { not: [] } }, '/where/not invalid'],
    ['no object', { where: [] }, '/where invalid'],
    ['nothing', { where: null }, '/where invalid'],
    ['a list', [], ' invalid'],
    [
      'too long a list',
      { where: { id: { in: Array.from({ length: 101 }, (_, at) => at) } } },
      '/where/id/in invalid',
    ],
    ['too deep a tree', { where: deep(6) }, '/where/not/not/not/not/not/not invalid'],
    ['too large a tree', { where: many(50) }, '/where invalid'],
    ['a tree of nothing', { where: { and: Array.from({ length: 1000 }, () => ({})) } }, '/where invalid'],
    ['a limit of 0', { limit: 0 }, '/limit invalid'],
    ['a limit in text', { limit: '5' }, '/limit invalid'],
    ['R16 an unknown sort', { sort: ['nothing'] }, '/sort invalid'],
    ['R17 an order object', { sort: [{ title: 'asc' }] }, '/sort/0 invalid'],
    ['R17 nulls', { sort: ['title_desc_nulls'] }, '/sort invalid'],
    ['R17 relevance', { sort: ['_relevance'] }, '/sort invalid'],
    ['a sort that is no list', { sort: 'title' }, '/sort invalid'],
    [
      'every fault',
      { limit: 0, where: { x: 1, title: { eq: 1 } }, y: 2 },
      '/limit invalid',
      '/y unknown',
      '/where/x unknown',
      '/where/title/eq invalid',
    ],
  ])('%s', async (_, body, ...faults) => {
    const code = faults.some((fault) => fault.endsWith('unknown')) ? 'UNKNOWN_PARAMETER' : 'INVALID_PARAMETER'
    expect(faultsOf(await ask('todos', body))).toEqual([400, code, ...faults])
  })

  test('__proto__ is a name like any other', async () => {
    for (const body of [
      '{"where":{"__proto__":{"eq":1}}}',
      '{"where":{"title":{"__proto__":1}}}',
      '{"__proto__":{}}',
    ]) {
      expect((await ask('todos', body)).status).toBe(400)
    }
    for (const key of ['constructor', 'toString', 'hasOwnProperty'])
      expect(faultsOf(await ask('todos', { where: { [key]: { eq: 1 } } }))).toContain(`/where/${key} unknown`)
  })

  test('50 conditions and five levels are not too many', async () => {
    expect((await ask('todos', { where: many(49) })).status).toBe(200)
    expect((await ask('todos', { where: deep(5) })).status).toBe(200)
  })

  test('it takes no parameters, no other content type, no other method', async () => {
    expect((await ana()('POST', '/v1/todos/query?limit=1', { body: {} })).status).toBe(400)
    expect(
      (await ana()('POST', '/v1/todos/query', { body: 'x', headers: { 'Content-Type': 'text/plain' } }))
        .status,
    ).toBe(415)
    expect((await ana()('PUT', '/v1/todos/query', { body: {} })).status).toBe(405)
    expect((await service.caller()('POST', '/v1/todos/query', { body: {} })).status).toBe(401)
  })
})

describe('R27 the cursor of a query', () => {
  const where = { title: { startsWith: 't' }, done: { eq: true } }
  const query = { where, sort: ['title'], limit: 3 }
  const cursor = async () => ((await ask('todos', query)).body as Page).nextCursor ?? ''

  test('is good for the same query only', async () => {
    const good = await cursor()
    const next = await ask('todos', { ...query, cursor: good })
    expect(next.status).toBe(200)
    const turned = { done: { eq: true }, title: { startsWith: 't' } }
    expect((await ask('todos', { ...query, limit: 9, where: turned, cursor: good })).status).toBe(200)
    const others = [
      ask('todos', { ...query, cursor: `${good}A` }),
      ask('todos', { ...query, cursor: good, where: {} }),
      ask('todos', { sort: ['title'], cursor: good }),
      ask('todos', { ...query, cursor: good, where: { ...where, id: { gt: 0 } } }),
      ask('todos', { ...query, cursor: good, where: { not: where } }),
      ask('todos', { ...query, cursor: good, sort: ['title_desc'] }),
      ask('todos', { ...query, cursor: good }, service.caller({ user_id: 'bo' })),
      ask('posts', { cursor: good }),
      ana()('GET', `/v1/todos?sort=title&cursor=${good}`),
      ana()('GET', `/v1/todos?sort=title&title__startsWith=t&done=true&cursor=${good}`),
    ]
    for (const answer of await Promise.all(others))
      expect([answer.status, (answer.body as { code: string }).code]).toEqual([400, 'INVALID_CURSOR'])
  })

  test('of the list with a filter is not good here', async () => {
    const { nextCursor } = (await ana()('GET', '/v1/todos?done=true&limit=2')).body as Page
    expect((await ask('todos', { cursor: nextCursor })).status).toBe(400)
    expect((await ask('todos', { cursor: nextCursor, where: { done: { eq: true } } })).status).toBe(400)
  })
})

/**
 * T1: Ana lists posts and comments, but neither their secret fields nor what a secret relation leads to. Each hidden
 * name, in each place where a name can stand, is refused as one that does not exist, byte for byte.
 */
describe('T1 what is hidden is no oracle', () => {
  const { a, defineData } = builder(catalog)
  const secret = () => a.field().authorization((allow) => allow.group('Staff'))
  const rules = defineData({
    schema: a.schema({
      Post: a.model({ content: secret() }).authorization((allow) => allow.authenticated().to(['read'])),
      Comment: a.model({ body: secret() }).authorization((allow) => allow.authenticated().to(['read'])),
      Product: a
        .model({
          ...{ name: secret(), status: secret(), price: secret(), stock: secret(), weight: secret() },
          ...{ rating: secret(), listed: secret(), attributes: secret(), thumbnail: secret() },
        })
        .authorization((allow) => [allow.authenticated().to(['read'])]),
      Employee: a.model().authorization((allow) => allow.group('Staff')),
    }),
  })
  const closed = defineData({
    schema: a.schema({
      Post: a.model().authorization((allow) => allow.authenticated().to(['read'])),
      Comment: a.model().authorization((allow) => allow.group('Staff')),
    }),
  })
  // The key of a relation is hidden: asking over it would tell what the key holds.
  const keyless = defineData({
    schema: a.schema({
      Post: a.model().authorization((allow) => allow.authenticated().to(['read'])),
      Comment: a.model({ postId: secret() }).authorization((allow) => allow.authenticated().to(['read'])),
    }),
  })
  const services: TestService[] = []
  const under = async (data: typeof rules | typeof closed | typeof keyless) => {
    const started = await startService(data)
    services.push(started)
    const { id } = await started.unscoped.post.create({ data: { postname: 'p', content: 'secret' } })
    await started.unscoped.comment.create({ data: { postId: id, body: 'secret' } })
    return started
  }
  afterAll(async () => {
    for (const each of services) await each.stop()
  })

  const values: Readonly<Record<string, unknown>> = {
    ...{ eq: 'secret', ne: 'x', in: ['secret'], nin: ['x'], null: false, gt: 0, gte: 0, lt: 9, lte: 9 },
    ...{
      contains: 's',
      startsWith: 's',
      endsWith: 't',
      eq__i: 'SECRET',
      contains__i: 'S',
      startsWith__i: 'S',
    },
    ...{
      endsWith__i: 'T',
      has: 'x',
      hasSome: ['x'],
      hasEvery: ['x'],
      empty: true,
      like: '%',
      not: { eq: 1 },
    },
  }
  const tests = [
    ...Object.entries(values).map(([name, value]) => ({ [name]: value })),
    {},
    null,
    'secret',
    ['secret'],
  ]
  const nestings: readonly ((leaf: unknown) => unknown)[] = [
    (leaf) => leaf,
    (leaf) => ({ and: [leaf] }),
    (leaf) => ({ or: [{}, leaf] }),
    (leaf) => ({ not: leaf }),
    (leaf) => ({ or: [{ not: { and: [{ not: leaf }] } }] }),
  ]
  const overPost = nestings.map((nest) => (leaf: unknown) => ({ post: nest(leaf) }))
  const overComments = nestings
    .slice(0, 3)
    .flatMap((nest) => [
      (leaf: unknown) => ({ comments: { some: nest(leaf) } }),
      (leaf: unknown) => ({ not: { comments: { none: nest(leaf) } } }),
    ])

  /** A name as long as another one, so that answers are too. */
  const nobodys = (name: string) => 'x'.repeat(name.length)

  /** The answers are equal but for the name that was sent. */
  function expectSame(hidden: TestAnswer, missing: TestAnswer, name: string) {
    expect([hidden.status, missing.status]).toEqual([400, 400])
    const errors = (hidden.body as { errors: object[] }).errors
    const renamed = JSON.parse(JSON.stringify(errors).replaceAll(name, nobodys(name))) as unknown
    expect(comparable({ ...hidden, body: { ...(hidden.body as object), errors: renamed } })).toEqual(
      comparable(missing),
    )
  }

  async function expectUnknown(
    on: TestService,
    path: string,
    field: string,
    wraps: readonly ((leaf: unknown) => unknown)[],
  ) {
    const caller = on.caller({ user_id: 'ana' })
    for (const wrap of wraps) {
      for (const test of tests) {
        const hidden = await ask(path, { where: wrap({ [field]: test }) }, caller)
        const missing = await ask(path, { where: wrap({ [nobodys(field)]: test }) }, caller)
        expectSame(hidden, missing, field)
      }
    }
  }

  test('R13 hidden columns of every type', async () => {
    const on = await under(rules)
    for (const field of [
      'name',
      'status',
      'price',
      'stock',
      'weight',
      'rating',
      'listed',
      'attributes',
      'thumbnail',
    ])
      await expectUnknown(on, 'products', field, nestings.slice(0, 1))
    await expectUnknown(on, 'posts', 'content', nestings)
    // The control: for who may read it, it is a filter.
    const staff = on.caller({ user_id: 'cy', groups: ['Staff'] })
    expect((await ask('posts', { where: { content: { startsWith: 's' } } }, staff)).body).toMatchObject({
      items: [{}],
    })
    expect((await ask('posts', { where: { content: { startsWith: 'x' } } }, staff)).body).toMatchObject({
      items: [],
    })
  }, 60_000)

  test('R13 in the URL, with each operator', async () => {
    const on = services[0] ?? (await under(rules))
    const caller = on.caller({ user_id: 'ana' })
    for (const operator of [
      '',
      '__in',
      '__null',
      '__gt',
      '__gte',
      '__lt',
      '__lte',
      '__contains',
      '__startsWith',
      '__i',
      '__contains__i',
      '__startsWith__i',
      '__has',
      '__ne',
    ]) {
      for (const [path, field] of [
        ['posts', 'content'],
        ['products', 'name'],
        ['products', 'price'],
      ] as const) {
        const hidden = await caller('GET', `/v1/${path}?${field}${operator}=1`)
        const missing = await caller('GET', `/v1/${path}?${nobodys(field)}${operator}=1`)
        expectSame(hidden, missing, field)
      }
    }
    for (const sort of ['content', 'content_desc']) {
      const hidden = await caller('GET', `/v1/posts?sort=${sort}`)
      expect(comparable(hidden)).toEqual(comparable(await caller('GET', '/v1/posts?sort=nothing')))
      const body = { sort: [sort] }
      expect(comparable(await ask('posts', body, caller))).toEqual(
        comparable(await ask('posts', { sort: ['nothing'] }, caller)),
      )
    }
  }, 60_000)

  test('R18 in fields and include, to the byte', async () => {
    const on = services[0] ?? (await under(rules))
    const caller = on.caller({ user_id: 'ana' })
    for (const [path, hidden, missing] of [
      ['posts', { fields: ['id', 'content'] }, { fields: ['id', 'nothing'] }],
      ['products', { fields: ['name'] }, { fields: ['__proto__'] }],
      ['posts', { include: ['content'] }, { include: ['nothing'] }],
      ['posts', { include: ['comments', 'comments.body'] }, { include: ['comments', 'toString'] }],
    ] as const) {
      const answer = await ask(path, hidden, caller)
      expect(answer.status).toBe(400)
      expect(comparable(answer)).toEqual(comparable(await ask(path, missing, caller)))
    }
    // The control: whoever may read it gets it.
    const staff = on.caller({ user_id: 'cy', groups: ['Staff'] })
    const { body } = await ask('posts', { fields: ['content'] }, staff)
    expect(body).toMatchObject({ items: [{ content: 'secret' }] })
  })

  test('R14 over a relation, to one and to many', async () => {
    const on = services[0] ?? (await under(rules))
    await expectUnknown(on, 'comments', 'content', overPost)
    await expectUnknown(on, 'posts', 'body', overComments)
    // What may be read there is a filter.
    const caller = on.caller({ user_id: 'ana' })
    expect(
      (await ask('comments', { where: { post: { postname: { eq: 'p' } } } }, caller)).body,
    ).toMatchObject({ items: [{}] })
    expect(await on.unscoped.comment.count({ where: { post: { content: { startsWith: 's' } } } })).toBe(1)
  }, 60_000)

  test('a relation to what the caller may not list, or whose key is hidden, does not exist', async () => {
    for (const data of [closed, keyless]) {
      const on = await under(data)
      const caller = on.caller({ user_id: 'ana' })
      for (const filter of [
        { some: {} },
        { none: {} },
        { some: { body: { eq: 'x' } } },
        { every: {} },
        {},
        null,
        { some: { and: [] } },
      ]) {
        for (const nest of nestings) {
          const hidden = await ask('posts', { where: nest({ comments: filter }) }, caller)
          const missing = await ask('posts', { where: nest({ [nobodys('comments')]: filter }) }, caller)
          expectSame(hidden, missing, 'comments')
        }
      }
      expect(await on.unscoped.post.count({ where: { comments: { some: {} } } })).toBe(1)
    }
  }, 60_000)
})
