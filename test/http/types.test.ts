import { startService, type TestService } from '../support/service.js'

let service: TestService
beforeAll(async () => {
  service = await startService()
})
beforeEach(() => service.database.truncate())
afterAll(() => service.stop())

const ana = () => service.caller({ user_id: 'ana' })

const full = {
  name: '𝒩ame with "quotes" and ünïcode',
  sku: 'A-1',
  status: 'active',
  price: '1234567890.12',
  stock: '9223372036854775807',
  weight: 0.1,
  rating: -5,
  listed: true,
  // Keys that mean something to Prisma elsewhere are data here.
  attributes: {
    a: [1, null, { b: 'c' }],
    _ref: 'x',
    _container: 'Post',
    $type: 'Raw',
    set: 1,
    equals: { x: 2 },
  },
  thumbnail: 'AAEC/w==',
  tags: ['a', 'b'],
  scores: [1, -1],
  releasedAt: '2026-02-28T23:30:00.123+02:00',
}

test('every type of column travels there and back', async () => {
  const created = await ana()('POST', '/v1/products', {
    body: full,
  })
  expect(created.status).toBe(201)
  expect(created.body).toMatchObject({
    ...full,
    owner: 'ana',
    version: '1',
    releasedAt: '2026-02-28T21:30:00.123Z',
  })
  const path = created.headers['location'] ?? ''
  expect((await ana()('GET', path)).body).toEqual(created.body)
})

test('null clears, also a Json column and a list', async () => {
  const created = await ana()('POST', '/v1/products', { body: full })
  const cleared = {
    weight: null,
    rating: null,
    attributes: null,
    thumbnail: null,
    tags: null,
    releasedAt: null,
  }
  const patched = await ana()('PATCH', created.headers['location'] ?? '', { body: cleared })
  expect(patched.status).toBe(200)
  expect(patched.body).toMatchObject({ ...cleared, tags: [], version: '2' })
  const stored = await service.unscoped.product.findFirst()
  expect(stored).toMatchObject({ attributes: null, tags: [], version: 2n })
})

test('what is left out has its default, and a list that is left out is empty', async () => {
  const created = await ana()('POST', '/v1/products', { body: { name: 'x', sku: 'B', price: '1' } })
  expect(created.body).toMatchObject({
    status: 'draft',
    stock: '0',
    listed: false,
    tags: [],
    scores: [],
    rating: null,
  })
})

test('R48 a unique value that is taken is a 409 that names nobody', async () => {
  await service.unscoped.product.create({ data: { owner: 'bo', name: 'secret', sku: 'TAKEN', price: '1' } })
  const answer = await ana()('POST', '/v1/products', { body: { name: 'x', sku: 'TAKEN', price: '1' } })
  expect([answer.status, (answer.body as { code: string }).code]).toEqual([409, 'CONFLICT'])
  expect(answer.text).not.toMatch(/sku|bo"|secret|constraint|unique/iu)
})

test('a required owner for a caller whose token names nobody is 422 naming it', async () => {
  const { builder } = await import('../../src/index.js')
  const { catalog } = await import('../../src/generated/catalog.js')
  const { a, defineData } = builder(catalog)
  const data = defineData({
    schema: a.schema({
      Todo: a
        .model()
        .authorization((allow) => [allow.owner().identityClaim('user_id'), allow.group('Admin')]),
    }),
  })
  const own = await startService(data)
  try {
    const answer = await own.caller({ groups: ['Admin'] })('POST', '/v1/todos', { body: { title: 'x' } })
    expect(answer.status).toBe(422)
    expect(answer.body).toMatchObject({ errors: [{ pointer: '/owner', code: 'required' }] })
    const named = await own.caller({ groups: ['Admin'] })('POST', '/v1/todos', {
      body: { title: 'x', owner: 'bo' },
    })
    expect(named.body).toMatchObject({ owner: 'bo' })
  } finally {
    await own.stop()
  }
})

test('an Int id is a number, and its default order is newest first', async () => {
  for (const title of ['one', 'two']) await ana()('POST', '/v1/todos', { body: { title } })
  const { body } = await ana()('GET', '/v1/todos')
  expect(body).toMatchObject({
    items: [
      { id: 2, title: 'two' },
      { id: 1, title: 'one' },
    ],
  })
})

test('a compound id is a path of its parts, encoded', async () => {
  const mo = service.caller({ user_groups: ['Moderator'] })
  const created = await mo('POST', '/v1/memberships', { body: { teamId: 'a/b', userId: 'ü 1' } })
  expect(created.headers['location']).toBe('/v1/memberships/a%2Fb/%C3%BC%201')
  expect((await mo('GET', created.headers['location'] ?? '')).body).toMatchObject({
    teamId: 'a/b',
    userId: 'ü 1',
  })
  expect(
    (await mo('PATCH', created.headers['location'] ?? '', { body: { role: 'lead' } })).body,
  ).toMatchObject({ role: 'lead' })
})

test('an empty patch changes nothing but the version', async () => {
  const created = await ana()('POST', '/v1/posts', { body: { postname: 'x' } })
  const patched = await ana()('PATCH', created.headers['location'] ?? '', { body: {} })
  expect(patched.body).toMatchObject({ postname: 'x', version: 2 })
})
