import { connect, type AddressInfo } from 'node:net'
import { a, defineData } from '../../src/generated/claimstake.js'
import { comparable } from '../support/comparable.js'
import { startService, type TestService } from '../support/service.js'

let service: TestService
beforeAll(async () => {
  service = await startService()
})
beforeEach(() => service.database.truncate())
afterAll(() => service.stop())

const ana = () => service.caller({ user_id: 'ana' })
const moderator = () => service.caller({ user_groups: ['Moderator'] })
const missing = '0199ffff-0000-7000-8000-00000000ffff'
const post = (path: string, items: unknown, caller = ana()) => caller('POST', path, { body: { items } })
const posts = (count: number, owner = 'ana') =>
  service.unscoped.post.createManyAndReturn({
    data: Array.from({ length: count }, (_, at) => ({ owner, postname: `p${at}` })),
  })
const codeOf = ({ status, body }: { status: number; body: unknown }) => [
  status,
  (body as { code?: string }).code,
]
const names = async () =>
  (await service.unscoped.post.findMany({ orderBy: { id: 'asc' } })).map(({ postname }) => postname)

describe('batchCreate', () => {
  test('makes all rows, each stamped, and answers them in order', async () => {
    const items = Array.from({ length: 100 }, (_, at) => ({ postname: `p${at}` }))
    const answer = await post('/v1/posts/batchCreate', items)
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ items: items.map((item) => ({ ...item, owner: 'ana', version: 1 })) })
    expect(await service.unscoped.post.count({ where: { owner: 'ana' } })).toBe(100)
  })

  test('R33 with one foreign owner makes none, and names the item', async () => {
    const answer = await post('/v1/posts/batchCreate', [
      { postname: 'a' },
      { postname: 'b', owner: 'bo' },
      { postname: 'c' },
    ])
    expect(codeOf(answer)).toEqual([403, 'FORBIDDEN_FIELD'])
    expect(answer.body).toMatchObject({ errors: [{ pointer: '/items/1/owner', code: 'forbidden' }] })
    expect(await service.unscoped.post.count()).toBe(0)
  })

  test('R66 a statement that fails undoes those before it', async () => {
    const row = { name: 'x', price: '1' }
    await service.unscoped.product.create({ data: { owner: 'bo', name: 'x', sku: 'taken', price: 1 } })
    const answer = await post('/v1/products/batchCreate', [
      { ...row, sku: 'a' },
      { ...row, sku: 'b' },
      { ...row, sku: 'taken' },
    ])
    expect(codeOf(answer)).toEqual([409, 'CONFLICT'])
    expect(answer.body).toMatchObject({ errors: [{ pointer: '/items/2', code: 'conflict' }] })
    expect(await service.unscoped.product.count()).toBe(1)
  })

  test('R39 a foreign key to a hidden row is as one to nothing', async () => {
    const [hidden] = await posts(1, 'bo')
    const [mine] = await posts(1)
    const answers = await Promise.all(
      [hidden?.id, missing].map((postId) =>
        post('/v1/comments/batchCreate', [
          { postId: mine?.id, body: 'x' },
          { postId, body: 'x' },
        ]),
      ),
    )
    expect(answers[0]?.body).toMatchObject({ status: 422, errors: [{ pointer: '/items/1/postId' }] })
    expect(answers.map(comparable)[0]).toEqual(answers.map(comparable)[1])
    expect(await service.unscoped.comment.count()).toBe(0)
  })

  test('every fault of every item is told at once, and 422 counts before 403', async () => {
    const body = { name: 'x', salary: '1' }
    const refused = await post('/v1/employees/batchCreate', [{ ...body, nope: 1 }, body], hr())
    expect(refused.body).toMatchObject({ status: 422, errors: [{ pointer: '/items/0/nope' }] })
    const forbidden = service.caller({ user_id: 'ana', user_groups: ['HR'] })
    expect((await post('/v1/employees/batchCreate', [body, body], forbidden)).status).toBe(200)
    const both = await post(
      '/v1/employees/batchUpdate',
      [
        { id: missing, set: { salary: '1', bio: 1 } },
        { id: missing, set: { salary: '2' } },
      ],
      ana(),
    )
    expect(codeOf(both)).toEqual([422, 'INVALID_INPUT'])
    const pointers = (both.body as { errors: { pointer: string }[] }).errors.map(({ pointer }) => pointer)
    expect(pointers).toEqual([
      '/items/0/set/bio',
      '/items/1/id',
      '/items/0/set/salary',
      '/items/1/set/salary',
    ])
  })
})

