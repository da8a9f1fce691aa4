import type { ScopedClient } from '../../src/scope/scoped-client.js'
import type { PrismaClient } from '../../src/generated/prisma/client.js'
import { startService, type TestService } from '../support/service.js'

let service: TestService
let ana: ScopedClient<PrismaClient>
let bo: ScopedClient<PrismaClient>
let mo: ScopedClient<PrismaClient>

beforeAll(async () => {
  service = await startService()
  ana = service.db.as(service.principal({ user_id: 'ana' }))
  bo = service.db.as(service.principal({ user_id: 'bo' }))
  mo = service.db.as(service.principal({ user_groups: ['Moderator'] }))
})
beforeEach(async () => {
  await service.database.truncate()
  await service.unscoped.post.createMany({
    data: [
      { id: anas, owner: 'ana', postname: 'hers' },
      { id: bos, owner: 'bo', postname: 'his' },
      { id: nobodys, owner: null, postname: 'nobody' },
    ],
  })
})
afterAll(() => service.stop())

const anas = '0199aaaa-0000-7000-8000-000000000001'
const bos = '0199aaaa-0000-7000-8000-000000000002'
const nobodys = '0199aaaa-0000-7000-8000-000000000003'

const names = (rows: readonly { postname: string }[]) => rows.map((row) => row.postname).sort()
const bosRow = () => service.unscoped.post.findUnique({ where: { id: bos } })

/** Each place a filter can hide, tried to get at Bo's row as Ana. */
const escapes: readonly (readonly [string, object])[] = [
  ['no filter', {}],
  ['his owner', { owner: 'bo' }],
  ['his id', { id: bos }],
  ['an OR', { OR: [{ owner: 'bo' }, { owner: 'ana' }] }],
  ['an empty OR', { OR: [] }],
  ['an empty AND', { AND: [] }],
  ['an empty NOT', { NOT: [] }],
  ['a NOT', { NOT: { owner: 'ana' } }],
  ['a NOT of a NOT', { NOT: { NOT: { owner: 'bo' } } }],
  ['a NOT of nothing', { NOT: {} }],
  ['a NOT of an empty OR', { NOT: { OR: [] } }],
  ['notIn nothing', { owner: { notIn: [] } }],
  ['not equal', { owner: { not: 'ana' } }],
  ['nested', { AND: [{ OR: [{ NOT: { AND: [{ owner: 'ana' }] } }, { id: bos }] }] }],
  ['null', { owner: null }],
]

describe('reads see no row of another owner', () => {
  test.each(escapes)('R10 findMany, findFirst, count, aggregate and groupBy with %s', async (_, where) => {
    expect(names(await ana.post.findMany({ where })).filter((name) => name !== 'hers')).toEqual([])
    expect((await ana.post.findFirst({ where, orderBy: { postname: 'desc' } }))?.postname ?? 'hers').toBe(
      'hers',
    )
    expect(await ana.post.count({ where })).toBeLessThanOrEqual(1)
    expect((await ana.post.aggregate({ where, _max: { postname: true } }))._max.postname ?? 'hers').toBe(
      'hers',
    )
    const groups = await ana.post.groupBy({ by: ['postname'], where })
    expect(names(groups).filter((name) => name !== 'hers')).toEqual([])
  })

  test('the same reads reach every row on the unscoped client', async () => {
    expect(names(await service.unscoped.post.findMany({ where: { NOT: { NOT: { owner: 'bo' } } } }))).toEqual(
      ['his'],
    )
    expect(await service.unscoped.post.count({})).toBe(3)
  })

  test('findUnique answers a hidden row as a missing one', async () => {
    expect(await ana.post.findUnique({ where: { id: bos } })).toBeNull()
    await expect(ana.post.findUniqueOrThrow({ where: { id: bos } })).rejects.toMatchObject({ code: 'P2025' })
    expect(await ana.post.findUnique({ where: { id: anas } })).toMatchObject({ owner: 'ana' })
  })

  test('a static group sees all rows', async () => {
    expect(names(await mo.post.findMany())).toEqual(['hers', 'his', 'nobody'])
  })
})

