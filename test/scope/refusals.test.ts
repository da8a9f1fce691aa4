import { principal } from '../../src/claims/principal.js'
import { startService, type TestService } from '../support/service.js'

let service: TestService
beforeAll(async () => {
  service = await startService()
  await service.unscoped.post.create({ data: { owner: 'bo', postname: 'his' } })
})
afterAll(() => service.stop())

type Loose = Record<string, Record<string, (args?: unknown) => Promise<unknown>>>
const ana = () => service.db.as(service.principal({ user_id: 'ana' })) as unknown as Loose
const call = async (model: string, method: string, args: unknown) => ana()[model]?.[method]?.(args)

const refused: readonly (readonly [string, string, string, unknown])[] = [
  ['select and include together', 'post', 'findMany', { select: { id: true }, include: { comments: true } }],
  ['an unknown relation', 'post', 'findMany', { include: { secrets: true } }],
  ['a column in include', 'post', 'findMany', { include: { postname: true } }],
  ['an unknown argument of a relation', 'post', 'findMany', { include: { comments: { limit: 1 } } }],
  ['where on a required relation', 'comment', 'findMany', { include: { post: { where: { owner: 'ana' } } } }],
  ['an unknown quantifier', 'post', 'findMany', { where: { comments: { any: {} } } }],
  ['an unknown field of a related model', 'post', 'findMany', { where: { comments: { some: { x: 1 } } } }],
  [
    'order by a relation whose rows are hidden',
    'comment',
    'findMany',
    { orderBy: { post: { owner: 'asc' } } },
  ],
  ['order by the count of hidden rows', 'post', 'findMany', { orderBy: { comments: { _count: 'asc' } } }],
  [
    'order by relevance',
    'post',
    'findMany',
    { orderBy: { _relevance: { fields: ['postname'], search: 'x' } } },
  ],
  ['a cursor that is no unique key', 'post', 'findMany', { cursor: { postname: 'x' } }],
  ['a condition beside a cursor', 'post', 'findMany', { cursor: { id: 'x', AND: [] } }],
  [
    'a reference to another column',
    'post',
    'findMany',
    { where: { postname: { equals: { _ref: 'owner', _container: 'Post' } } } },
  ],
  [
    'a reference in plain JSON',
    'post',
    'findMany',
    { where: { postname: { _ref: 'owner', _container: 'Post' } } },
  ],
  ['undefined in where', 'post', 'deleteMany', { where: { id: undefined } }],
  ['an own __proto__', 'post', 'findMany', { where: JSON.parse('{"__proto__": {"x": 1}}') as unknown }],
  ['an unknown field', 'post', 'findMany', { where: { secret: 'x' } }],
  ['an unknown operator', 'post', 'findMany', { where: { postname: { search: 'x' } } }],
  [
    'an unknown field in having',
    'post',
    'groupBy',
    { by: ['postname'], having: { secret: { _count: { gt: 1 } } } },
  ],
  ['a reference in having', 'post', 'groupBy', { by: ['postname'], having: { postname: { _ref: 'owner' } } }],
  ['an unknown nested write', 'post', 'create', { data: { postname: 'x', comments: { insert: {} } } }],
  ['an update nested in a create', 'post', 'create', { data: { postname: 'x', comments: { update: {} } } }],
  [
    'nested writes in many rows',
    'post',
    'createMany',
    { data: [{ postname: 'x', comments: { create: {} } }] },
  ],
  ['null for a relation', 'comment', 'create', { data: { body: 'x', post: null } }],
  ['an operator where a value belongs', 'post', 'create', { data: { postname: { contains: 'x' } } }],
  ['skipDuplicates where rows are hidden', 'post', 'createMany', { data: [], skipDuplicates: true }],
  ['limit', 'post', 'updateMany', { data: {}, limit: 1 }],
  ['an id in an update', 'post', 'update', { where: { id: 'x' }, data: { id: 'y' } }],
  ['a push on a rule column', 'project', 'update', { where: { id: 'x' }, data: { owners: { push: 'bo' } } }],
  ['a mode of JSON', 'product', 'findMany', { where: { attributes: { equals: 'x', mode: 'insensitive' } } }],
  ['the same negated', 'product', 'findMany', { where: { attributes: { not: 'x', mode: 'insensitive' } } }],
  ['relationLoadStrategy', 'post', 'findMany', { relationLoadStrategy: 'join' }],
]

function codeThrown(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return (error as { code: unknown }).code
  }
}

