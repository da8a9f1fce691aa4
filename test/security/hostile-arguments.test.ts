import type { PrismaClient } from '../../src/generated/prisma/client.js'
import { a, defineData } from '../../src/generated/claimstake.js'
import type { ScopedClient } from '../../src/scope/scoped-client.js'
import { startService, type TestService } from '../support/service.js'

// Arguments that are not what they look like: each of these reached another owner's row once, or a hidden value.

let service: TestService
let ana: ScopedClient<PrismaClient>
const anas = '0199aaaa-0000-7000-8000-000000000001'
const bos = '0199aaaa-0000-7000-8000-000000000002'

beforeAll(async () => {
  service = await startService()
  ana = service.db.as(service.principal({ user_id: 'ana' }))
})
beforeEach(async () => {
  await service.database.truncate()
  await service.unscoped.post.createMany({
    data: [
      { id: anas, owner: 'ana', postname: 'hers' },
      { id: bos, owner: 'bo', postname: 'his' },
    ],
  })
  await service.unscoped.employee.createMany({
    data: [
      { owner: 'ana', name: 'Ana', salary: '1', notes: 'a' },
      { owner: 'bo', name: 'Bo', salary: '99999', notes: 'canary' },
    ],
  })
})
afterAll(() => service.stop())

const refusal = { code: 'UNSUPPORTED_ARGUMENT' }
const loose = (value: unknown) => value as never

test('an array with a map of its own neither runs an unscoped plan nor forges rows', async () => {
  const evil: unknown[] = []
  evil.map = loose(() => {
    const plan = { model: { delegate: 'employee' }, method: 'findMany', args: {} }
    return Object.assign([{ finish: (rows: unknown) => rows }], {
      map: (run: (plan: object) => unknown) => [run(plan)],
    })
  })
  expect(await ana.$transaction(loose(evil))).toEqual([])
  const rows: unknown[] = [{ postname: 'x' }]
  rows.map = loose(() => [{ owner: 'bo', postname: 'forged' }])
  expect(await ana.post.createManyAndReturn({ data: loose(rows) })).toMatchObject([
    { owner: 'ana', postname: 'x' },
  ])
  expect(await service.unscoped.post.count({ where: { postname: 'forged' } })).toBe(0)
})

test('arguments are read once, when the call is made', async () => {
  const max: Record<string, boolean> = { name: true }
  const asked = ana.employee.aggregate({ _max: max })
  delete max['name']
  Object.assign(max, { salary: true, notes: true })
  expect(await asked).toEqual({ _max: { name: 'Bo' } })

  const owners = ['ana']
  const created = ana.project.create({ data: { name: 'x', owners } })
  owners[0] = 'bo'
  expect(await created).toMatchObject({ owners: ['ana'] })

  let reads = 0
  const where = Object.defineProperty({}, 'id', { enumerable: true, get: () => (reads++ === 0 ? anas : bos) })
  expect(await ana.post.findMany({ where })).toMatchObject([{ id: anas }])
  expect(reads).toBe(1)
})

class DbNull {
  constructor(
    readonly _ref: string,
    readonly _container: string,
  ) {}
}
class AnyNull {
  reads = 0
  toJSON() {
    return this.reads++ < 1 ? anas : bos
  }
  toString() {
    return anas
  }
}

test.each<[string, () => unknown]>([
  ['a look-alike that refers to another column', () => new DbNull('notes', 'Employee')],
  ['a look-alike that changes its mind', () => new AnyNull()],
  ['a date that is none', () => Object.create(Date.prototype) as unknown],
  ['bytes that are none', () => Object.create(Uint8Array.prototype) as unknown],
  ['a decimal that is none', () => ({ s: 1, e: 0, d: [1], toFixed: () => "1' OR" })],
  ['a function', () => () => 'x'],
  ['a symbol', () => Symbol('x')],
])('%s is refused', async (_, make) => {
  await expect(ana.employee.findMany({ where: { name: { gt: loose(make()) } } })).rejects.toMatchObject(
    refusal,
  )
  await expect(ana.comment.create({ data: { postId: loose(make()), body: 'x' } })).rejects.toMatchObject(
    refusal,
  )
  expect(await service.unscoped.comment.count()).toBe(0)
})

