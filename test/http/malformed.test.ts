import { randomBytes } from 'node:crypto'
import { startService, type CallOptions, type TestService } from '../support/service.js'

let service: TestService
beforeAll(async () => {
  service = await startService()
  await service.unscoped.post.create({ data: { id, owner: 'ana', postname: 'x' } })
})
afterAll(() => service.stop())

const id = '0199aaaa-0000-7000-8000-000000000001'
const json = { 'Content-Type': 'application/json' }
/** Text that does not compress: what an index refuses beyond some 2,700 bytes. */
const noise = randomBytes(9000).toString('base64')
const deep = `${'['.repeat(40_000)}${']'.repeat(40_000)}`

type Row = readonly [string, 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT', string, CallOptions, number, string]

const malformed: readonly Row[] = [
  ['unknown path', 'GET', '/v1/nothing', {}, 404, 'NOT_FOUND'],
  ['a prototype as model', 'GET', '/v1/__proto__', {}, 404, 'NOT_FOUND'],
  ['toString as model', 'GET', '/v1/toString', {}, 404, 'NOT_FOUND'],
  ['outside the base path', 'GET', '/posts', {}, 404, 'NOT_FOUND'],
  ['the base path in another case', 'GET', '/V1/posts', {}, 404, 'NOT_FOUND'],
  ['trailing slash', 'GET', '/v1/posts/', {}, 404, 'NOT_FOUND'],
  ['two slashes', 'GET', '/v1//posts', {}, 404, 'NOT_FOUND'],
  ['encoded slash', 'GET', `/v1/posts%2f${id}`, {}, 404, 'NOT_FOUND'],
  ['other case', 'GET', '/v1/Posts', {}, 404, 'NOT_FOUND'],
  ['too long a path', 'GET', `/v1/posts/${id}/x`, {}, 404, 'NOT_FOUND'],
  ['too short a compound id', 'GET', '/v1/memberships/x', {}, 404, 'NOT_FOUND'],
  ['broken percent-encoding in the path', 'GET', '/v1/posts/%zz', {}, 400, 'MALFORMED_REQUEST'],
  ['broken percent-encoding in the query', 'GET', '/v1/posts?postname=%zz', {}, 400, 'MALFORMED_REQUEST'],
  ['invalid UTF-8 in the query', 'GET', '/v1/posts?postname=%ff', {}, 400, 'MALFORMED_REQUEST'],
  ['NUL in the query', 'GET', '/v1/posts?postname=%00', {}, 400, 'MALFORMED_REQUEST'],
  ['PUT', 'PUT', `/v1/posts/${id}`, { body: {} }, 405, 'METHOD_NOT_ALLOWED'],
  ['PATCH of a collection', 'PATCH', '/v1/posts', { body: {} }, 405, 'METHOD_NOT_ALLOWED'],
  ['POST to an item', 'POST', `/v1/posts/${id}`, { body: {} }, 405, 'METHOD_NOT_ALLOWED'],
  [
    'a method override',
    'POST',
    `/v1/posts/${id}`,
    { body: {}, headers: { 'X-HTTP-Method-Override': 'DELETE' } },
    405,
    'METHOD_NOT_ALLOWED',
  ],
  ['unknown parameter', 'GET', '/v1/posts?nope=1', {}, 400, 'UNKNOWN_PARAMETER'],
  ['parameter of a get', 'GET', `/v1/posts/${id}?limit=1`, {}, 400, 'UNKNOWN_PARAMETER'],
  [
    'parameter of a create',
    'POST',
    '/v1/posts?limit=1',
    { body: { postname: 'x' } },
    400,
    'UNKNOWN_PARAMETER',
  ],
  ['operator in brackets', 'GET', '/v1/posts?owner[not]=x', {}, 400, 'UNKNOWN_PARAMETER'],
  ['relation as filter', 'GET', '/v1/comments?post=x', {}, 400, 'UNKNOWN_PARAMETER'],
  ['Json as filter', 'GET', '/v1/products?attributes=x', {}, 400, 'UNKNOWN_PARAMETER'],
  ['repeated filter', 'GET', '/v1/posts?postname=a&postname=b', {}, 400, 'INVALID_PARAMETER'],
  ['repeated limit', 'GET', '/v1/posts?limit=1&limit=2', {}, 400, 'INVALID_PARAMETER'],
  ['limit 0', 'GET', '/v1/posts?limit=0', {}, 400, 'INVALID_PARAMETER'],
  ['limit -1', 'GET', '/v1/posts?limit=-1', {}, 400, 'INVALID_PARAMETER'],
  ['limit 1e3', 'GET', '/v1/posts?limit=1e3', {}, 400, 'INVALID_PARAMETER'],
  ['limit empty', 'GET', '/v1/posts?limit=', {}, 400, 'INVALID_PARAMETER'],
  ['cursor empty', 'GET', '/v1/posts?cursor=', {}, 400, 'INVALID_PARAMETER'],
  ['sort empty', 'GET', '/v1/posts?sort=', {}, 400, 'INVALID_PARAMETER'],
  ['sort twice the same', 'GET', '/v1/posts?sort=id&sort=id', {}, 400, 'INVALID_PARAMETER'],
  ['sort both ways', 'GET', '/v1/posts?sort=id,id_desc', {}, 400, 'INVALID_PARAMETER'],
  ['sort by a relation', 'GET', '/v1/posts?sort=comments', {}, 400, 'INVALID_PARAMETER'],
  [
    'sort with direction',
    'GET',
    '/v1/posts?sort=postname%20desc%20nulls%20first',
    {},
    400,
    'INVALID_PARAMETER',
  ],
  ['uuid filter of no uuid', 'GET', '/v1/comments?postId=x', {}, 400, 'INVALID_PARAMETER'],
  ['number filter of no number', 'GET', '/v1/products?rating=x', {}, 400, 'INVALID_PARAMETER'],
  ['number filter out of range', 'GET', '/v1/products?rating=3000000000', {}, 400, 'INVALID_PARAMETER'],
  [
    'bigint filter out of range',
    'GET',
    '/v1/products?stock=9223372036854775808',
    {},
    400,
    'INVALID_PARAMETER',
  ],
  ['enum filter of no value', 'GET', '/v1/products?status=gone', {}, 400, 'INVALID_PARAMETER'],
  [
    'time filter without a zone',
    'GET',
    '/v1/products?releasedAt=2026-01-01T00:00:00',
    {},
    400,
    'INVALID_PARAMETER',
  ],
  ['boolean filter of no boolean', 'GET', '/v1/todos?done=yes', {}, 400, 'INVALID_PARAMETER'],
  [
    'no content type',
    'POST',
    '/v1/posts',
    { body: '{}', headers: { 'Content-Type': '' } },
    415,
    'UNSUPPORTED_MEDIA_TYPE',
  ],
  [
    'form body',
    'POST',
    '/v1/posts',
    { body: 'a=b', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } },
    415,
    'UNSUPPORTED_MEDIA_TYPE',
  ],
  [
    'other charset',
    'POST',
    '/v1/posts',
    { body: '{}', headers: { 'Content-Type': 'application/json; charset=utf-16' } },
    415,
    'UNSUPPORTED_MEDIA_TYPE',
  ],
  [
    'compressed body',
    'POST',
    '/v1/posts',
    { body: '{}', headers: { ...json, 'Content-Encoding': 'gzip' } },
    415,
    'UNSUPPORTED_MEDIA_TYPE',
  ],
  ['body too large', 'POST', '/v1/posts', { body: { postname: 'x'.repeat(262_144) } }, 413, 'BODY_TOO_LARGE'],
  ['empty body', 'POST', '/v1/posts', { body: '' }, 400, 'MALFORMED_JSON'],
  ['half a body', 'POST', '/v1/posts', { body: '{"postname":' }, 400, 'MALFORMED_JSON'],
  ['two values', 'POST', '/v1/posts', { body: '{} {}' }, 400, 'MALFORMED_JSON'],
  ['a byte-order mark', 'POST', '/v1/posts', { body: '\ufeff{"postname":"x"}' }, 400, 'MALFORMED_JSON'],
  ['duplicate keys', 'POST', '/v1/posts', { body: '{"postname":"a","postname":"b"}' }, 400, 'MALFORMED_JSON'],
  [
    'duplicate keys, one escaped',
    'POST',
    '/v1/posts',
    { body: '{"postname":"a","\\u0070ostname":"b"}' },
    400,
    'MALFORMED_JSON',
  ],
  ['deep nesting', 'POST', '/v1/posts', { body: deep }, 400, 'MALFORMED_JSON'],
  ['NUL in a string', 'POST', '/v1/posts', { body: '{"postname":"a\\u0000"}' }, 400, 'MALFORMED_JSON'],
  ['half a character', 'POST', '/v1/posts', { body: '{"postname":"\\ud800"}' }, 400, 'MALFORMED_JSON'],
  ['an array', 'POST', '/v1/posts', { body: [] }, 422, 'INVALID_INPUT'],
  ['null', 'POST', '/v1/posts', { body: 'null' }, 422, 'INVALID_INPUT'],
  ['__proto__', 'POST', '/v1/posts', { body: '{"postname":"x","__proto__":{"a":1}}' }, 422, 'INVALID_INPUT'],
  ['unknown key', 'POST', '/v1/posts', { body: { postname: 'x', nope: 1 } }, 422, 'INVALID_INPUT'],
  ['missing field', 'POST', '/v1/posts', { body: {} }, 422, 'INVALID_INPUT'],
  ['wrong type', 'POST', '/v1/posts', { body: { postname: 1 } }, 422, 'INVALID_INPUT'],
  ['null where none is', 'POST', '/v1/posts', { body: { postname: null } }, 422, 'INVALID_INPUT'],
  ['R12 an operator', 'POST', '/v1/posts', { body: { postname: { not: '' } } }, 422, 'INVALID_INPUT'],
  ['R12 a set', 'PATCH', `/v1/posts/${id}`, { body: { postname: { set: 'x' } } }, 422, 'INVALID_INPUT'],
  [
    'R32 a set as owner',
    'POST',
    '/v1/posts',
    { body: { postname: 'x', owner: { set: 'bo' } } },
    422,
    'INVALID_INPUT',
  ],
  [
    'R32 a list as owner',
    'POST',
    '/v1/posts',
    { body: { postname: 'x', owner: ['bo'] } },
    422,
    'INVALID_INPUT',
  ],
  ['R32 no owner', 'POST', '/v1/posts', { body: { postname: 'x', owner: null } }, 403, 'FORBIDDEN_FIELD'],
  ['R32 an empty owner', 'POST', '/v1/posts', { body: { postname: 'x', owner: '' } }, 403, 'FORBIDDEN_FIELD'],
  [
    'R35 an id where the server makes it',
    'POST',
    '/v1/posts',
    { body: { postname: 'x', id } },
    422,
    'INVALID_INPUT',
  ],
  ['R37 id', 'PATCH', `/v1/posts/${id}`, { body: { id } }, 422, 'INVALID_INPUT'],
  [
    'R37 createdAt',
    'PATCH',
    `/v1/posts/${id}`,
    { body: { createdAt: '2026-01-01T00:00:00Z' } },
    422,
    'INVALID_INPUT',
  ],
  ['R37 version', 'PATCH', `/v1/posts/${id}`, { body: { version: 9 } }, 422, 'INVALID_INPUT'],
  [
    'R40 nested create',
    'POST',
    '/v1/posts',
    { body: { postname: 'x', comments: { create: [] } } },
    422,
    'INVALID_INPUT',
  ],
  [
    'a decimal too precise',
    'POST',
    '/v1/products',
    { body: { name: 'x', sku: 'a', price: '1.234' } },
    422,
    'INVALID_INPUT',
  ],
  [
    'a decimal too large',
    'POST',
    '/v1/products',
    { body: { name: 'x', sku: 'a', price: '12345678901' } },
    422,
    'INVALID_INPUT',
  ],
  [
    'a decimal as number',
    'POST',
    '/v1/products',
    { body: { name: 'x', sku: 'a', price: 1.5 } },
    422,
    'INVALID_INPUT',
  ],
  [
    'an integer out of range',
    'POST',
    '/v1/products',
    { body: { name: 'x', sku: 'a', price: '1', rating: 3e9 } },
    422,
    'INVALID_INPUT',
  ],
  [
    'a fraction as integer',
    'POST',
    '/v1/products',
    { body: { name: 'x', sku: 'a', price: '1', rating: 1.5 } },
    422,
    'INVALID_INPUT',
  ],
  [
    'a bigint out of range',
    'POST',
    '/v1/products',
    { body: { name: 'x', sku: 'a', price: '1', stock: '9223372036854775808' } },
    422,
    'INVALID_INPUT',
  ],
  [
    'an infinite number',
    'POST',
    '/v1/products',
    { body: '{"name":"x","sku":"a","price":"1","weight":1e999}' },
    422,
    'INVALID_INPUT',
  ],
  [
    'bytes that are no base64',
    'POST',
    '/v1/products',
    { body: { name: 'x', sku: 'a', price: '1', thumbnail: '*' } },
    422,
    'INVALID_INPUT',
  ],
  [
    'a date that is none',
    'POST',
    '/v1/products',
    { body: { name: 'x', sku: 'a', price: '1', releasedAt: '2026-02-30T00:00:00Z' } },
    422,
    'INVALID_INPUT',
  ],
  [
    'null in a list',
    'POST',
    '/v1/products',
    { body: { name: 'x', sku: 'a', price: '1', tags: [null] } },
    422,
    'INVALID_INPUT',
  ],
  [
    'a year that JSON cannot write',
    'POST',
    '/v1/products',
    { body: { name: 'x', sku: 'a', price: '1', releasedAt: '9999-12-31T23:59:59-12:00' } },
    422,
    'INVALID_INPUT',
  ],
  [
    'the year 0',
    'POST',
    '/v1/products',
    { body: { name: 'x', sku: 'a', price: '1', releasedAt: '0000-06-01T00:00:00Z' } },
    422,
    'INVALID_INPUT',
  ],
  [
    'the year 0 as filter',
    'GET',
    '/v1/products?releasedAt=0000-06-01T00:00:00Z',
    {},
    400,
    'INVALID_PARAMETER',
  ],
  [
    '__proto__ inside Json',
    'POST',
    '/v1/products',
    { body: '{"name":"x","sku":"a","price":"1","attributes":{"a":{"__proto__":1}}}' },
    422,
    'INVALID_INPUT',
  ],
  [
    "Prisma's own wire format inside Json",
    'POST',
    '/v1/products',
    {
      body: {
        name: 'x',
        sku: 'a',
        price: '1',
        attributes: { a: { __prismaRawParameters__: true, values: 5 } },
      },
    },
    422,
    'INVALID_INPUT',
  ],
  [
    'a value no index can take',
    'POST',
    '/v1/products',
    { body: { name: 'x', sku: noise, price: '1' } },
    422,
    'INVALID_INPUT',
  ],
  [
    'more parameters than a call has',
    'GET',
    `/v1/posts?${Array.from({ length: 500 }, (_, at) => `p${at}=1`).join('&')}`,
    {},
    400,
    'INVALID_PARAMETER',
  ],
  ['a path outside the base path that cannot be decoded', 'GET', '/docs/%zz', {}, 404, 'NOT_FOUND'],
  [
    'a range of a file that it does not have',
    'GET',
    '/docs/swagger-ui.css',
    { headers: { Range: 'bytes=99999999-' } },
    400,
    'MALFORMED_REQUEST',
  ],
  ['an empty filter', 'GET', '/v1/posts?postname=', {}, 400, 'INVALID_PARAMETER'],
  ['a number with a leading zero', 'GET', '/v1/products?rating=01', {}, 400, 'INVALID_PARAMETER'],
  ['POST with a trailing slash', 'POST', '/v1/posts/', { body: { postname: 'x' } }, 404, 'NOT_FOUND'],
  [
    'If-Match without quotes',
    'PATCH',
    `/v1/posts/${id}`,
    { body: { postname: 'y' }, headers: { 'If-Match': 'abc' } },
    400,
    'MALFORMED_REQUEST',
  ],
  [
    'If-Match that is no tag',
    'PATCH',
    `/v1/posts/${id}`,
    { body: { postname: 'y' }, headers: { 'If-Match': 'null' } },
    400,
    'MALFORMED_REQUEST',
  ],
]

test.each(malformed)('%s', async (_, method, path, options, status, code) => {
  const { headers, ...rest } = options
  const answer = await service.caller({ user_id: 'ana' })(method, path, {
    ...rest,
    ...(headers && { headers }),
  })
  expect([answer.status, (answer.body as { code: string }).code]).toEqual([status, code])
  expect(answer.headers['content-type']).toBe('application/problem+json')
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(answer.text).not.toMatch(/prisma|postgres|sql|\.ts\b|\.js\b|node_modules|constraint/iu)
})

test('none of them wrote anything', async () => {
  expect(await service.unscoped.post.findMany()).toMatchObject([{ id, postname: 'x', version: 1 }])
  expect(await service.unscoped.product.count()).toBe(0)
})

test('the faults of a body that is all wrong are listed as far as is useful', async () => {
  const body = { name: 'x', sku: 'a', price: '1', tags: Array.from({ length: 20_000 }, () => 0) }
  const answer = await service.caller({ user_id: 'ana' })('POST', '/v1/products', { body })
  expect(answer.status).toBe(422)
  expect((answer.body as { errors: unknown[] }).errors).toHaveLength(100)
})