test.each(refused)('%s is refused by name, not let through', async (_, model, method, args) => {
  await expect(call(model, method, args)).rejects.toMatchObject({ code: 'UNSUPPORTED_ARGUMENT' })
})

test.each(['findRaw', '$parent', 'fields', '_something', 'constructor', '__proto__'])(
  'a model has no %s',
  (method) => {
    expect(codeThrown(() => ana()['post']?.[method])).toBe('UNSUPPORTED_ARGUMENT')
  },
)

test.each([
  '$queryRaw',
  '$queryRawUnsafe',
  '$executeRaw',
  '$executeRawUnsafe',
  '$extends',
  '$parent',
  '$connect',
  '$on',
  '_originalClient',
  '_engine',
  'constructor',
  '__proto__',
])('the client has no %s', (name) => {
  expect(codeThrown(() => ana()[name])).toBe('UNSUPPORTED_ARGUMENT')
  expect(name in ana()).toBe(false)
})

test.each([undefined, null, 0, '', false])(
  'arguments that throw %p when they are read are no call',
  async (thrown) => {
    const args = Object.defineProperty({}, 'where', {
      enumerable: true,
      get() {
        throw thrown // eslint-disable-line @typescript-eslint/only-throw-error
      },
    })
    const outcome = await call('post', 'findMany', args).then(
      () => 'answered',
      (error: unknown) => ({ error }),
    )
    expect(outcome).toEqual({ error: thrown })
  },
)

test('it cannot be changed', () => {
  expect(() => Object.assign(ana(), { post: 1 })).toThrow(TypeError)
  expect(() => Object.defineProperty(ana()['post'], 'findMany', { value: 1 })).toThrow(TypeError)
})

test('nothing reachable from it is a bare client', async () => {
  const client = service.db.as(service.principal({ user_id: 'ana' }))
  const places: object[] = [client]
  await client.$transaction((tx) => Promise.resolve(places.push(tx)))
  const seen = new Set<object>()
  const models = ['post', 'comment', 'todo', 'project', 'membership', 'employee', 'product']
  const probes = [
    ...models,
    '$transaction',
    'findMany',
    'findUnique',
    'create',
    '$parent',
    '_engine',
    'then',
    '$extends',
  ]
  for (let place = places.pop(); place; place = places.pop()) {
    if (
      seen.has(place) ||
      place === Function.prototype ||
      place === Object.prototype ||
      place === Promise.prototype
    )
      continue
    seen.add(place)
    for (const name of [...Reflect.ownKeys(place), ...probes, Symbol.toStringTag]) {
      let value: unknown
      try {
        value = Reflect.get(place, name)
      } catch {
        continue
      }
      if ((typeof value === 'object' || typeof value === 'function') && value !== null) places.push(value)
    }
    const prototype: unknown = Object.getPrototypeOf(place)
    if (typeof prototype === 'object' && prototype !== null) places.push(prototype)
  }
  const bare = new Set<object>([
    service.unscoped,
    service.unscoped.post,
    Object.getPrototypeOf(service.unscoped) as object,
  ])
  expect([...seen].filter((place) => bare.has(place))).toEqual([])
  const reading = [...seen].filter((place) => 'findMany' in place) as {
    findMany(): Promise<{ owner?: string }[]>
  }[]
  expect(reading.length).toBeGreaterThanOrEqual(models.length)
  for (const delegate of reading) {
    const rows = await delegate.findMany().catch(() => [])
    expect(rows.filter((row) => row.owner === 'bo')).toEqual([])
  }
})

test('the same walk over a Prisma extension does reach the bare client', async () => {
  const extended = service.unscoped.$extends({
    query: {
      $allModels: {
        $allOperations: ({ args, query }) => query({ ...args, where: { owner: 'ana' } }),
      },
    },
  })
  expect(await extended.post.findMany()).toEqual([])
  const { $parent } = extended as unknown as { $parent: typeof service.unscoped }
  expect(await $parent.post.findMany()).toMatchObject([{ owner: 'bo' }])
})

test('R65 a missing principal is a TypeError, never an open door', () => {
  for (const nobody of [undefined, null, {}, 'ana', { provider: 'oidc' }]) {
    expect(() => service.db.as(nobody as never)).toThrow(TypeError)
  }
})

test('the client of a principal is made once', () => {
  const ana = principal({ provider: 'oidc', issuer: 'x', claims: { user_id: 'ana' } })
  expect(service.db.as(ana)).toBe(service.db.as(ana))
})
