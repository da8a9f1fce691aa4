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
