import type { Claims } from '../../src/claims/principal.js'
import { startService, type TestService } from '../support/service.js'

let service: TestService
beforeAll(async () => {
  service = await startService()
})
beforeEach(async () => {
  await service.database.truncate()
  await service.unscoped.post.createMany({
    data: [
      { id: anas, owner: 'ana', postname: 'hers' },
      { id: bos, owner: 'bo', postname: 'his' },
    ],
  })
  await service.unscoped.comment.createMany({
    data: [
      { postId: anas, owner: 'ana', body: 'her comment' },
      { postId: anas, owner: 'bo', body: 'his comment' },
    ],
  })
})
afterAll(() => service.stop())

const anas = '0199aaaa-0000-7000-8000-000000000001'
const bos = '0199aaaa-0000-7000-8000-000000000002'

const of = (claims: Claims) => service.unscoped.$extends(service.db.ownership(service.principal(claims)))
const ana = () => of({ user_id: 'ana' })
const bosRow = () => service.unscoped.post.findUnique({ where: { id: bos } })
const noRow = { code: 'P2025' }

describe('what it protects', () => {
  test('reads find the rows of the caller, at any depth', async () => {
    expect(await ana().post.findMany({ include: { comments: true, _count: true } })).toMatchObject([
      { postname: 'hers', comments: [{ body: 'her comment' }], _count: { comments: 1 } },
    ])
    expect(await ana().post.findMany({ where: { OR: [{ id: bos }, { NOT: { owner: 'ana' } }] } })).toEqual([])
    expect(await ana().post.findUnique({ where: { id: bos } })).toBeNull()
    expect(await ana().post.count()).toBe(1)
    expect(await ana().post.aggregate({ _max: { postname: true } })).toEqual({ _max: { postname: 'hers' } })
  })

  test('a field that is hidden is not in the answer', async () => {
    await service.unscoped.employee.create({
      data: { owner: 'bo', name: 'Bo', salary: 1, notes: 'n' },
    })
    const [found] = await ana().employee.findMany()
    expect(found).toMatchObject({ name: 'Bo' })
    expect(found).not.toHaveProperty('salary')
    expect(found).not.toHaveProperty('notes')
  })

  test('writes stamp the caller and touch his rows only', async () => {
    expect(await ana().post.create({ data: { postname: 'new' } })).toMatchObject({ owner: 'ana' })
    await expect(ana().post.create({ data: { postname: 'x', owner: 'bo' } })).rejects.toMatchObject({
      code: 'FORBIDDEN_FIELD',
    })
    const data = { content: 'touched' }
    await expect(ana().post.update({ where: { id: bos }, data })).rejects.toMatchObject(noRow)
    await expect(ana().post.delete({ where: { id: bos } })).rejects.toMatchObject(noRow)
    expect(await ana().post.updateMany({ data })).toEqual({ count: 2 })
    expect(await ana().post.update({ where: { id: anas }, data })).toMatchObject({ version: 3 })
    expect(await ana().post.deleteMany()).toEqual({ count: 2 })
    expect(await bosRow()).toMatchObject({ content: null, version: 1 })
  })

  test('so do both forms of a transaction', async () => {
    const mine = ana()
    expect(await mine.$transaction((tx) => tx.post.count())).toBe(1)
    expect(await mine.$transaction([mine.post.count(), mine.comment.count()])).toEqual([1, 1])
    await expect(mine.$transaction((tx) => tx.$queryRaw`SELECT 1`)).rejects.toMatchObject({
      code: 'UNSUPPORTED_ARGUMENT',
    })
  })

  test('an extension that was added before runs within it', async () => {
    const seen: unknown[] = []
    const logging = service.unscoped.$extends({
      query: { $allOperations: ({ args, query }) => (seen.push(args), query(args)) },
    })
    const principal = service.principal({ user_id: 'ana' })
    const found = await logging.$extends(service.db.ownership(principal)).post.findMany()
    expect(found).toMatchObject([{ owner: 'ana' }])
    expect(seen).toHaveLength(1)
  })
})

describe('what it refuses by name', () => {
  const refused: readonly (readonly [string, RegExp, (mine: ReturnType<typeof ana>) => Promise<unknown>])[] =
    [
      [
        'a foreign key',
        /comment\.create with a foreign key .* db\.as/u,
        (mine) => mine.comment.create({ data: { postId: anas, body: 'x' } }),
      ],
      [
        'a nested write',
        /post\.create with nested writes/u,
        (mine) => mine.post.create({ data: { postname: 'x', comments: { create: { body: 'x' } } } }),
      ],
      [
        'related rows in the answer of a write',
        /post\.delete with related rows/u,
        (mine) => mine.post.delete({ where: { id: anas }, include: { comments: true } }),
      ],
      [
        'upsert',
        /post\.upsert/u,
        (mine) => mine.post.upsert({ where: { id: anas }, create: { postname: 'x' }, update: {} }),
      ],
      ['a cursor', /post\.findMany with a cursor/u, (mine) => mine.post.findMany({ cursor: { id: anas } })],
      [
        'a relation as a method',
        /a relation as a method/u,
        async (mine) => mine.post.findUnique({ where: { id: anas } }).comments(),
      ],
      ['$queryRaw', /\$queryRaw/u, (mine) => mine.$queryRaw`SELECT 1`],
      ['$queryRawUnsafe', /\$queryRawUnsafe/u, (mine) => mine.$queryRawUnsafe('SELECT 1')],
      ['$executeRaw', /\$executeRaw/u, (mine) => mine.$executeRaw`DELETE FROM "Post"`],
      ['$executeRawUnsafe', /\$executeRawUnsafe/u, (mine) => mine.$executeRawUnsafe('DELETE FROM "Post"')],
    ]
  test.each(refused)('%s', async (_, message, call) => {
    const failure: unknown = await call(ana()).catch((error: unknown) => error)
    expect(failure).toMatchObject({
      code: 'UNSUPPORTED_ARGUMENT',
      message: expect.stringMatching(message) as string,
    })
    expect([await service.unscoped.post.count(), await service.unscoped.comment.count()]).toEqual([2, 2])
  })

  test('an operation or a model that it does not know', async () => {
    const { query } = service.db.ownership(service.principal({ user_id: 'ana' }))
    const sent = () => Promise.resolve([{ owner: 'bo' }])
    for (const call of [
      { model: 'Post', operation: 'findRaw' },
      { model: 'Post', operation: 'constructor' },
      { model: 'Secret', operation: 'findMany' },
      { operation: '$runCommandRaw' },
      { operation: '$queryRawTyped' },
    ])
      await expect(query.$allOperations({ ...call, args: {}, query: sent })).rejects.toMatchObject({
        code: 'UNSUPPORTED_ARGUMENT',
      })
  })

  test('a missing principal', () => {
    for (const nobody of [undefined, null, {}, 'ana'])
      expect(() => service.db.ownership(nobody as never)).toThrow(TypeError)
  })
})

describe('what gets around it, and not around db.as(principal)', () => {
  test('$parent is the client without it', async () => {
    const { $parent } = ana() as unknown as { $parent: TestService['unscoped'] }
    expect(await $parent.post.count()).toBe(2)
  })

  test('an extension that is added after it replaces the arguments', async () => {
    const later = ana().$extends({
      query: { post: { findMany: ({ args, query }) => query({ ...args, where: {} }) } },
    })
    expect(await later.post.findMany()).toHaveLength(2)
  })
})
