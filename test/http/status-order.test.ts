import { a, defineData } from '../../src/generated/claimstake.js'
import { startService, type CallOptions, type TestService } from '../support/service.js'
import type { Method } from '../support/test-server.js'

// REST.md section 4: a request that deserves several statuses gets the first of them. Each pair of faults is put into
// one request, on an item, a collection and the batches.

const data = defineData({
  schema: a.schema({
    Product: a
      .model({ rating: a.field().authorization((allow) => allow.group('HR')) })
      .requireIfMatch()
      .authorization((allow) => [allow.owner().identityClaim('user_id'), allow.authenticated().to(['read'])]),
  }),
})

let service: TestService
let [mine, bos] = ['', '']
beforeAll(async () => {
  service = await startService(data)
  const row = (owner: string, sku: string) => ({ owner, sku, name: 'x', price: 1 })
  mine = (await service.unscoped.product.create({ data: row('ana', 'mine') })).id
  bos = (await service.unscoped.product.create({ data: row('bo', 'taken') })).id
})
afterAll(() => service.stop())

/** What can be wrong, in the order of REST.md, with the status it deserves. */
const order = {
  token: 401,
  path: 404,
  method: 405,
  operation: 403,
  size: 413,
  type: 415,
  json: 400,
  parameter: 400,
  ifMatch: 400,
  field: 422,
  forbiddenField: 403,
  noIfMatch: 428,
  missing: 404,
  noId: 404,
  forbiddenRow: 403,
  stale: 412,
  conflict: 409,
} as const
type Fault = keyof typeof order

/** What cannot be wrong at once. */
const exclusive: readonly (readonly Fault[])[] = [
  ['ifMatch', 'noIfMatch', 'stale'],
  ['missing', 'noId', 'forbiddenRow'],
]

interface Route {
  readonly title: string
  readonly method: Method
  readonly path: (id: string) => string
  /** The body with its fields, its row and `If-Match`; none for DELETE. */
  readonly body?: (fields: object, id: string, ifMatch?: string) => object
  readonly without: readonly Fault[]
}

const rowless: readonly Fault[] = ['ifMatch', 'noIfMatch', 'missing', 'noId', 'forbiddenRow', 'stale']
const bodyless: readonly Fault[] = ['size', 'type', 'json', 'field', 'forbiddenField', 'conflict']
const made = { name: 'x', sku: 'new', price: '1' }

const routes: readonly Route[] = [
  {
    title: 'PATCH of an item',
    method: 'PATCH',
    path: (id) => `/v1/products/${id}`,
    body: (fields) => fields,
    without: [],
  },
  { title: 'DELETE of an item', method: 'DELETE', path: (id) => `/v1/products/${id}`, without: bodyless },
  {
    title: 'POST to a collection',
    method: 'POST',
    path: () => '/v1/products',
    body: (fields) => ({ ...made, ...fields }),
    without: rowless,
  },
  {
    title: 'batchCreate',
    method: 'POST',
    path: () => '/v1/products/batchCreate',
    body: (fields) => ({ items: [{ ...made, ...fields }] }),
    without: rowless,
  },
  {
    title: 'batchUpdate',
    method: 'POST',
    path: () => '/v1/products/batchUpdate',
    body: (set, id, ifMatch) => ({ items: [{ id, ...(ifMatch !== undefined && { ifMatch }), set }] }),
    without: [],
  },
  {
    title: 'batchDelete',
    method: 'POST',
    path: () => '/v1/products/batchDelete',
    body: (fields, id, ifMatch) => ({
      items: [{ id, ...(ifMatch !== undefined && { ifMatch }), ...fields }],
    }),
    without: ['forbiddenField', 'conflict'],
  },
]

/** The request of a route with these faults in it. */
function requestOf(route: Route, faults: readonly Fault[]) {
  const has = (fault: Fault) => faults.includes(fault)
  const id = has('missing')
    ? '0199ffff-0000-7000-8000-00000000ffff'
    : has('noId')
      ? 'nope'
      : has('forbiddenRow')
        ? bos
        : mine
  const ifMatch = has('noIfMatch') ? undefined : has('ifMatch') ? 'null' : has('stale') ? stale : '*'
  const fields = {
    ...(has('field') && { nope: 1 }),
    ...(has('forbiddenField') && { rating: 1 }),
    ...(has('conflict') && { sku: 'taken' }),
  }
  const text = JSON.stringify(route.body?.(fields, id, ifMatch))
  const broken = has('json') ? text.slice(1) : text
  const inHeader = ifMatch !== undefined && !route.path('').includes('batch')
  const headers = {
    ...(inHeader && { 'If-Match': ifMatch }),
    ...(has('type') && { 'Content-Type': 'text/plain' }),
    ...(has('token') && { Authorization: 'Bearer x.y.z' }),
  }
  const path = has('path') ? '/v1/nothing' : route.path(id)
  const options: CallOptions = {
    headers,
    ...(route.body && { body: has('size') ? broken.padEnd(300_000) : broken }),
  }
  const caller = service.caller(has('operation') ? { sub: 'nobody' } : { user_id: 'ana' })
  return () =>
    caller(has('method') ? 'PUT' : route.method, has('parameter') ? `${path}?nope=1` : path, options)
}

const stale = '"9-0000000000000000000000"'

describe.each(routes)('$title', (route) => {
  const possible = (Object.keys(order) as Fault[]).filter((fault) => !route.without.includes(fault))
  const isPossible = (pair: readonly Fault[]) =>
    !exclusive.some((group) => pair.every((fault) => group.includes(fault)))

  test('each fault alone has its status', async () => {
    const found: [Fault, number][] = []
    for (const fault of possible) found.push([fault, (await requestOf(route, [fault])()).status])
    expect(found).toEqual(possible.map((fault) => [fault, order[fault]]))
  })

  test('of any two the first one counts', async () => {
    const wrong: string[] = []
    for (const [at, first] of possible.entries()) {
      for (const second of possible.slice(at + 1)) {
        if (!isPossible([first, second])) continue
        const { status } = await requestOf(route, [first, second])()
        if (status !== order[first]) wrong.push(`${first} and ${second}: ${status}`)
      }
    }
    expect(wrong).toEqual([])
  }, 120_000)
})

test('a field that is not acceptable and one that is forbidden are told together, as 422', async () => {
  const answer = await service.caller({ user_id: 'ana' })('PATCH', `/v1/products/${mine}`, {
    body: { rating: 1, price: 1 },
  })
  expect(answer.body).toMatchObject({
    status: 422,
    errors: [
      { pointer: '/price', code: 'invalid' },
      { pointer: '/rating', code: 'forbidden' },
    ],
  })
})

test.each<[string, CallOptions]>([
  ['a content type and no body', { headers: { 'Content-Type': 'application/json' } }],
  ['another content type', { headers: { 'Content-Type': 'text/plain' } }],
  ['the body null', { body: 'null' }],
])('DELETE takes %s', async (_, options) => {
  const { id } = await service.unscoped.product.create({
    data: { owner: 'ana', name: 'x', sku: `${Math.random()}`, price: 1 },
  })
  const headers = { ...options.headers, 'If-Match': '*' }
  const answer = await service.caller({ user_id: 'ana' })('DELETE', `/v1/products/${id}`, {
    ...options,
    headers,
  })
  expect(answer.status).toBe(204)
})