/** Has no keys until it is looked at for the second time, and then one that JavaScript takes for the prototype. */
function late(hidden: object): object {
  let looks = 0
  const key = { value: hidden, enumerable: true, configurable: true, writable: true }
  return new Proxy(
    {},
    {
      ownKeys: () => ['__proto__'],
      getOwnPropertyDescriptor: (_, name) => (name === '__proto__' && looks++ > 0 ? key : undefined),
      get: (_, name) => (name === '__proto__' ? hidden : undefined),
    },
  )
}

test.each<[string, () => unknown]>([
  ['a value to compare with', () => ana.employee.findMany({ where: { name: loose(late({ gt: '' })) } })],
  ['a where', () => ana.post.deleteMany({ where: loose(late({ owner: 'bo' })) })],
  ['a list of owners', () => ana.project.updateMany({ data: { owners: loose(late({ set: [] })) } })],
  ['arithmetic', () => ana.product.updateMany({ data: { rating: loose(late({ increment: 1 })) } })],
  ['having', () => ana.employee.groupBy(loose({ by: ['name'], having: late({ salary: { gt: 1 } }) }))],
  ['what is computed', () => ana.employee.aggregate({ _max: loose(late({ salary: true })) })],
  ['a selection', () => ana.employee.findMany({ select: loose(late({ notes: true })) })],
  [
    'JSON',
    () => ana.product.create({ data: loose({ name: 'x', sku: 'x', price: 1, attributes: late({}) }) }),
  ],
])('R89 a Proxy as %s, whose __proto__ appears late, is refused', async (_, work) => {
  await expect(work()).rejects.toMatchObject(refusal)
})

test('R89 such a prototype would be read by Prisma', async () => {
  const inherited = loose(Object.create({ gt: '' }))
  expect(await service.unscoped.employee.findMany({ where: { name: inherited } })).toHaveLength(2)
})

test('R89 of a Proxy whose keys and values change, the first look counts', async () => {
  let looks = 0
  const where = new Proxy(
    {},
    {
      ownKeys: () => (looks++ === 0 ? ['id'] : ['owner']),
      getOwnPropertyDescriptor: (_, name) =>
        name === '__proto__' ? undefined : { enumerable: true, configurable: true },
      get: (_, name) => (name === 'id' ? anas : 'bo'),
      getPrototypeOf: () => Object.prototype,
      has: () => true,
    },
  )
  expect(await ana.post.findMany({ where: loose(where) })).toMatchObject([{ id: anas }])
  expect(looks).toBe(1)
})

test('R89 of a list whose length changes, the first look counts', async () => {
  let looks = 0
  const ids = new Proxy([anas, bos], {
    get: (list, name) => (name === 'length' ? (looks++ === 0 ? 1 : 2) : (Reflect.get(list, name) as unknown)),
  })
  expect(await ana.post.count({ where: { id: { in: ids } } })).toBe(1)
  expect(looks).toBe(1)
})

test.each<[string, () => object]>([
  ['a date', () => new Date(0)],
  ['bytes', () => new Uint8Array([1])],
  ['a map', () => new Map()],
])('R89 a Proxy of %s is refused', async (_, make) => {
  const changing = loose(new Proxy(make(), {}))
  await expect(ana.product.findMany({ where: { releasedAt: changing } })).rejects.toMatchObject(refusal)
})

test('a date and bytes with methods of their own are what they are', async () => {
  const releasedAt = Object.assign(new Date(0), { getTime: () => ({ valueOf: () => 1e12 }) })
  const thumbnail = Object.assign(new Uint8Array([1, 2]), { [Symbol.iterator]: () => [9][Symbol.iterator]() })
  const data = { name: 'x', sku: 'y', price: 1, releasedAt: loose(releasedAt) as Date, thumbnail }
  const created = await ana.product.create({ data })
  expect([created.releasedAt, created.thumbnail]).toEqual([new Date(0), new Uint8Array([1, 2])])
})