const hr = () => service.caller({ user_groups: ['HR'] })

describe('batchUpdate', () => {
  test('changes all rows and answers in the order sent', async () => {
    const rows = await posts(3)
    const items = rows
      .toReversed()
      .map(({ id }, at) => ({ id: id.toUpperCase(), set: { postname: `n${at}` } }))
    const answer = await post('/v1/posts/batchUpdate', items)
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({
      items: rows.toReversed().map(({ id }, at) => ({ id, postname: `n${at}`, version: 2 })),
    })
  })

  test('ids of numbers and of several columns are written as in a row', async () => {
    const { id } = await service.unscoped.todo.create({ data: { owner: 'ana', title: 'x' } })
    const done = await post('/v1/todos/batchUpdate', [{ id, set: { done: true } }])
    expect(done.body).toMatchObject({ items: [{ id, done: true }] })
    const key = { teamId: 't', userId: 'ana' }
    await service.unscoped.membership.create({ data: key })
    const lead = await post('/v1/memberships/batchUpdate', [{ id: key, set: { role: 'lead' } }], moderator())
    expect(lead.body).toMatchObject({ items: [{ ...key, role: 'lead' }] })
  })

  test.each([
    ['a hidden row', async () => (await posts(1, 'bo'))[0]?.id],
    ['no id at all', () => Promise.resolve('nope')],
    ['an empty id', () => Promise.resolve('')],
    ['NUL', () => Promise.resolve('1e0')],
  ])('R46 an item with %s is told as a missing one; nothing is written', async (_, hidden) => {
    const [first, last] = await posts(2)
    const bad = await hidden()
    const before = await names()
    for (const call of ['batchUpdate', 'batchDelete'] as const) {
      const batch = (id: unknown) =>
        post(
          `/v1/posts/${call}`,
          [first?.id, id, last?.id].map((each) => ({
            id: each,
            ...(call === 'batchUpdate' && { set: { postname: 'x' } }),
          })),
        )
      const [refused, gone] = [await batch(bad), await batch(missing)]
      expect(refused.body).toMatchObject({
        status: 404,
        errors: [{ pointer: '/items/1', code: 'not_found' }],
      })
      expect(comparable(refused)).toEqual(comparable(gone))
      expect(await names()).toEqual(before)
    }
  })

  test('a row that may be seen and not changed is 403 with its item; a changed one 412', async () => {
    const mine = await service.unscoped.product.create({
      data: { owner: 'ana', name: 'x', sku: 'a', price: 1 },
    })
    const bos = await service.unscoped.product.create({
      data: { owner: 'bo', name: 'x', sku: 'b', price: 1 },
    })
    const item = (id: string, ifMatch?: string) => ({ id, ...(ifMatch && { ifMatch }), set: { name: 'y' } })
    const refused = await post('/v1/products/batchUpdate', [item(mine.id), item(bos.id)])
    expect(refused.body).toMatchObject({ status: 403, errors: [{ pointer: '/items/1', code: 'forbidden' }] })
    const stale = await post('/v1/products/batchUpdate', [item(mine.id, '"9-0000000000000000000000"')])
    expect(stale.body).toMatchObject({
      code: 'PRECONDITION_FAILED',
      errors: [{ pointer: '/items/0', code: 'changed' }],
    })
    const both = await post('/v1/products/batchUpdate', [item(bos.id, '"9-0000000000000000000000"')])
    expect(both.status).toBe(403)
    expect(await service.unscoped.product.count({ where: { name: 'x' } })).toBe(2)
  })

  test('an owner that may not be chosen is named in its item', async () => {
    const [row] = await posts(1)
    const answer = await post('/v1/posts/batchUpdate', [{ id: row?.id, set: { owner: 'bo' } }])
    expect(answer.body).toMatchObject({ status: 403, errors: [{ pointer: '/items/0/set/owner' }] })
  })

  test('ifMatch holds each item to its ETag, with and without a version column', async () => {
    const made = await ana()('POST', '/v1/posts', { body: { postname: 'x' } })
    const { id } = made.body as { id: string }
    const write = (ifMatch: string) =>
      post('/v1/posts/batchUpdate', [{ id, ifMatch, set: { postname: 'y' } }])
    expect((await write(made.headers['etag'] ?? '')).status).toBe(200)
    expect((await write(made.headers['etag'] ?? '')).status).toBe(412)
    expect((await write('*')).status).toBe(200)

    const key = { teamId: 't', userId: 'ana' }
    const lead = await moderator()('POST', '/v1/memberships', { body: { ...key, role: 'lead' } })
    const ifMatch = lead.headers['etag'] ?? ''
    const change = (role: string) =>
      post('/v1/memberships/batchUpdate', [{ id: key, ifMatch, set: { role } }], moderator())
    expect((await change('a')).status).toBe(200)
    expect((await change('b')).body).toMatchObject({ status: 412, errors: [{ pointer: '/items/0' }] })
    const gone = await post('/v1/memberships/batchDelete', [{ id: key, ifMatch }], moderator())
    expect(gone.status).toBe(412)
  })

  test.each(['null', 'x', ''])('an ifMatch that is none (%j) is 400 with its item', async (ifMatch) => {
    for (const call of ['batchUpdate', 'batchDelete']) {
      const set = call === 'batchUpdate' && { set: { nope: 1 } }
      const answer = await post(`/v1/posts/${call}`, [{ id: missing, ifMatch, ...set }])
      expect(answer.body).toMatchObject({
        code: 'MALFORMED_REQUEST',
        errors: [{ pointer: '/items/0/ifMatch' }],
      })
    }
  })
})

