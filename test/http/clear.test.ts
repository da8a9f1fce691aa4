import { a, defineData } from '../../src/generated/claimstake.js'
import { startService, type TestService } from '../support/service.js'

let service: TestService
beforeAll(async () => {
  service = await startService()
})
beforeEach(() => service.database.truncate())
afterAll(() => service.stop())

const ana = () => service.caller({ user_id: 'ana' })
const full = {
  owner: 'ana',
  name: 'x',
  sku: 'x',
  price: 1,
  rating: 3,
  weight: 1.5,
  attributes: { size: 1 },
  thumbnail: Buffer.from('x'),
  tags: ['a', 'b'],
  scores: [1],
  releasedAt: new Date(0),
}
const product = async () => `/v1/products/${(await service.unscoped.product.create({ data: full })).id}`
const stored = () => service.unscoped.product.findFirst()

test('clears nullable columns of every type to null and lists to empty ones', async () => {
  const path = await product()
  const names = ['rating', 'weight', 'attributes', 'thumbnail', 'tags', 'scores', 'releasedAt']
  const query = names.map((name) => `clear=${name}`).join('&')
  const answer = await ana()('PATCH', `${path}?${query}`, { body: {} })
  expect(answer.status).toBe(200)
  const cleared = Object.fromEntries(names.map((name) => [name, null]))
  expect(answer.body).toMatchObject({ ...cleared, tags: [], scores: [], name: 'x', version: '2' })
  expect(await stored()).toMatchObject({ ...cleared, tags: [], scores: [], owner: 'ana', version: 2n })
  const [row] = await service.unscoped.$queryRawUnsafe<object[]>('SELECT attributes, tags FROM "Product"')
  expect(row).toEqual({ attributes: null, tags: [] }) // SQL NULL, not JSON's
})

test('takes a comma as well, and other fields in the body', async () => {
  const path = await product()
  const answer = await ana()('PATCH', `${path}?clear=rating,weight&clear=tags`, {
    body: { name: 'y', weight: null },
  })
  expect(answer.body).toMatchObject({ name: 'y', rating: null, weight: null, tags: [] })
})

test.each([
  ['a column that is not nullable', 'name'],
  ['an id', 'id'],
  ['a column the server makes', 'updatedAt'],
  ['the version', 'version'],
  ['a relation or anything else', 'nope'],
  ['nothing', ''],
  ['nothing behind a comma', 'rating,'],
  ['a space', 'rating, weight'],
  ['one twice', 'rating,rating'],
  ['a prototype', '__proto__'],
])('%s is 400', async (_, clear) => {
  const path = await product()
  const answer = await ana()('PATCH', `${path}?clear=${encodeURIComponent(clear)}`, { body: {} })
  expect(answer.status).toBe(400)
  expect(answer.body).toMatchObject({ code: 'INVALID_PARAMETER', errors: [{ parameter: 'clear' }] })
  expect(await stored()).toMatchObject({ rating: 3, version: 1n })
})

test('what is cleared and set as well is 400; other parameters are unknown', async () => {
  const path = await product()
  const both = await ana()('PATCH', `${path}?clear=rating`, { body: { rating: 4 } })
  expect([both.status, (both.body as { code: string }).code]).toEqual([400, 'INVALID_PARAMETER'])
  const other = await ana()('PATCH', `${path}?clear=rating&limit=1`, { body: {} })
  expect([other.status, (other.body as { code: string }).code]).toEqual([400, 'UNKNOWN_PARAMETER'])
  for (const [method, at, body] of [
    ['DELETE', path, undefined],
    ['POST', '/v1/products', { name: 'y', sku: 'y', price: '1' }],
    ['GET', path, undefined],
  ] as const)
    expect((await ana()(method, `${at}?clear=rating`, { body })).body).toMatchObject({
      code: 'UNKNOWN_PARAMETER',
    })
  expect(await stored()).toMatchObject({ rating: 3, version: 1n })
})

test('a body is needed, if only {}', async () => {
  const path = await product()
  expect((await ana()('PATCH', `${path}?clear=rating`)).status).toBe(415)
  expect((await ana()('PATCH', `${path}?clear=rating`, { body: [] })).status).toBe(422)
})

test('a field the caller may not write is 403, in the URL as in the body', async () => {
  const data = { owner: 'ana', name: 'Ana', salary: '1', notes: 'n', bio: 'b' }
  const { id } = await service.unscoped.employee.create({ data })
  const patch = (query: string, body: object = {}) => ana()('PATCH', `/v1/employees/${id}${query}`, { body })
  const [inUrl, inBody] = [await patch('?clear=salary'), await patch('', { salary: null })]
  expect(inUrl.status).toBe(403)
  expect(inUrl.body).toMatchObject({ code: 'FORBIDDEN_FIELD', errors: [{ pointer: '/salary' }] })
  expect(inBody.body).toMatchObject({ code: 'FORBIDDEN_FIELD', errors: [{ pointer: '/salary' }] })
  expect((await patch('?clear=bio')).body).toMatchObject({ bio: null })
  expect(await service.unscoped.employee.findFirst()).toMatchObject({ notes: 'n', bio: null })
})

test('R36 an owner is not cleared, nor a list of owners; a hidden row is 404', async () => {
  const post = await service.unscoped.post.create({ data: { owner: 'ana', postname: 'x', content: 'c' } })
  const project = await service.unscoped.project.create({ data: { name: 'x', owners: ['ana'] } })
  expect((await ana()('PATCH', `/v1/posts/${post.id}?clear=owner`, { body: {} })).status).toBe(403)
  expect((await ana()('PATCH', `/v1/projects/${project.id}?clear=owners`, { body: {} })).status).toBe(403)
  const bo = service.caller({ user_id: 'bo' })
  expect((await bo('PATCH', `/v1/posts/${post.id}?clear=content`, { body: {} })).status).toBe(404)
  expect(await service.unscoped.post.findFirst()).toMatchObject({ owner: 'ana', content: 'c' })
  expect(await service.unscoped.project.findFirst()).toMatchObject({ owners: ['ana'] })
})

test('the document names what can be cleared, and not what nobody may write', async () => {
  const { schemas } = service.db.openApi().components
  expect(schemas['ProductClear']?.enum).toEqual([
    ...['owner', 'weight', 'rating', 'attributes', 'thumbnail', 'tags', 'scores', 'releasedAt'],
  ])
  expect(schemas).not.toHaveProperty('MembershipClear')
  const secret = await startService(
    defineData({
      schema: a.schema({
        Post: a
          .model({ content: a.field().authorization((allow) => allow.owner().to(['create', 'read'])) })
          .authorization((allow) => [allow.owner(), allow.authenticated().to(['update'])]),
      }),
    }),
  )
  try {
    expect(secret.db.openApi().components.schemas['PostClear']?.enum).toEqual(['owner'])
    const { id } = await secret.unscoped.post.create({ data: { postname: 'x', content: 'c' } })
    const [hidden, unknown] = await Promise.all(
      ['content', 'contents'].map((name) =>
        secret.caller({ sub: 'x' })('PATCH', `/v1/posts/${id}?clear=${name}`, { body: {} }),
      ),
    )
    expect([hidden?.status, unknown?.status]).toEqual([400, 400])
    const without = (text = '') => text.replace(/"requestId":"[^"]*"/u, '')
    expect(without(hidden?.text)).toBe(without(unknown?.text))
  } finally {
    await secret.stop()
  }
})