test('the options of a transaction are read once too', async () => {
  const options = { timeout: 5000, newTxId: 'x' }
  await expect(ana.$transaction(() => Promise.resolve(), loose(options))).rejects.toMatchObject(refusal)
  const changing = Object.defineProperty({}, 'isolationLevel', { enumerable: true, get: () => ({ x: 1 }) })
  await expect(ana.$transaction(() => Promise.resolve(), loose(changing))).rejects.toThrow()
})

test("a real Date, Decimal, bytes and Prisma's nulls are taken", async () => {
  const { Prisma } = await import('../../src/generated/prisma/client.js')
  const data = {
    name: 'x',
    sku: 'x',
    price: new Prisma.Decimal('1.50'),
    thumbnail: new Uint8Array([1, 2]),
    releasedAt: new Date(0),
    attributes: Prisma.JsonNull,
  }
  const created = await ana.product.create({ data })
  expect([String(created.price), created.thumbnail, created.releasedAt]).toEqual([
    '1.5',
    new Uint8Array([1, 2]),
    new Date(0),
  ])
  expect(
    await ana.product.findMany({
      where: { attributes: { equals: Prisma.JsonNull }, price: { gt: new Prisma.Decimal(1) } },
    }),
  ).toHaveLength(1)
})

test.each([{ __prismaRawParameters__: true, values: 5 }, { deep: [{ __prismaRawParameters__: true }] }])(
  "Prisma's wire format is refused as data: %j",
  async (attributes) => {
    const writing = ana.product.create({ data: { name: 'x', sku: 'x', price: 1, attributes } })
    await expect(writing).rejects.toMatchObject(refusal)
  },
)

test('a mass write takes no limit: with it Prisma looks first and writes later', async () => {
  // @ts-expect-error -- it does not compile either
  const updating = ana.post.updateMany({ where: {}, data: { content: 'x' }, limit: 1 })
  await expect(updating).rejects.toMatchObject(refusal)
  // @ts-expect-error -- nor does this
  await expect(ana.post.deleteMany({ limit: 1 })).rejects.toMatchObject(refusal)
})

test('R57 a mass write that waits for a row that changes owner does not touch it', async () => {
  const started = service.unscoped.$transaction(async (tx) => {
    await tx.post.update({ where: { id: anas }, data: { owner: 'bo' } })
    const waiting = ana.post.updateMany({ data: { content: 'touched' } }).then(({ count }) => count)
    await new Promise((done) => setTimeout(done, 100))
    return { waiting }
  })
  expect(await (await started).waiting).toBe(0)
  expect(await service.unscoped.post.findMany({ where: { content: 'touched' } })).toEqual([])
})

test('a call of one instance is none of another', async () => {
  const other = await startService()
  try {
    const theirs = other.db.as(other.principal({ user_id: 'ana' }))
    await expect(ana.$transaction([theirs.post.findMany()])).rejects.toMatchObject(refusal)
  } finally {
    await other.stop()
  }
})

test('a unique value one may not read is not told by whether a write finds it', async () => {
  const data = defineData({
    schema: a.schema({
      Product: a
        .model({ sku: a.field().authorization((allow) => allow.owner().identityClaim('user_id')) })
        .authorization((allow) => [
          allow.owner().identityClaim('user_id'),
          allow.authenticated().to(['read']),
        ]),
    }),
  })
  const own = await startService(data)
  try {
    await own.unscoped.product.create({ data: { owner: 'bo', name: 'x', sku: 'TAKEN', price: 1 } })
    const eve = own.db.as(own.principal({ user_id: 'eve' }))
    for (const sku of ['TAKEN', 'FREE']) {
      await expect(eve.product.update({ where: { sku }, data: { name: 'z' } })).rejects.toMatchObject({
        code: 'P2025',
      })
      await expect(eve.product.delete({ where: { sku } })).rejects.toMatchObject({ code: 'P2025' })
    }
  } finally {
    await own.stop()
  }
})

test('a hidden row that somebody is writing is refused as a missing one, without waiting for him', async () => {
  await service.unscoped.$transaction(async (tx) => {
    // Waiting would end in the statement's time, as 503.
    await tx.post.update({ where: { id: bos }, data: { content: 'in work' } })
    await expect(ana.comment.create({ data: { postId: bos, body: 'x' } })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
  })
})