describe('batchDelete', () => {
  test('deletes all rows: 204', async () => {
    const rows = await posts(3)
    const answer = await post(
      '/v1/posts/batchDelete',
      rows.map(({ id }) => ({ id })),
    )
    expect([answer.status, answer.text]).toEqual([204, ''])
    expect(await names()).toEqual([])
  })

  test('R66 of which one is stale deletes none', async () => {
    const rows = await posts(3)
    const items = rows.map(({ id }, at) => ({
      id,
      ...(at === 2 && { ifMatch: '"7-0000000000000000000000"' }),
    }))
    const answer = await post('/v1/posts/batchDelete', items)
    expect(answer.body).toMatchObject({ status: 412, errors: [{ pointer: '/items/2' }] })
    expect(await names()).toHaveLength(3)
  })
})

describe.each(['batchCreate', 'batchUpdate', 'batchDelete'])('%s', (call) => {
  const path = `/v1/posts/${call}`

  test.each([
    '{}',
    'null',
    '[]',
    '{"items":[]}',
    '{"items":null}',
    '{"items":{}}',
    '{"items":[null]}',
    '"x"',
  ])('R45 the body %s is 422', async (body) => {
    await posts(2)
    expect(codeOf(await ana()('POST', path, { body }))).toEqual([422, 'INVALID_INPUT'])
    expect(await names()).toHaveLength(2)
  })

  test('R45 an unknown key is 422, at the top and in an item', async () => {
    const [row] = await posts(1)
    const item = { batchCreate: { postname: 'x' }, batchDelete: { id: row?.id } }[call] ?? {
      id: row?.id,
      set: {},
    }
    for (const body of [{ items: [item], more: 1 }, { items: [{ ...item, more: 1 }] }])
      expect(codeOf(await ana()('POST', path, { body }))).toEqual([422, 'INVALID_INPUT'])
    expect((await ana()('POST', `${path}?limit=1`, { body: { items: [item] } })).body).toMatchObject({
      code: 'UNKNOWN_PARAMETER',
    })
    expect(await names()).toEqual(['p0'])
  })

  test('R47 more than 100 items are 400, and many more 413: no statement is sent', async () => {
    const items = (count: number) => Array.from({ length: count }, (_, id) => ({ id }))
    for (const count of [101, 10_000]) {
      const answer = await post(`/v1/todos/${call}`, items(count))
      expect(answer.body).toMatchObject({ code: 'MALFORMED_REQUEST', errors: [{ pointer: '/items' }] })
    }
    expect((await post(`/v1/todos/${call}`, items(40_000))).status).toBe(413)
  })
})

