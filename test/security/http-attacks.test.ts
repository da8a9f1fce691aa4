import { setTimeout } from 'node:timers/promises'
import { a as exampleA, defineData } from '../../src/generated/claimstake.js'
import { startService, type TestService } from '../support/service.js'
import { a } from '../support/relations/generated/claimstake.js'
import { startRelationsService, type RelationsService } from '../support/relations/relations-service.js'
import type { TestAnswer, TestCaller } from '../support/test-server.js'
import { rules } from './relations-attack.js'

// Attacks on the HTTP surface as a whole: one caller's rows that break what others ask, answers and stored copies that
// grow out of proportion to what was sent, orders that tell what values do not, and names that JavaScript knows.

const codeOf = ({ status, body }: TestAnswer) => [status, (body as { code?: string }).code]
const itemsOf = ({ body }: TestAnswer) =>
  (body as { items: readonly Readonly<Record<string, unknown>>[] }).items
const open = () => a.model().authorization((allow) => [allow.owner(), allow.authenticated().to(['read'])])

describe('rows that others can read', () => {
  let service: RelationsService
  let ana: TestCaller
  beforeAll(async () => {
    service = await startRelationsService()
    const caller = await service.serve(rules({ Article: open(), Member: open(), Tag: open() }))
    ana = caller('ana')
    await service.unscoped.member.create({ data: { id: 1, owner: 'bo' } })
    await service.unscoped.member.create({ data: { id: 2, owner: 'bo' } })
  })
  afterEach(() => service.unscoped.article.deleteMany())
  afterAll(() => service.stop())

  const articles = async (count: number, text: { title?: string; note?: string }) => {
    const data = Array.from({ length: count }, () => ({ owner: 'bo', authorId: 1, ...text }))
    await service.unscoped.article.createMany({ data })
  }

  test('T11 a long text of one caller does not break the headers of another’s page', async () => {
    await articles(3, { title: 'x'.repeat(20_000) })
    // Node's own client refuses an answer with more than 16 KiB of headers: this would throw.
    const page = await ana('GET', '/v1/articles?sort=title&limit=1&fields=id')
    expect([page.status, page.headers['link']]).toEqual([200, undefined])
    const { nextCursor: cursor } = page.body as { nextCursor: string }
    const next = await ana('POST', '/v1/articles/query', { body: { sort: ['title'], limit: 1, cursor } })
    expect([next.status, itemsOf(next).length]).toEqual([200, 1])
    const related = await ana('GET', '/v1/members/1/articles?sort=title&limit=1&fields=id')
    expect([related.status, related.headers['link']]).toEqual([200, undefined])
    // The control: an order by short values has its link.
    expect((await ana('GET', '/v1/articles?limit=1&fields=id')).headers['link']).toContain('rel="next"')
  })

  test('F24 rows that refer to the same ones do not multiply without end', async () => {
    await articles(100, { note: 'x'.repeat(20_000) })
    for (const [method, path, body] of [
      ['GET', '/v1/articles?limit=100&include=author.articles', undefined],
      ['GET', '/v1/members/1/articles?limit=100&include=author.articles', undefined],
    ] as const) {
      const answer = await ana(method, path, { body })
      expect(codeOf(answer)).toEqual([400, 'INVALID_PARAMETER'])
    }
    // The controls: the rows alone, and fewer of them with all that comes along.
    expect((await ana('GET', '/v1/articles?limit=100')).status).toBe(200)
    const some = await ana('GET', '/v1/articles?limit=2&include=author.articles')
    expect([some.status, some.text?.length]).toEqual([200, expect.any(Number)])
    expect(some.text?.length).toBeGreaterThan(2 * 100 * 20_000)
  })

  test.each([
    ['GET', '/v1/__proto__'],
    ['GET', '/v1/constructor'],
    ['GET', '/v1/members/1/__proto__'],
    ['GET', '/v1/members/1/constructor'],
  ] as const)('R77 %s %s is 404', async (method, path) => {
    expect((await ana(method, path)).status).toBe(404)
  })

  test.each([
    '?__proto__=1',
    '?constructor=1&toString=2',
    '?include=__proto__',
    '?include=constructor',
    '?fields=toString',
    '?sort=__proto__',
    '?sort=toString_desc',
  ])('R77 GET /v1/articles%s is 400, and so of a row', async (query) => {
    expect((await ana('GET', `/v1/articles${query}`)).status).toBe(400)
    expect((await ana('GET', `/v1/articles/1${query}`)).status).toBe(400)
    expect((await ana('GET', `/v1/members/1/articles${query}`)).status).toBe(400)
  })

  test.each([
    [{ where: { title: { toString: 'x' } } }],
    [{ where: { title: { constructor: 'x' } } }],
    [{ where: { constructor: { eq: 'x' } } }],
    [{ where: { tags: { constructor: {} } } }],
    [{ where: { tags: { valueOf: {} } } }],
    [{ sort: ['constructor', 'toString'] }],
    ['{"where":{"__proto__":{"title":{"eq":"x"}}}}'],
    ['{"__proto__":{"where":{}}}'],
  ])('R77 a query with %j is 400', async (body) => {
    expect((await ana('POST', '/v1/articles/query', { body })).status).toBe(400)
  })
})