describe('writes touch no row of another owner', () => {
  test('update and delete by id answer as for a missing row', async () => {
    await expect(ana.post.update({ where: { id: bos }, data: { postname: 'x' } })).rejects.toMatchObject({
      code: 'P2025',
    })
    await expect(ana.post.delete({ where: { id: bos } })).rejects.toMatchObject({ code: 'P2025' })
    expect(await bosRow()).toMatchObject({ postname: 'his', version: 1 })
  })

  test.each(escapes)('updateMany and deleteMany with %s', async (_, where) => {
    await ana.post.updateMany({ where, data: { content: 'touched' } })
    await ana.post.updateManyAndReturn({ where, data: { content: 'touched' } })
    await ana.post.deleteMany({ where })
    const left = await service.unscoped.post.findMany({ where: { owner: null } })
    expect(await bosRow()).toMatchObject({ postname: 'his', content: null })
    expect(left).toMatchObject([{ postname: 'nobody', content: null }])
  })

  test('R31-R34 create stamps the caller and refuses another owner', async () => {
    expect(await ana.post.create({ data: { postname: 'new' } })).toMatchObject({ owner: 'ana' })
    for (const owner of ['bo', 'Ana', 'ana ', '']) {
      await expect(ana.post.create({ data: { postname: 'x', owner } })).rejects.toMatchObject({
        code: 'FORBIDDEN_FIELD',
      })
    }
    await expect(ana.post.create({ data: { postname: 'x', owner: null } })).rejects.toMatchObject({
      code: 'FORBIDDEN_FIELD',
      errors: [{ pointer: '/owner' }],
    })
    await expect(
      ana.post.createMany({ data: [{ postname: 'good' }, { postname: 'bad', owner: 'bo' }] }),
    ).rejects.toMatchObject({ code: 'FORBIDDEN_FIELD' })
    expect(await service.unscoped.post.count()).toBe(4)
  })

  test('a moderator may name any owner', async () => {
    expect(await mo.post.create({ data: { postname: 'for Bo', owner: 'bo' } })).toMatchObject({ owner: 'bo' })
    expect(await mo.post.update({ where: { id: anas }, data: { owner: 'bo' } })).toMatchObject({
      owner: 'bo',
    })
  })

  test('the owner may send the owner back unchanged, and no other', async () => {
    expect(
      await ana.post.update({ where: { id: anas }, data: { owner: 'ana', postname: 'b' } }),
    ).toMatchObject({
      postname: 'b',
      version: 2,
    })
    await expect(ana.post.update({ where: { id: anas }, data: { owner: 'bo' } })).rejects.toMatchObject({
      code: 'FORBIDDEN_FIELD',
    })
    await expect(ana.post.update({ where: { id: anas }, data: { owner: null } })).rejects.toMatchObject({
      code: 'FORBIDDEN_FIELD',
    })
  })

  test('an update is one statement, and counts the version by itself', async () => {
    const statements: string[] = []
    const spied = new Proxy(service.unscoped, {
      get: (target, name) => (statements.push(String(name)), Reflect.get(target, name) as unknown),
    })
    expect(spied.post).toBe(service.unscoped.post)
    await ana.post.update({ where: { id: anas }, data: { postname: 'once' } })
    expect(await service.unscoped.post.findUnique({ where: { id: anas } })).toMatchObject({ version: 2 })
    await expect(ana.post.update({ where: { id: anas }, data: { version: 9 } })).rejects.toMatchObject({
      code: 'UNSUPPORTED_ARGUMENT',
    })
  })
})

describe('foreign keys', () => {
  test('R39 a comment under a post that is not there and under one that is hidden fail alike', async () => {
    const missing = '0199aaaa-0000-7000-8000-00000000ffff'
    const failures = await Promise.all(
      [bos, missing].map((postId) =>
        ana.comment.create({ data: { postId, body: 'x' } }).catch((error: unknown) => error),
      ),
    )
    for (const failure of failures)
      expect(failure).toMatchObject({ code: 'INVALID_INPUT', errors: [{ pointer: '/postId' }] })
    expect((failures[0] as Error).message).toBe((failures[1] as Error).message)
    expect(await service.unscoped.comment.count()).toBe(0)
  })

  test('a comment under an own post is created; R38 it cannot be moved under a hidden one', async () => {
    const comment = await ana.comment.create({ data: { postId: anas, body: 'x' } })
    await expect(
      ana.comment.update({ where: { id: comment.id }, data: { postId: bos } }),
    ).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
    expect(await service.unscoped.comment.findMany()).toMatchObject([{ postId: anas, owner: 'ana' }])
  })
})

describe('transactions', () => {
  test('a write with a foreign key joins the transaction it is in', async () => {
    await expect(
      ana.$transaction(async (tx) => {
        const post = await tx.post.create({ data: { postname: 'new' } })
        await tx.comment.create({
          data: { postId: post.id, body: 'sees the post that is not committed yet' },
        })
        expect(Reflect.get(tx, 'post')).toBeDefined()
        expect('$transaction' in tx).toBe(false)
        throw new Error('roll back')
      }),
    ).rejects.toThrow('roll back')
    expect([await service.unscoped.post.count(), await service.unscoped.comment.count()]).toEqual([3, 0])
  })

  test('R66 a refusal rolls back what the function did before', async () => {
    await expect(
      ana.$transaction(async (tx) => {
        await tx.post.create({ data: { postname: 'first' } })
        await tx.post.create({ data: { postname: 'second', owner: 'bo' } })
      }),
    ).rejects.toMatchObject({ code: 'FORBIDDEN_FIELD' })
    expect(await service.unscoped.post.count()).toBe(3)
  })

  test('the function form is scoped, and sees its own writes', async () => {
    const seen = await bo.$transaction(async (tx) => {
      await tx.post.create({ data: { postname: 'inside' } })
      return tx.post.findMany()
    })
    expect(names(seen)).toEqual(['his', 'inside'])
  })

  test('the array form is scoped; a call that needs two statements is refused by name', async () => {
    const [created, listed] = await ana.$transaction([
      ana.post.create({ data: { postname: 'a' } }),
      ana.post.findMany(),
    ])
    expect(created).toMatchObject({ owner: 'ana' })
    expect(names(listed)).toEqual(['a', 'hers'])
    await expect(
      ana.$transaction([ana.comment.create({ data: { postId: anas, body: 'x' } })]),
    ).rejects.toThrow(/comment\.create with a foreign key/u)
    await expect(ana.$transaction([service.unscoped.post.findMany()])).rejects.toMatchObject({
      code: 'UNSUPPORTED_ARGUMENT',
    })
  })
})