test.each([
  ['twice the same', (id: string) => [id, id]],
  ['twice the same in another case', (id: string) => [id, id.toUpperCase()]],
  ['twice what is no id', () => ['x', 'x']],
])('a row %s is 422 naming the later one', async (_, idsOf) => {
  const [row] = await posts(1)
  const ids = idsOf(row?.id ?? '')
  for (const call of ['batchUpdate', 'batchDelete']) {
    const set = call === 'batchUpdate' && { set: { postname: 'x' } }
    const answer = await post(
      `/v1/posts/${call}`,
      ids.map((id) => ({ id, ...set })),
    )
    expect(answer.body).toMatchObject({ status: 422, errors: [{ pointer: '/items/1/id' }] })
  }
  expect(await names()).toEqual(['p0'])
})

test.each([1, null, {}, ['x'], true, { gt: '' }])('R12 the id %j is 422', async (id) => {
  const answer = await post('/v1/posts/batchDelete', [{ id }])
  expect(answer.body).toMatchObject({ status: 422, errors: [{ pointer: '/items/0/id' }] })
  const compound = await post('/v1/memberships/batchDelete', [{ id: { teamId: 't', userId: id, more: id } }])
  expect(compound.status).toBe(422)
})

test('the other methods of a batch path are 405 or about a row of that name', async () => {
  expect((await ana()('GET', '/v1/posts/batchCreate')).status).toBe(404)
  const put = await ana()('PUT', '/v1/memberships/batchCreate')
  expect([put.status, put.headers['allow']]).toEqual([405, 'POST, OPTIONS'])
})

describe('two callers, the same rows in opposite orders', () => {
  const opposite = async (
    send: (items: readonly number[], name: string) => Promise<{ status: number }>,
    rounds = 50,
  ) => {
    const statuses = new Set<number>()
    for (let round = 0; round < rounds; round++) {
      const order = [0, 1, 2, 3]
      const answers = await Promise.all([send(order, `a${round}`), send(order.toReversed(), `b${round}`)])
      for (const { status } of answers) statuses.add(status)
    }
    return [...statuses]
  }

  test('50 times, by id: both are 200', async () => {
    const rows = await posts(4)
    const send = (order: readonly number[], postname: string) =>
      post(
        '/v1/posts/batchUpdate',
        order.map((at) => ({ id: rows[at]?.id, set: { postname } })),
        postname.startsWith('a') ? ana() : moderator(),
      )
    expect(await opposite(send)).toEqual([200])
  }, 60_000)

  test('50 times, without a version column and under If-Match: 200 or 412', async () => {
    const keys = Array.from({ length: 4 }, (_, at) => ({ teamId: 't', userId: `u${at}` }))
    await service.unscoped.membership.createMany({ data: keys })
    const send = async (order: readonly number[], role: string) => {
      const tagOf = async (at: number) =>
        (await moderator()('GET', `/v1/memberships/t/u${at}`)).headers['etag']
      const items = order.map(async (at) => ({ id: keys[at], ifMatch: await tagOf(at), set: { role } }))
      return post('/v1/memberships/batchUpdate', await Promise.all(items), moderator())
    }
    const statuses = await opposite(send)
    expect(statuses.filter((status) => ![200, 412].includes(status))).toEqual([])
    expect(statuses).toContain(200)
  }, 60_000)

  // Postgres looks for a deadlock after a second.
  test('unique values that stand in each other’s way: 200 or 409', async () => {
    const send = (order: readonly number[], name: string) =>
      post(
        '/v1/products/batchCreate',
        order.map((at) => ({ name, sku: `${name.slice(1)}-${at}`, price: '1' })),
      )
    const statuses = await opposite(send, 4)
    expect(statuses.toSorted()).toEqual([200, 409])
    expect(await service.unscoped.product.count()).toBe(4 * 4)
  })

  test('control: the same updates in the order sent end in a deadlock', async () => {
    const rows = await posts(2)
    const write = (order: readonly number[], meet: () => Promise<void>) =>
      service.unscoped.$transaction(async (tx) => {
        for (const at of order) {
          await tx.post.update({ where: { id: rows[at]?.id ?? '' }, data: { content: 'x' } })
          await meet()
        }
      })
    let arrived = 0
    let release: () => void = () => undefined
    const both = new Promise<void>((done) => (release = done))
    const meet = () => {
      if (++arrived === 2) release()
      return both
    }
    const settled = await Promise.allSettled([write([0, 1], meet), write([1, 0], meet)])
    expect(settled.filter(({ status }) => status === 'rejected')).toHaveLength(1)
  })
})