describe('what is not shown of an owner', () => {
  let service: TestService
  beforeAll(async () => {
    const data = defineData({
      schema: exampleA.schema({
        Post: exampleA
          .model()
          .authorization((allow) => [
            allow.owner().identityClaim('sub::username'),
            allow.group('Editors').to(['create']),
            allow.authenticated().to(['read']),
          ]),
        Product: exampleA.model().authorization((allow) => [allow.owner()]),
      }),
    })
    service = await startService(data)
  })
  afterAll(() => service.stop())

  test('T2 R16 the order of composite owners is not told: it is that of the part which is not shown', async () => {
    const { unscoped } = service
    await unscoped.post.create({ data: { owner: '5f3c::bo', postname: 'his' } })
    // Whoever may choose owners could put a row before or behind his, and halve what his hidden part can be.
    const editor = service.caller({ sub: 'e', username: 'e', groups: ['Editors'] })
    const probe = { owner: '5f3b::z', postname: 'probe' }
    expect((await editor('POST', '/v1/posts', { body: probe })).status).toBe(201)
    for (const sort of ['owner', 'owner_desc']) {
      const sorted = await editor('GET', `/v1/posts?sort=${sort}`)
      const unknown = await editor('GET', `/v1/posts?sort=${sort.replace('owner', 'ownr')}`)
      expect(codeOf(sorted)).toEqual([400, 'INVALID_PARAMETER'])
      const same = ({ text = '' }: TestAnswer) => text.replace(/"(?:requestId|instance)":"[^"]*"/gu, '')
      expect(same(sorted)).toBe(same(unknown))
      expect((await editor('POST', '/v1/posts/query', { body: { sort: [sort] } })).status).toBe(400)
    }
    const document = service.db.openApi()
    expect(document.components.schemas['PostSort']).not.toMatchObject({
      enum: expect.arrayContaining(['owner']) as unknown,
    })
    // The controls: the order in the database tells it, and an owner who is shown whole can be sorted by.
    const told = await unscoped.post.findMany({ orderBy: { owner: 'asc' } })
    expect(told.map(({ postname }) => postname)).toEqual(['probe', 'his'])
    expect((await service.caller({ sub: 'ana' })('GET', '/v1/products?sort=owner')).status).toBe(200)
  })

  test('F17 a number that JavaScript reads as infinite is refused, not stored as null', async () => {
    const ana = service.caller({ sub: 'ana' })
    const product = (attributes: string) =>
      ana('POST', '/v1/products', {
        body: `{"name":"n","sku":"${attributes}","price":"1","attributes":${attributes}}`,
      })
    for (const attributes of ['1e400', '[-1e999]']) expect((await product(attributes)).status).toBe(422)
    expect((await product('[1e300]')).status).toBe(201)
  })
})

describe('a small call with a large answer', () => {
  let service: TestService
  beforeAll(async () => {
    service = await startService(
      defineData({
        schema: exampleA.schema({ Post: exampleA.model().authorization((allow) => [allow.owner()]) }),
      }),
    )
  })
  afterAll(() => service.stop())

  test('fills no table: under an Idempotency-Key it is refused, and nothing is written', async () => {
    const content = 'x'.repeat(100_000)
    const data = Array.from({ length: 20 }, () => ({ owner: 'ana', postname: 'x', content }))
    const rows = await service.unscoped.post.createManyAndReturn({ data, select: { id: true } })
    const update = (count: number, headers: Record<string, string> = {}) =>
      service.caller({ sub: 'ana' })('POST', '/v1/posts/batchUpdate', {
        body: { items: rows.slice(0, count).map(({ id }) => ({ id, set: { postname: 'y' } })) },
        headers,
      })
    expect(codeOf(await update(20, { 'Idempotency-Key': 'large' }))).toEqual([422, 'INVALID_INPUT'])
    expect(await service.unscoped.post.count({ where: { postname: 'y' } })).toBe(0)
    expect(await service.unscoped.$queryRaw`SELECT 1 FROM claimstake.idempotent_answers`).toEqual([])
    // The controls: fewer rows are kept, and without a key all of them are written.
    expect((await update(5, { 'Idempotency-Key': 'large' })).status).toBe(200)
    expect((await update(20)).status).toBe(200)
  })

  test('T11 a parameter that stands 1,500 times is not read once for each', async () => {
    const { id } = await service.unscoped.post.create({ data: { owner: 'ana', postname: 'x' } })
    const original = Object.getOwnPropertyDescriptor(URLSearchParams.prototype, 'getAll')
    let times = 0
    Object.defineProperty(URLSearchParams.prototype, 'getAll', {
      ...original,
      value(this: URLSearchParams, name: string): string[] {
        times++
        return (original?.value as (name: string) => string[]).call(this, name)
      },
    })
    const answer = await service.caller({ sub: 'ana' })(
      'GET',
      `/v1/posts/${id}?${'fields=id&'.repeat(1_500)}`,
    )
    Object.defineProperty(URLSearchParams.prototype, 'getAll', original ?? {})
    expect([answer.status, answer.body]).toEqual([200, { id }])
    expect(times).toBeGreaterThan(0)
    expect(times).toBeLessThan(10)
  })
})