test('R67 a client that leaves does not leave half a batch, nor a connection behind', async () => {
  const rows = await posts(20)
  const token = await service.issuer.token({ user_id: 'ana' })
  for (let round = 0; round < 3; round++) {
    const items = rows.map(({ id }) => ({ id, set: { postname: `r${round}` } }))
    const body = JSON.stringify({ items })
    const socket = connect((service.address as AddressInfo).port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write(
      `POST /v1/posts/batchUpdate HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    await new Promise((done) => setTimeout(done, round * 10))
    socket.destroy()
  }
  // Waits for the locks of all of them, for it writes the same rows; so long as it is told to come again.
  const items = rows.map(({ id }) => ({ id, set: { content: 'last' } }))
  let last = await post('/v1/posts/batchUpdate', items)
  for (let tried = 0; last.status === 503 && tried < 5; tried++)
    last = await post('/v1/posts/batchUpdate', items)
  expect(last.status).toBe(200)
  const stored = await service.unscoped.post.findMany()
  expect(new Set(stored.map(({ postname, version }) => `${postname}/${version}`)).size).toBe(1)
})

describe('under rules of its own', () => {
  let own: TestService
  beforeAll(async () => {
    own = await startService(
      defineData({
        schema: a.schema({
          Post: a
            .model()
            .requireIfMatch()
            .authorization((allow) => allow.owner().identityClaim('user_id')),
          Todo: a
            .model()
            .authorization((allow) => [
              allow.owner().identityClaim('user_id'),
              allow.authenticated().to(['create', 'update']),
            ]),
        }),
      }),
    )
  })
  beforeEach(() => own.database.truncate())
  afterAll(() => own.stop())

  test('R56 without ifMatch in each item it is 428, naming the items', async () => {
    const caller = own.caller({ user_id: 'ana' })
    const made = await caller('POST', '/v1/posts', { body: { postname: 'x' } })
    const { id } = made.body as { id: string }
    const other = await own.unscoped.post.create({ data: { owner: 'ana', postname: 'y' } })
    for (const call of ['batchUpdate', 'batchDelete']) {
      const set = call === 'batchUpdate' && { set: {} }
      const items = [
        { id, ifMatch: '*', ...set },
        { id: other.id, ...set },
      ]
      const answer = await post(`/v1/posts/${call}`, items, caller)
      expect(answer.body).toMatchObject({
        code: 'PRECONDITION_REQUIRED',
        errors: [{ pointer: '/items/1/ifMatch', code: 'required' }],
      })
    }
    expect(await own.unscoped.post.count({ where: { version: 1 } })).toBe(2)
    const ifMatch = made.headers['etag'] ?? ''
    expect((await post('/v1/posts/batchDelete', [{ id, ifMatch }], caller)).status).toBe(204)
    const { schemas } = own.db.openApi().components
    expect(schemas['PostBatchUpdateItem']?.required).toEqual(['id', 'ifMatch', 'set'])
    expect(schemas['TodoBatchUpdateItem']?.required).toEqual(['id', 'set'])
  })

  test('a writer who may not get the rows learns their ids alone', async () => {
    const stranger = own.caller({ user_id: 'bo' })
    const { id } = await own.unscoped.todo.create({ data: { owner: 'ana', title: 'canary' } })
    const changed = await post('/v1/todos/batchUpdate', [{ id, set: { done: true } }], stranger)
    expect([changed.status, changed.body]).toEqual([200, { items: [{ id }] }])
  })
})