describe('two that wait for each other', () => {
  let service: TestService
  beforeAll(async () => {
    service = await startService(
      defineData({
        schema: exampleA.schema({
          Post: exampleA.model().authorization((allow) => [allow.authenticated().to(['read'])]),
          Comment: exampleA.model().authorization((allow) => [allow.owner()]),
        }),
      }),
    )
  })
  afterAll(() => service.stop())

  test('40P01 a deadlock under an Idempotency-Key, which cannot begin again, is 503', async () => {
    const { unscoped } = service
    const posts = await unscoped.post.createManyAndReturn({ data: [{ postname: 'a' }, { postname: 'b' }] })
    const [first = '', second = ''] = posts.map(({ id }) => id)
    const someoneWaits = async () => {
      const waiting = () =>
        unscoped.$queryRaw<
          unknown[]
        >`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
      while ((await waiting()).length === 0) await setTimeout(5)
    }
    const answer = await unscoped.$transaction(async (tx) => {
      // The other one is to be ended, not this one.
      await tx.$executeRawUnsafe(`SET LOCAL deadlock_timeout = '60s'`)
      await tx.$queryRaw`SELECT 1 FROM "Post" WHERE id = ${first}::uuid FOR UPDATE`
      const running = service.caller({ sub: 'bo' })('POST', '/v1/comments/batchCreate', {
        body: { items: [second, first].map((postId) => ({ postId, body: 'x' })) },
        headers: { 'Idempotency-Key': 'deadlock' },
      })
      await someoneWaits()
      await tx.$queryRaw`SELECT 1 FROM "Post" WHERE id = ${second}::uuid FOR UPDATE`
      return running
    })
    expect([codeOf(answer), answer.headers['retry-after']]).toEqual([[503, 'UNAVAILABLE'], '1'])
    expect(await unscoped.comment.count()).toBe(0)
  })
})

describe('a batch that goes on for long', () => {
  let service: TestService
  beforeAll(async () => {
    service = await startService()
  })
  afterAll(() => service.stop())

  test('R57 keeps nobody from writing a row it refers to, and is refused once that row is lost sight of', async () => {
    const { unscoped } = service
    const [first, second] = await unscoped.post.createManyAndReturn({
      data: ['1', '2'].map((postname) => ({ owner: 'ana', postname })),
    })
    let release: () => void = () => undefined
    const released = new Promise<void>((done) => (release = done))
    const locked = new Promise<void>((isLocked, failed) => {
      // The second item waits here, when the first one has been written.
      unscoped
        .$transaction(
          async (tx) => {
            await tx.$queryRaw`SELECT 1 FROM "Post" WHERE id = ${second?.id}::uuid FOR UPDATE`
            isLocked()
            await released
          },
          { timeout: 20_000 },
        )
        .catch(failed)
    })
    await locked
    const items = [first, second].map((post) => ({ postId: post?.id, body: 'x' }))
    const batch = service.caller({ user_id: 'ana' })('POST', '/v1/comments/batchCreate', { body: { items } })
    const waiting = async () => {
      const [found] = await unscoped.$queryRaw<{ count: bigint }[]>`SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`
      return (found?.count ?? 0n) > 0n
    }
    while (!(await waiting())) await setTimeout(10)
    // It would wait for the batch, and the batch for us, if the first post was locked all along.
    await unscoped.post.update({ where: { id: first?.id ?? '' }, data: { owner: 'bo' } })
    release()
    const answer = await batch
    expect(answer.body).toMatchObject({
      status: 422,
      errors: [{ pointer: '/items/0/postId', code: 'not_found' }],
    })
    expect(await unscoped.comment.count()).toBe(0)
  })
})
